//! A number is no socket: bytes of one that was not given must not be reached.
use kernel::leaf::runtime_owned::RuntimeOwned;

fn main() {
    let mut buffer = [0; 16];
    let _ = RuntimeOwned::recv(3, &mut buffer);
}
