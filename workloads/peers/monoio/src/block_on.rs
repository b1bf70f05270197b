//! The marker, and the runtime as the crate's documentation builds it.

use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::io;
use std::task::Poll;

use contract::World;
use monoio::{IoUringDriver, RuntimeBuilder};

/// Entries of a ring for submissions, as in our own driver.
const ENTRIES: u32 = 2048;

/// Reached by every measured call of this peer and by no other.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn awb_marker_monoio() {
    black_box("monoio");
}

/// Begins the measured part.
pub fn begin(world: &World) {
    world.begin();
    awb_marker_monoio();
}

/// The runtime before it is built.
///
/// The ring is what our own driver asks for: 2048 entries, so that a send and a receive of a
/// thousand connections are handed over in one call, four times as many for completions,
/// cooperative task work, and one thread that submits. `#[monoio::main]` takes 1024 and no
/// flags; with these a thousand connections make half the calls, and nothing costs an
/// instruction more.
fn builder() -> RuntimeBuilder<IoUringDriver> {
    let mut ring = io_uring::IoUring::builder();
    ring.setup_coop_taskrun().setup_single_issuer().setup_submit_all().setup_cqsize(4 * ENTRIES);
    RuntimeBuilder::new().with_entries(ENTRIES).uring_builder(ring)
}

/// Runs a program. Without a timer, unless the program needs one ([`block_on_with_timer`]).
///
/// # Errors
/// When the ring cannot be had: its flags need Linux 6.0.
pub fn block_on<F: Future>(program: F) -> io::Result<F::Output> {
    Ok(builder().build()?.block_on(program))
}

/// The same with the timer driver around it.
///
/// # Errors
/// As [`block_on`].
pub fn block_on_with_timer<F: Future>(program: F) -> io::Result<F::Output> {
    Ok(builder().enable_timer().build()?.block_on(program))
}

/// The crate has no `yield_now`; this is what one does.
pub fn yield_now() -> impl Future<Output = ()> {
    let mut yielded = false;
    poll_fn(move |cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}
