//! An operation under a limit of time.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use design_poll::{Error, Op, Sleep, sleep};
use kernel::run::context;

use crate::part::Part;

/// Drives `op` for at most `ms` milliseconds, counted from the first poll. When the time is over
/// `op` is asked to cancel, and this is ready with [`Error::Elapsed`] once it has cleaned up, which
/// may be later. If both happen at once, the output of `op` counts; what it is ready with while it
/// is cancelled is dropped.
pub fn timeout<O: Op>(ms: u32, op: O) -> Timeout<O> {
    Timeout { op: Part::new(op), limit: sleep(ms), elapsed: false }
}

/// As [`timeout`], with at most `grace_ms` milliseconds for the clean-up. Then `op` is dropped
/// where it is, and the answer says so: the caller counts it.
pub fn timeout_with_grace<O: Op>(ms: u32, op: O, grace_ms: u32) -> WithGrace<O> {
    WithGrace { op: timeout(ms, op), grace: sleep(grace_ms) }
}

/// See [`timeout`].
#[must_use = "futures do nothing unless polled"]
pub struct Timeout<O: Future> {
    op: Part<O>,
    limit: Sleep,
    elapsed: bool,
}

/// See [`timeout_with_grace`].
#[must_use = "futures do nothing unless polled"]
pub struct WithGrace<O: Future> {
    op: Timeout<O>,
    grace: Sleep,
}

/// How an operation ended whose time was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// It has cleaned up.
    CleanedUp,
    /// The grace was over first: its clean-up was cut short.
    Dropped,
}

impl<O: Future> fmt::Debug for Timeout<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout").field("elapsed", &self.elapsed).finish_non_exhaustive()
    }
}

impl<O: Future> fmt::Debug for WithGrace<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.op.fmt(f)
    }
}

impl<O: Future> Timeout<O> {
    /// The operation, the limit, and whether it is over.
    fn project(self: Pin<&mut Self>) -> (Pin<&mut Part<O>>, Pin<&mut Sleep>, &mut bool) {
        // SAFETY: what is pinned stays where it is; the struct has no `Drop`.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: pinned with the struct.
        let op = unsafe { Pin::new_unchecked(&mut this.op) };
        // SAFETY: as above.
        let limit = unsafe { Pin::new_unchecked(&mut this.limit) };
        (op, limit, &mut this.elapsed)
    }
}

impl<O: Future> Future for Timeout<O> {
    type Output = Result<O::Output, Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (mut op, limit, elapsed) = self.project();
        if !*elapsed {
            op.as_mut().poll(cx);
            if let Some(output) = op.as_mut().take() {
                return Poll::Ready(Ok(output));
            }
            if context::cancelling() || limit.poll(cx).is_pending() {
                return Poll::Pending;
            }
            *elapsed = true;
        }
        if op.cancel_and_tell(cx) { Poll::Ready(Err(Error::Elapsed)) } else { Poll::Pending }
    }
}

impl<O: Future> Future for WithGrace<O> {
    type Output = Result<O::Output, Stopped>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: what is pinned stays where it is; the struct has no `Drop`.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: pinned with the struct.
        let mut op = unsafe { Pin::new_unchecked(&mut this.op) };
        // SAFETY: as above.
        let grace = unsafe { Pin::new_unchecked(&mut this.grace) };
        if let Poll::Ready(ended) = op.as_mut().poll(cx) {
            return Poll::Ready(ended.map_err(|_| Stopped::CleanedUp));
        }
        let (op, _, elapsed) = op.project();
        if !*elapsed || grace.poll(cx).is_pending() {
            return Poll::Pending;
        }
        op.forget();
        Poll::Ready(Err(Stopped::Dropped))
    }
}
