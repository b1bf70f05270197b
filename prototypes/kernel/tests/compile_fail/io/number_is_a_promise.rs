//! Who names a descriptor by its number promises that it is open, and whose it is.
use kernel::driver::ops;
use kernel::leaf::runtime_owned::{Rented, RuntimeOwned, RuntimeOwnedProvided};
use kernel::leaf::socket::Socket;

fn main() {
    let mut buffer = [0; 16];
    let _ = RuntimeOwned::filling(ops::Recv { fd: 3 }, &mut buffer);
    let _ = RuntimeOwned::sending(ops::Send { fd: 3 }, &buffer);
    let _ = RuntimeOwned::plain(ops::Accept { fd: 3 });
    let _ = RuntimeOwnedProvided::on(3);
    let _ = Rented::new(ops::Recv { fd: 3 }, std::ptr::null_mut(), 0, ());
    let _ = Socket::accepted(3);
}
