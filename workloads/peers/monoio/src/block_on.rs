//! The marker, and the runtime as the crate's documentation builds it.

use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::io;
use std::task::Poll;

use contract::World;
use monoio::{IoUringDriver, RuntimeBuilder};

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

/// Runs a program. The ring is that of `#[monoio::main(driver = "uring")]`: 1024 entries,
/// no flags. Without a timer, unless the program needs one ([`block_on_with_timer`]).
///
/// # Errors
/// When the ring cannot be had.
pub fn block_on<F: Future>(program: F) -> io::Result<F::Output> {
    Ok(RuntimeBuilder::<IoUringDriver>::new().build()?.block_on(program))
}

/// The same with the timer driver around it.
///
/// # Errors
/// When the ring cannot be had.
pub fn block_on_with_timer<F: Future>(program: F) -> io::Result<F::Output> {
    Ok(RuntimeBuilder::<IoUringDriver>::new().enable_timer().build()?.block_on(program))
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
