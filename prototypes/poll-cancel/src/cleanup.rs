//! The request itself: who passes it on, what it meets below, and what keeps it out.
//!
//! A request is a mode in which a future is polled ([`kernel::run::context::cancelling`]). It goes
//! through any async function, because a poll does. At the bottom a leaf returns `Pending`
//! without looking: it does nothing more. A clean-up that is met on the way is polled in the
//! ordinary mode, and says that it goes on. So after the poll who has asked knows which of the two
//! it was: a clean-up to wait for, or nothing, and then the future may be dropped.

use core::fmt;
use core::future::{Future, pending};
use core::pin::Pin;
use core::task::{Context, Poll};

use design_poll::Op;
use kernel::run::context;

use crate::part::Part;

/// Asks a future to cancel. Ready when nothing in it cleans up any more: then it is dropped, and
/// not polled again. Pending while a clean-up goes on. What the future is ready with under the
/// request is dropped.
///
/// # Panics
/// Outside of a run of this design.
pub fn poll_cancel<F: Future + ?Sized>(future: Pin<&mut F>, cx: &mut Context<'_>) -> Poll<()> {
    match context::request(|| future.poll(cx)) {
        (Poll::Pending, true) => {
            if context::cancelling() {
                context::goes_on();
            }
            Poll::Pending
        }
        (Poll::Pending, false) | (Poll::Ready(_), _) => Poll::Ready(()),
    }
}

/// Keeps requests out of a step: it runs to its end in the ordinary mode, and who asks waits for
/// it. Its output reaches the code behind it, which ends at its next wait.
///
/// # Cancellation
/// By a drop it ends as any future does.
pub fn shield<O: Op>(op: O) -> Shield<O> {
    Shield { op }
}

/// See [`shield`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Shield<O> {
    op: O,
}

impl<O: Future> Future for Shield<O> {
    type Output = O::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<O::Output> {
        // SAFETY: the only field of a pinned struct without `Drop`; never moved.
        let op = unsafe { self.map_unchecked_mut(|this| &mut this.op) };
        if !context::cancelling() {
            return op.poll(cx);
        }
        // FOREIGN: the poll.
        let polled = context::with_mode(false, || op.poll(cx));
        if polled.is_pending() {
            context::goes_on();
        }
        polled
    }
}

/// Runs `body`, then `clean_up`, shielded: once, whether the body came to its end, was asked to
/// cancel, or has panicked (with the feature `std`). What [`cleanup!`](crate::cleanup!) is with
/// blocks that borrow the same.
///
/// # Cancellation
/// By a request the body is dropped, after the clean-ups in it, and `clean_up` is awaited. By a
/// drop *`clean_up` is skipped*.
pub async fn finally<B: Op, C: Op<Output = ()>>(body: B, clean_up: C) -> B::Output {
    let ended = caught(body).await;
    let finished = caught(shield(clean_up)).await;
    ended.after(finished).await
}

/// A body, and how it ended.
#[doc(hidden)]
pub fn caught<F: Future>(future: F) -> Caught<F> {
    Caught { part: Part::new(future) }
}

/// See [`caught`].
#[doc(hidden)]
pub struct Caught<F: Future> {
    part: Part<F>,
}

impl<F: Future> fmt::Debug for Caught<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caught").finish_non_exhaustive()
    }
}

/// How a body ended.
#[doc(hidden)]
pub enum Ended<T> {
    /// With an output.
    Output(T),
    /// It was asked to cancel, and is dropped.
    Cancelled,
    /// With a panic, and is dropped.
    Panicked(Panic),
}

impl<T> fmt::Debug for Ended<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ended::Output(_) => "Output",
            Ended::Cancelled => "Cancelled",
            Ended::Panicked(_) => "Panicked",
        })
    }
}

impl<F: Future> Future for Caught<F> {
    type Output = Ended<F::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the only field of a pinned struct without `Drop`; never moved.
        let mut part = unsafe { self.map_unchecked_mut(|this| &mut this.part) };
        // FOREIGN: poll and destructor of the body. A panic is kept until the clean-up is over.
        match catch(|| part.as_mut().poll(cx)) {
            Ok(false) => Poll::Pending,
            Ok(true) => Poll::Ready(part.take().map_or(Ended::Cancelled, Ended::Output)),
            Err(panic) => {
                // FOREIGN: the destructor of what has panicked. Of two panics the first counts.
                drop_quietly(catch(|| part.forget()));
                Poll::Ready(Ended::Panicked(panic))
            }
        }
    }
}

impl<T> Ended<T> {
    /// After the clean-up: the output, the first panic, or no end at all: who has asked for the
    /// cancel drops this frame now.
    pub async fn after(self, finished: Ended<()>) -> T {
        match (self, finished) {
            (Ended::Panicked(first), second) => {
                drop_quietly(second);
                resume(first)
            }
            (_, Ended::Panicked(panic)) => resume(panic),
            (Ended::Output(output), _) => output,
            (Ended::Cancelled, _) => pending().await,
        }
    }
}

/// What a panic carries. Without `std` there is none: it does not return.
#[cfg(feature = "std")]
pub(crate) type Panic = std::boxed::Box<dyn core::any::Any + Send>;
#[cfg(not(feature = "std"))]
pub(crate) type Panic = core::convert::Infallible;

#[cfg(feature = "std")]
fn catch<T>(f: impl FnOnce() -> T) -> Result<T, Panic> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(f))
}

#[cfg(not(feature = "std"))]
fn catch<T>(f: impl FnOnce() -> T) -> Result<T, Panic> {
    Ok(f())
}

#[cfg(feature = "std")]
fn resume(panic: Panic) -> ! {
    std::panic::resume_unwind(panic)
}

#[cfg(not(feature = "std"))]
fn resume(panic: Panic) -> ! {
    match panic {}
}

/// Drops what a second panic carries. A destructor in it may panic as well, and that is too much.
fn drop_quietly<T>(value: T) {
    if let Err(panic) = catch(|| drop(value)) {
        let _leaked = core::mem::ManuallyDrop::new(panic);
    }
}
