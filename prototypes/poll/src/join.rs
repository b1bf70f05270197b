//! Both of two.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::op::Op;

/// Polls both until both are ready; ready with both outputs. If one panics the other is
/// dropped with the join.
///
/// Both sides share the waker of the surrounding task, so a wake polls whichever side is not
/// ready yet: a tree of joins over k leaves polls up to k leaves per wake. Wakers of their own
/// would cost two nodes of the waker table and some hundred instructions a join; a
/// [`Group`](crate::Group) is the form for width.
pub fn join<A: Op, B: Op>(a: A, b: B) -> Join<A, B> {
    Join { a: Side::Running(a), b: Side::Running(b) }
}

/// See [`join`]. A struct and not an async function, which would store both sides twice.
#[must_use = "futures do nothing unless polled"]
pub struct Join<A: Future, B: Future> {
    a: Side<A>,
    b: Side<B>,
}

impl<A: Future, B: Future> fmt::Debug for Join<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Join").finish_non_exhaustive()
    }
}

impl<A: Future, B: Future> Future for Join<A, B> {
    type Output = (A::Output, B::Output);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: both fields stay where they are; the struct has no `Drop`.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: pinned with the struct.
        let a = unsafe { Pin::new_unchecked(&mut this.a) }.poll(cx);
        // SAFETY: as above.
        let b = unsafe { Pin::new_unchecked(&mut this.b) }.poll(cx);
        if a && b {
            return Poll::Ready((this.a.take(), this.b.take()));
        }
        Poll::Pending
    }
}

/// A future, then its output, then neither.
pub(crate) enum Side<F: Future> {
    /// The future, pinned with the side from the first poll on.
    ///
    /// Entered by the making. Excludes the taking of an output, which panics.
    Running(F),
    /// The output.
    ///
    /// Entered from `Running` by the poll that is ready, which drops the future in place. Excludes
    /// another poll of it: the side is ready at once.
    Ready(F::Output),
    /// Neither.
    ///
    /// Entered from `Ready` by the taking of the output. Excludes a second one, which panics.
    Taken,
}

impl<F: Future> Side<F> {
    /// Polls unless it was ready. True when it is ready now. The future is dropped as soon as
    /// it is ready.
    pub(crate) fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        // SAFETY: a running future is moved by nothing; it is replaced in place, which drops it.
        let this = unsafe { self.get_unchecked_mut() };
        let Side::Running(future) = this else { return true };
        // SAFETY: pinned with the enum.
        let Poll::Ready(output) = unsafe { Pin::new_unchecked(future) }.poll(cx) else {
            return false;
        };
        *this = Side::Ready(output);
        true
    }

    /// Whether the future is there. By a pointer to write with: a shared one to a future that has
    /// run would claim that nothing in it is borrowed exclusively, which it may do itself.
    ///
    /// # Safety
    /// The side is alive, and not being polled.
    pub(crate) unsafe fn is_running(side: *mut Self) -> bool {
        // SAFETY: alive by the caller's promise; this reads the discriminant only.
        unsafe { matches!(*side, Side::Running(_)) }
    }

    /// The output. Moves nothing that was pinned: the future is gone.
    ///
    /// # Panics
    /// When there is none: polled after it was ready.
    pub(crate) fn take(&mut self) -> F::Output {
        match self {
            Side::Running(_) => panic!("asked for the output of a running future"),
            Side::Ready(_) | Side::Taken => match core::mem::replace(self, Side::Taken) {
                Side::Ready(output) => output,
                _ => panic!("polled after it was ready"),
            },
        }
    }
}
