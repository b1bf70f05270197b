//! A forked child has the state of the epoll driver's helper, and not its thread (trap T14).
//! One test, because a fork copies one thread only.
#![cfg(feature = "io")]

mod io_support;
mod raw;

use std::os::fd::AsRawFd;

use io_support::{block_on_driver, driver};
use kernel::driver::select::Backend;

#[test]
fn t14_a_child_that_drops_the_driver_waits_for_no_thread() {
    let driver = driver(Backend::Epoll);
    let file = tempfile::tempfile().expect("a file");
    let written = block_on_driver(&*driver, raw::write_at(file.as_raw_fd(), b"mine", 0));
    assert_eq!(written, 4);
    // SAFETY: the child only drains and drops its copy of the driver, sets an alarm, and ends.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: takes no memory; ends the child should it hang.
        unsafe { libc::alarm(10) };
        driver.drain();
        drop(driver);
        // SAFETY: ends the child at once, without destructors.
        unsafe { libc::_exit(7) };
    }
    let mut status = 0;
    // SAFETY: our own child, once.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 7, "{status}");
    // The parent's is as good as before.
    let read = block_on_driver(&*driver, raw::read_at(file.as_raw_fd(), &mut [0; 8], 0));
    assert_eq!(read, 4);
}
