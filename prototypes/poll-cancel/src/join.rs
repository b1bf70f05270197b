//! Both of two.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use design_poll::Op;

use crate::part::Part;

/// Polls both until both are ready; ready with both outputs. If one panics the other is dropped
/// with the join.
///
/// Asked to cancel, it asks both. A side that has cleaned up is dropped at once, so that it holds
/// nothing that the clean-up of the other one waits for.
pub fn join<A: Op, B: Op>(a: A, b: B) -> Join<A, B> {
    Join { a: Part::new(a), b: Part::new(b) }
}

/// See [`join`].
#[must_use = "futures do nothing unless polled"]
pub struct Join<A: Future, B: Future> {
    a: Part<A>,
    b: Part<B>,
}

impl<A: Future, B: Future> fmt::Debug for Join<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Join").finish_non_exhaustive()
    }
}

impl<A: Future, B: Future> Future for Join<A, B> {
    type Output = (A::Output, B::Output);

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: both parts stay where they are; the struct has no `Drop`.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: pinned with the struct.
        let mut a = unsafe { Pin::new_unchecked(&mut this.a) };
        // SAFETY: as above.
        let mut b = unsafe { Pin::new_unchecked(&mut this.b) };
        a.as_mut().poll(cx);
        b.as_mut().poll(cx);
        if !(a.as_mut().is_ready() && b.as_mut().is_ready()) {
            return Poll::Pending;
        }
        match (a.take(), b.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            _ => unreachable!("both are ready"),
        }
    }
}
