//! The marker, and the runtime that the crates of this package are run on.

use std::future::Future;
use std::hint::black_box;

use tokio::runtime::Builder;

/// Reached by every measured call of this peer and by no other.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn awb_marker_published() {
    black_box("published");
}

/// Runs a program on a current-thread runtime of tokio with clock and sockets.
///
/// # Panics
/// When the runtime cannot be built.
pub fn block_on<T>(program: impl Future<Output = T>) -> T {
    awb_marker_published();
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("an epoll instance and a descriptor for wake-ups can be had").block_on(program)
}
