//! The marker, and the runtime as the crate's documentation builds it.

use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::io;
use std::task::Poll;

use compio::driver::ProactorBuilder;
use compio::runtime::Runtime;
use contract::World;

/// Entries of a ring for submissions, as in our own driver.
const ENTRIES: u32 = 2048;

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
/// of one thread, `coop_taskrun` with `taskrun_flag`, and what our own driver asks for besides:
/// one thread that submits, 2048 entries instead of 1024, four times as many for completions.
///
/// # Errors
/// When the ring cannot be had: its flags need Linux 6.0.
pub fn block_on<F: Future>(program: F) -> io::Result<F::Output> {
    let mut proactor = ProactorBuilder::new();
    proactor.coop_taskrun(true).taskrun_flag(true).single_issuer(true);
    proactor.capacity(ENTRIES).cqsize(4 * ENTRIES);
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
