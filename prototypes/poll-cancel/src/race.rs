//! The first of two, and the loser asked to cancel.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use design_poll::{Either, Op};

use crate::part::Part;

/// Polls both, `a` first. When one is ready the other is asked to cancel, and the race is ready
/// with the first output once the loser has cleaned up and was dropped. A loser that was not begun
/// is dropped; what one is ready with while it is cancelled is dropped too.
///
/// A race that is dropped drops both where they are, without a clean-up.
pub fn race<A: Op, B: Op>(a: A, b: B) -> Race<A, B> {
    Race { a: Part::new(a), b: Part::new(b), first: First::None }
}

/// See [`race`].
#[must_use = "futures do nothing unless polled"]
pub struct Race<A: Future, B: Future> {
    a: Part<A>,
    b: Part<B>,
    first: First,
}

/// Which side has an output first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum First {
    /// Neither yet: both are polled.
    ///
    /// Entered by the making, and left once. It stays where both were cancelled with the
    /// surroundings.
    None,
    /// `a`.
    ///
    /// Entered from `None` by the poll in which `a` is ready. From then on `b` is only asked to
    /// cancel, until its clean-up is over.
    A,
    /// `b`.
    ///
    /// Entered from `None` by the poll in which `b` is ready and `a` is not. From then on `a` is
    /// only asked to cancel.
    B,
}

impl<A: Future, B: Future> fmt::Debug for Race<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Race").finish_non_exhaustive()
    }
}

impl<A: Future, B: Future> Future for Race<A, B> {
    type Output = Either<A::Output, B::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: both parts stay where they are; the struct has no `Drop`.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: pinned with the struct.
        let mut a = unsafe { Pin::new_unchecked(&mut this.a) };
        // SAFETY: as above.
        let mut b = unsafe { Pin::new_unchecked(&mut this.b) };
        if this.first == First::None {
            if a.as_mut().poll(cx) && a.as_mut().is_ready() {
                this.first = First::A;
            } else if b.as_mut().poll(cx) && b.as_mut().is_ready() {
                this.first = First::B;
            }
        }
        let cleaned_up = match this.first {
            // Neither, or both are gone with the surroundings: nothing is left to be ready with.
            First::None => return Poll::Pending,
            First::A => b.as_mut().cancel_and_tell(cx),
            First::B => a.as_mut().cancel_and_tell(cx),
        };
        if !cleaned_up {
            return Poll::Pending;
        }
        let output = match this.first {
            First::A => a.take().map(Either::A),
            _ => b.take().map(Either::B),
        };
        Poll::Ready(output.expect("the first has its output, and a race is ready once"))
    }
}
