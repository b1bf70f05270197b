//! An operation under a limit of time.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::leaf::{Sleep, sleep};
use crate::op::{Error, Op};

/// Drives `op` for at most `ms` milliseconds, counted from the first poll. When the time is
/// over, `op` is dropped with this; if both happen at once, the output of `op` counts.
pub fn timeout<O: Op>(ms: u32, op: O) -> Timeout<O> {
    Timeout { op, limit: sleep(ms) }
}

/// See [`timeout`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Timeout<O> {
    op: O,
    limit: Sleep,
}

impl<O: Future> Future for Timeout<O> {
    type Output = Result<O::Output, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: both fields stay where they are; the struct has no `Drop`.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: pinned with the struct.
        let op = unsafe { Pin::new_unchecked(&mut this.op) };
        if let Poll::Ready(output) = op.poll(cx) {
            return Poll::Ready(Ok(output));
        }
        // SAFETY: as above.
        let limit = unsafe { Pin::new_unchecked(&mut this.limit) };
        limit.poll(cx).map(|_| Err(Error::Elapsed))
    }
}
