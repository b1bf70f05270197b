//! The marker, and the runtime as the crate's documentation builds it.

use std::future::Future;
use std::hint::black_box;
use std::io;

use contract::World;
use tokio_uring::Runtime;

/// Reached by every measured call of this peer and by no other.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn awb_marker_tokio_uring() {
    black_box("tokio-uring");
}

/// Begins the measured part.
pub fn begin(world: &World) {
    world.begin();
    awb_marker_tokio_uring();
}

/// Runs a program. The ring is the default one of `tokio_uring::builder()`: 256 entries for
/// submissions, twice as many for completions, no flags. The crate learns of completions
/// through epoll and reads the completion queue without a system call, so that flags that
/// defer the kernel's work until the ring is entered do not suit it. Dropping the runtime
/// is no part of what is measured.
///
/// # Errors
/// When the ring cannot be had.
pub fn block_on<F: Future>(program: F) -> io::Result<F::Output> {
    Ok(Runtime::new(&tokio_uring::builder())?.block_on(program))
}
