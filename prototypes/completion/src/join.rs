//! Two operations, both results.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::must::Completion;
use crate::part::{Panic, Part, caught};

/// Both outputs. Every poll polls both that are not ready: they share one waker, and looking
/// at a side that has nothing to do costs less than finding out which one was woken.
///
/// If one side panics the other is cancelled and drained, then the first panic goes on.
///
/// # Cancellation
/// Both sides are cancelled. A join that loses a race while one side has its output is asked for
/// it: the other side's wait ends with an error, and both reach the owner of the loser's output.
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
            // SAFETY: as above.
            let a_ended = unsafe { a.as_mut().drain(cx, &mut this.panic) };
            // SAFETY: as above.
            let b_ended = unsafe { b.as_mut().drain(cx, &mut this.panic) };
            core::task::ready!(a_ended);
            core::task::ready!(b_ended);
            a.discard(&mut this.panic);
            b.discard(&mut this.panic);
            this.panic.take().expect("looked at above").resume();
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

    fn holds_output(&self) -> bool {
        self.a.holds_output() || self.b.holds_output()
    }
}
