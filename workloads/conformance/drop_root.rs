//! A root that is dropped, for designs whose operations are futures.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use design as d;
use kernel::driver::Driver;
use kernel::run::executor::{OnWatchdog, run};

/// Polls `op` as the root of a run, at most `polls` times, and drops it: inside of the run, or
/// after the run is over. Whether it was ready.
pub(super) fn root(
    driver: Box<dyn Driver>,
    op: impl d::Op<Output = ()>,
    polls: u32,
    inside: bool,
) -> bool {
    let mut op = Some(Box::pin(op));
    let mut polled = 0;
    let ended = run(&*driver, OnWatchdog::Drop, |cx| {
        let root = op.as_mut().expect("not polled after its end");
        if polled == polls {
            if inside {
                op = None;
            }
            return Poll::Ready(false);
        }
        polled += 1;
        let root: Pin<&mut dyn Future<Output = ()>> = root.as_mut();
        root.poll(cx).map(|()| true)
    });
    ended.expect("a real driver has no watchdog")
}
