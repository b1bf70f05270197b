//! An operation with a limit.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use kernel::leaf::sleep;

use crate::must::Completion;
use crate::op::Error;
use crate::part::{AbortOnUnwind, Part};

/// The output of `op`, or [`Error::Elapsed`] if it was not ready within `ms` milliseconds of
/// the driver's time, counted from the first poll.
///
/// When the time is up `op` is cancelled and drained, so the timeout may take as long as that
/// takes. What `op` is ready with *while being drained* is dropped, as the loser's output is
/// in [`race`](crate::race); [`deadline`] hands it over.
pub fn timeout<C: Completion>(ms: u32, op: C) -> Timeout<C> {
    Timeout { op: deadline(ms, op) }
}

/// As [`timeout`], but `op` always runs to its end: its output (cancelled or real), and
/// whether the time was up. No output if `op` could be abandoned without draining.
pub fn deadline<C: Completion>(ms: u32, op: C) -> Deadline<C> {
    Deadline { op: Part::new(op), limit: sleep::sleep(ms), elapsed: false }
}

/// See [`timeout`].
pub struct Timeout<C: Completion> {
    op: Deadline<C>,
}

/// See [`deadline`].
pub struct Deadline<C: Completion> {
    op: Part<C>,
    limit: sleep::Sleep,
    elapsed: bool,
}

impl<C: Completion> fmt::Debug for Timeout<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout").finish_non_exhaustive()
    }
}

impl<C: Completion> fmt::Debug for Deadline<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deadline").finish_non_exhaustive()
    }
}

// SAFETY: ready when the operation is, or when it was drained. The timer may be dropped at any
// time, so a panic of the operation unwinds plainly. A panic of the timer, beside which the
// operation is in flight, aborts: no foreign code runs in it.
unsafe impl<C: Completion> Completion for Deadline<C> {
    type Output = (Option<C::Output>, bool);

    #[inline]
    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: operation and timer are pinned with this and never moved out.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let mut op = unsafe { Pin::new_unchecked(&mut this.op) };
        // SAFETY: as above.
        let limit = unsafe { Pin::new_unchecked(&mut this.limit) };
        if !this.elapsed {
            // SAFETY: the caller's promise.
            if unsafe { op.as_mut().poll(cx) } {
                limit.disarm();
                return Poll::Ready((op.take(), false));
            }
            let guard = AbortOnUnwind("the clock panicked beside an operation in flight");
            this.elapsed = Future::poll(limit, cx).is_ready();
            core::mem::forget(guard);
        }
        if !this.elapsed {
            return Poll::Pending;
        }
        let mut panic = None;
        // SAFETY: the caller's promise.
        core::task::ready!(unsafe { op.as_mut().drain(cx, &mut panic) });
        if let Some(panic) = panic {
            op.discard(&mut None);
            panic.resume();
        }
        Poll::Ready((op.take(), true))
    }

    fn abandonable(&self) -> bool {
        !self.op.in_flight()
    }

    fn holds_output(&self) -> bool {
        self.op.holds_output()
    }
}

// SAFETY: as for `Deadline`.
unsafe impl<C: Completion> Completion for Timeout<C> {
    type Output = Result<C::Output, Error>;

    #[inline]
    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the only field, pinned with this and never moved out.
        let op = unsafe { self.map_unchecked_mut(|this| &mut this.op) };
        // SAFETY: the caller's promise.
        unsafe { op.poll(cx) }.map(|ended| match ended {
            (Some(output), false) => Ok(output),
            (_, _) => Err(Error::Elapsed),
        })
    }

    fn abandonable(&self) -> bool {
        self.op.abandonable()
    }

    fn holds_output(&self) -> bool {
        self.op.holds_output()
    }
}
