//! Shields, and keeping a panic until cleanup has run.
//!
//! Cancellation is one sticky bit that a subtree is polled under. It is set by the code that
//! cancels (a race for its loser, a timeout, a scope, the executor for its root), from then
//! on in every poll until the subtree is ready. It is read by leaves, and taken away by
//! [`shield`]. There is no token to pass and nothing to register.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use kernel::run::context;

use crate::must::Completion;
use crate::part::{self, Panic};

/// Runs in normal mode also while the surrounding operation is cancelled: what has begun in a
/// shield is finished, and the code that cancelled waits for it.
pub fn shield<C: Completion>(op: C) -> Shield<C> {
    Shield { op }
}

/// See [`shield`].
pub struct Shield<C> {
    op: C,
}

crate::opaque_debug!(Shield<C>);

// SAFETY: forwards to its only field. Never abandoned: that would be a cancellation.
unsafe impl<C: Completion> Completion for Shield<C> {
    type Output = C::Output;

    #[inline]
    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<C::Output> {
        // SAFETY: pinned with the shield and never moved out.
        let op = unsafe { self.map_unchecked_mut(|this| &mut this.op) };
        context::with_mode(false, || {
            // SAFETY: the caller's promise.
            unsafe { op.poll(cx) }
        })
    }
}

/// Runs `op` and keeps its panic as a value, so that what must come afterwards comes.
#[doc(hidden)]
pub fn caught<C: Completion>(op: C) -> Catching<C> {
    Catching { op }
}

/// See [`caught`].
#[doc(hidden)]
pub struct Catching<C> {
    op: C,
}

crate::opaque_debug!(Catching<C>);

/// An output or a panic.
#[doc(hidden)]
#[must_use]
pub struct Caught<T>(Result<T, Panic>);

impl<T> fmt::Debug for Caught<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caught").finish_non_exhaustive()
    }
}

impl<T> Caught<T> {
    /// The output.
    ///
    /// # Panics
    /// With the operation's panic.
    pub fn resume(self) -> T {
        self.0.unwrap_or_else(|panic| panic.resume())
    }

    /// The output, after something else has ended too.
    ///
    /// # Panics
    /// With the operation's panic, else with that of `afterwards`. The later one of two is
    /// dropped, and so is an output.
    pub fn resume_after(self, afterwards: Caught<()>) -> T {
        let Err(later) = afterwards.0 else { return self.resume() };
        let mut first = None;
        match self.0 {
            Err(panic) => {
                first = Some(panic);
                later.keep_first(&mut first);
            }
            Ok(output) => {
                later.keep_first(&mut first);
                if let Err(later_still) = part::caught(|| drop(output)) {
                    later_still.keep_first(&mut first);
                }
            }
        }
        first.expect("there is one").resume()
    }
}

impl Caught<()> {
    /// Nothing, or a panic.
    pub(crate) fn of(panic: Option<Panic>) -> Caught<()> {
        Caught(panic.map_or(Ok(()), Err))
    }
}

// SAFETY: forwards to its only field; what panicked is only dropped.
unsafe impl<C: Completion> Completion for Catching<C> {
    type Output = Caught<C::Output>;

    #[inline]
    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: pinned with this and never moved out.
        let op = unsafe { self.map_unchecked_mut(|this| &mut this.op) };
        // SAFETY: the caller's promise.
        match part::caught(|| unsafe { op.poll(cx) }) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Caught(Ok(output))),
            Err(panic) => Poll::Ready(Caught(Err(panic))),
        }
    }
}
