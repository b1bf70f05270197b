//! Two operations, the first result, and the loser brought to its end.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::must::Completion;
use crate::op::Either;
use crate::part::{Panic, Part, caught};

/// The output of the operation that is ready first. `a` is looked at first in every poll.
///
/// The loser is cancelled and *drained*: the race is ready when both have ended. A loser that
/// was never begun, or only waits in a list, is dropped. The loser's output is dropped: an
/// arm that takes something from a source ends with it in the right place under
/// [`shield`](crate::shield), or the caller uses [`race_both`].
pub fn race<A: Completion, B: Completion>(a: A, b: B) -> Race<A, B> {
    Race(RaceBoth::new(a, b))
}

/// See [`race`].
pub struct Race<A: Completion, B: Completion>(RaceBoth<A, B>);

/// As [`race`], and hands the loser's output over too, if it had begun and had to be drained.
pub fn race_both<A: Completion, B: Completion>(a: A, b: B) -> RaceBoth<A, B> {
    RaceBoth::new(a, b)
}

/// See [`race_both`].
pub struct RaceBoth<A: Completion, B: Completion> {
    a: Part<A>,
    b: Part<B>,
    first: First,
}

/// Which side was ready first.
enum First {
    /// Neither yet: both are polled.
    ///
    /// Entered by the making, and from `Panicked` when the panic goes on.
    None,
    /// `a`.
    ///
    /// Entered from `None` by the poll in which `a` is ready. From then on `b` is only drained, and
    /// the race is ready when `b` has ended.
    A,
    /// `b`.
    ///
    /// Entered from `None` by the poll in which `b` is ready and `a` is not. From then on `a` is
    /// only drained.
    B,
    /// A side has panicked; the first panic is kept, and neither side is first.
    ///
    /// Entered from each of the others by a panic of a poll or of a drain. Both sides are drained,
    /// outputs are dropped, and then the panic goes on. Excludes that the race is ready.
    Panicked(Panic),
}

impl First {
    /// A side has panicked, before or while it was drained. Then neither is first.
    #[cold]
    fn panicked(&mut self, panic: Panic) {
        match core::mem::replace(self, First::None) {
            First::Panicked(first) => {
                let mut first = Some(first);
                panic.keep_first(&mut first);
                *self = First::Panicked(first.expect("it was the first"));
            }
            _ => *self = First::Panicked(panic),
        }
    }

    /// Both sides have ended: drops their outputs and goes on panicking.
    #[cold]
    fn resume<A, B>(&mut self, a: Pin<&mut Part<A>>, b: Pin<&mut Part<B>>)
    where
        A: Completion,
        B: Completion,
    {
        let First::Panicked(panic) = core::mem::replace(self, First::None) else { return };
        let mut panic = Some(panic);
        a.discard(&mut panic);
        b.discard(&mut panic);
        panic.expect("it was there").resume();
    }
}

impl<A: Completion, B: Completion> RaceBoth<A, B> {
    fn new(a: A, b: B) -> RaceBoth<A, B> {
        RaceBoth { a: Part::new(a), b: Part::new(b), first: First::None }
    }

    /// The two parts and who was first.
    fn project(self: Pin<&mut Self>) -> (Pin<&mut Part<A>>, Pin<&mut Part<B>>, &mut First) {
        // SAFETY: the parts are pinned with the race and never moved out; `first` is not.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let a = unsafe { Pin::new_unchecked(&mut this.a) };
        // SAFETY: as above.
        let b = unsafe { Pin::new_unchecked(&mut this.b) };
        (a, b, &mut this.first)
    }

    /// Runs until a side is first, then until the other has ended.
    ///
    /// # Safety
    /// As for [`Completion::poll`].
    #[inline]
    unsafe fn run(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let (mut a, mut b, first) = self.project();
        if let First::None = first {
            // SAFETY: the caller's promise holds for both parts: below they are drained.
            let polled = caught(|| unsafe { a.as_mut().poll(cx) });
            *first = match polled {
                Ok(true) => First::A,
                Ok(false) => {
                    // SAFETY: as above.
                    match caught(|| unsafe { b.as_mut().poll(cx) }) {
                        Ok(true) => First::B,
                        Ok(false) => return Poll::Pending,
                        Err(panic) => First::Panicked(panic),
                    }
                }
                Err(panic) => First::Panicked(panic),
            };
        }
        let mut panic = None;
        let a_ended = match first {
            First::A => Poll::Ready(()),
            // SAFETY: as above.
            _ => unsafe { a.as_mut().drain(cx, &mut panic) },
        };
        let b_ended = match first {
            First::B => Poll::Ready(()),
            // SAFETY: as above.
            _ => unsafe { b.as_mut().drain(cx, &mut panic) },
        };
        if let Some(panic) = panic {
            first.panicked(panic);
        }
        core::task::ready!(a_ended);
        core::task::ready!(b_ended);
        if let First::Panicked(_) = first {
            first.resume(a, b);
        }
        Poll::Ready(())
    }

    fn may_abandon(&self) -> bool {
        !self.a.in_flight() && !self.b.in_flight()
    }

    fn has_output(&self) -> bool {
        self.a.holds_output() || self.b.holds_output()
    }
}

// SAFETY: ready or panicking only after both parts have ended or may be dropped (`run`);
// abandonable if neither is in flight.
unsafe impl<A: Completion, B: Completion> Completion for RaceBoth<A, B> {
    type Output = Either<(A::Output, Option<B::Output>), (B::Output, Option<A::Output>)>;

    #[inline]
    unsafe fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the caller's promise.
        core::task::ready!(unsafe { self.as_mut().run(cx) });
        let (a, b, first) = self.project();
        let outputs = (a.take(), b.take());
        Poll::Ready(match (outputs, first) {
            ((Some(a), b), First::A) => Either::A((a, b)),
            ((a, Some(b)), _) => Either::B((b, a)),
            _ => unreachable!("the side that was first has its output"),
        })
    }

    fn abandonable(&self) -> bool {
        self.may_abandon()
    }

    fn holds_output(&self) -> bool {
        self.has_output()
    }
}

// SAFETY: as for `RaceBoth`.
unsafe impl<A: Completion, B: Completion> Completion for Race<A, B> {
    type Output = Either<A::Output, B::Output>;

    #[inline]
    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the only field, pinned with the race and never moved out.
        let both = unsafe { self.map_unchecked_mut(|this| &mut this.0) };
        // SAFETY: the caller's promise.
        unsafe { both.poll(cx) }.map(|ended| match ended {
            Either::A((a, _)) => Either::A(a),
            Either::B((b, _)) => Either::B(b),
        })
    }

    fn abandonable(&self) -> bool {
        self.0.may_abandon()
    }

    fn holds_output(&self) -> bool {
        self.0.has_output()
    }
}

impl<A: Completion, B: Completion> fmt::Debug for Race<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Race").finish_non_exhaustive()
    }
}

impl<A: Completion, B: Completion> fmt::Debug for RaceBoth<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RaceBoth").finish_non_exhaustive()
    }
}
