//! The marker, and the runtime as the crate's documentation builds it.

use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::io;
use std::task::Poll;

use compio::driver::ProactorBuilder;
use compio::runtime::Runtime;
use contract::World;

/// Reached by every measured call of this peer and by no other.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn awb_marker_compio() {
    black_box("compio");
}

/// Begins the measured part.
pub fn begin(world: &World) {
    world.begin();
    awb_marker_compio();
}

/// Runs a program. The ring has the flags that the documentation recommends for a runtime
/// of one thread: `coop_taskrun` with `taskrun_flag`. The rest is as it comes: 1024 entries.
///
/// # Errors
/// When the ring cannot be had.
pub fn block_on<F: Future>(program: F) -> io::Result<F::Output> {
    let mut proactor = ProactorBuilder::new();
    proactor.coop_taskrun(true).taskrun_flag(true);
    Ok(Runtime::builder().with_proactor(proactor).build()?.block_on(program))
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
