//! The marker, and the runtime as the crate's documentation builds it.

use std::future::Future;
use std::hint::black_box;
use std::io;

use contract::World;
use tokio_uring::Runtime;

/// Entries of a ring for submissions, as in our own driver.
const ENTRIES: u32 = 2048;

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

/// Runs a program. The ring is what our own driver asks for: 2048 entries, so that a send and
/// a receive of a thousand connections are handed over in one call, four times as many for
/// completions, cooperative task work, and one thread that submits. The builder's default is
/// 256 and no flags, with which a thousand connections enter the ring eight times as often.
///
/// Cooperative work suits the crate although it learns of completions through epoll and reads
/// them without a system call: the kernel does that work on its way out of any call, the one
/// of epoll too. Deferred work would wait for a call that enters the ring. Dropping the
/// runtime is no part of what is measured.
///
/// # Errors
/// When the ring cannot be had: its flags need Linux 6.0.
pub fn block_on<F: Future>(program: F) -> io::Result<F::Output> {
    let mut ring = tokio_uring::uring_builder();
    ring.setup_coop_taskrun().setup_single_issuer().setup_submit_all().setup_cqsize(4 * ENTRIES);
    Ok(Runtime::new(tokio_uring::builder().entries(ENTRIES).uring_builder(&ring))?
        .block_on(program))
}
