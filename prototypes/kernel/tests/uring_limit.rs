//! No descriptor left. One test, because the limit is the process's.
#![cfg(all(feature = "io", not(loom)))]

mod ring;

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;

use kernel::driver::uring::Uring;
use kernel::leaf::borrowed::Borrowed;
use ring::{Must, block, ring};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

const NO_DESCRIPTOR: i32 = -24;

#[test]
fn no_descriptor_left_is_an_error_and_passes() {
    let ring = ring(8);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let before = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(32), maximum: before.maximum }).unwrap();
    let mut taken: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();

    assert_eq!(block(&ring, Must(Borrowed::accept(listener.as_raw_fd()))), NO_DESCRIPTOR);
    let refused = Uring::with_entries(8, None).unwrap_err();
    assert_eq!(refused, kernel::IoError::Os(-NO_DESCRIPTOR));
    let reason = kernel::driver::uring::probe().unwrap_err();
    assert!(reason.contains("io_uring_setup") && reason.contains("descriptor limit"), "{reason}");

    taken.pop();
    let accepted = block(&ring, Must(Borrowed::accept(listener.as_raw_fd())));
    assert!(accepted > 0, "{accepted}");
    setrlimit(Resource::Nofile, before).unwrap();
}
