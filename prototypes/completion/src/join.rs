//! Two operations, both results.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::must::Completion;
use crate::part::{Panic, Part, caught};

/// Both outputs. Every poll polls both that are not ready: they share one waker, and looking
/// at a side that has nothing to do costs less than finding out which one was woken.
///
/// If one side panics the other is cancelled and drained, then the panic goes on.
pub fn join<A: Completion, B: Completion>(a: A, b: B) -> Join<A, B> {
    Join { a: Part::new(a), b: Part::new(b), panic: None }
}

/// See [`join`].
pub struct Join<A: Completion, B: Completion> {
    a: Part<A>,
    b: Part<B>,
    panic: Option<Panic>,
}

impl<A: Completion, B: Completion> fmt::Debug for Join<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Join").finish_non_exhaustive()
    }
}

// SAFETY: ready only when both parts are; panicking only after the other part was drained;
// abandonable if neither is in flight.
unsafe impl<A: Completion, B: Completion> Completion for Join<A, B> {
    type Output = (A::Output, B::Output);

    #[inline]
    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the parts are pinned with the join and never moved out.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let mut a = unsafe { Pin::new_unchecked(&mut this.a) };
        // SAFETY: as above.
        let mut b = unsafe { Pin::new_unchecked(&mut this.b) };
        if this.panic.is_none() {
            // SAFETY: the caller's promise holds for both parts: a panic drains below.
            if let Err(panic) = caught(|| unsafe { a.as_mut().poll(cx) }) {
                this.panic = Some(panic);
            }
        }
        if this.panic.is_none() {
            // SAFETY: as above.
            if let Err(panic) = caught(|| unsafe { b.as_mut().poll(cx) }) {
                this.panic = Some(panic);
            }
        }
        if this.panic.is_some() {
            // SAFETY: as above; a second panic unwinds plainly, one side is gone already.
            core::task::ready!(unsafe { a.drain(cx) });
            // SAFETY: as above.
            core::task::ready!(unsafe { b.drain(cx) });
            if let Some(panic) = this.panic.take() {
                panic.resume();
            }
            unreachable!("checked above");
        }
        if !(a.is_done() && b.is_done()) {
            return Poll::Pending;
        }
        match (a.take(), b.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            _ => unreachable!("both are done"),
        }
    }

    fn abandonable(&self) -> bool {
        !self.a.in_flight() && !self.b.in_flight()
    }
}
