//! One operation inside a combinator, and what a panic beside it means.
//!
//! A combinator owns its parts in place. Three things can happen to a part before it is
//! ready: nothing (it was never polled and is just dropped), a drain (it is polled under
//! cancellation until it is ready), or a panic of its own. The fourth, being dropped in
//! flight because a *sibling* panics, must not happen: so every poll beside a sibling goes
//! through [`caught`], and the panic is resumed when the siblings have been drained. Without
//! `std` nothing can be caught, and such a panic aborts.
//!
//! Draining and dropping run foreign code too: an operation may panic while it is drained, and
//! every destructor may panic. [`Part::drain`] and [`Part::discard`] therefore never unwind.
//! They put the first panic where their caller keeps it, and later ones are dropped
//! ([`Panic::keep_first`]), so that the owner can go on with the siblings that are left.

use core::fmt;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll};

use kernel::foreign::{Plant, planted};
use kernel::run::context;

use crate::must::Completion;

/// An operation, or what became of it.
pub struct Part<C: Completion> {
    state: State<C>,
    begun: bool,
}

enum State<C: Completion> {
    /// The operation, pinned with the part from the first poll on.
    ///
    /// Entered by the making and by `refill`. While it is in flight it is polled or drained and
    /// nothing else: a drop is excluded.
    Operation(C),
    /// The output, which waits for the other parts.
    ///
    /// Entered from `Operation` by the poll that is ready, also one of a drain; the operation is
    /// dropped in place. Excludes polls, which find it ready.
    Output(C::Output),
    /// Neither.
    ///
    /// Entered from `Operation` by a panic of its poll, by `forget`, and by a drain that need not
    /// wait for it; from `Output` by the taking and by `forget`. Excludes everything but `refill`.
    Gone,
}

impl<C: Completion> fmt::Debug for Part<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").field("begun", &self.begun).finish_non_exhaustive()
    }
}

impl<C: Completion> Part<C> {
    /// An operation that was not begun.
    #[must_use]
    pub fn new(operation: C) -> Part<C> {
        Part { state: State::Operation(operation), begun: false }
    }

    /// None.
    #[must_use]
    pub const fn gone() -> Part<C> {
        Part { state: State::Gone, begun: false }
    }

    /// Polls unless there is an output. True when there is one. An operation that panics is
    /// dropped before the panic goes on, so nothing polls it again.
    ///
    /// # Safety
    /// From the first call on, the part is pinned, and polled or drained until it is not
    /// [`Part::in_flight`]; only then is it dropped.
    #[inline]
    pub unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        // SAFETY: the operation is polled in place and dropped in place, never moved.
        let this = unsafe { self.get_unchecked_mut() };
        this.begun = true;
        let unwound = Unwound(&mut this.state);
        let State::Operation(operation) = &mut *unwound.0 else {
            mem::forget(unwound);
            return true;
        };
        // SAFETY: pinned with the part.
        let operation = unsafe { Pin::new_unchecked(operation) };
        // SAFETY: the caller's promise.
        let polled = unsafe { operation.poll(cx) };
        mem::forget(unwound);
        match polled {
            Poll::Pending => false,
            Poll::Ready(output) => {
                this.state = State::Output(output);
                true
            }
        }
    }

    /// Cancels it and polls until it may be dropped. An operation that was never begun, or
    /// that may be abandoned, is dropped; one that holds an output is asked for it once before.
    /// An output stays until it is taken or discarded. Does not unwind: a panic of the operation
    /// or of its destructor goes to `panic`.
    ///
    /// # Safety
    /// As for [`Part::poll`].
    pub unsafe fn drain(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        panic: &mut Option<Panic>,
    ) -> Poll<()> {
        if self.in_flight() || (!self.is_done() && self.holds_output()) {
            let polled = caught(|| {
                context::with_mode(true, || {
                    // SAFETY: the caller's promise.
                    unsafe { self.as_mut().poll(cx) }
                })
            });
            match polled {
                Ok(done) if !done && self.in_flight() => return Poll::Pending,
                Ok(_) => {}
                Err(unwound) => unwound.keep_first(panic),
            }
        }
        if !self.is_done() {
            self.discard(panic);
        }
        Poll::Ready(())
    }

    /// As [`Part::forget`], but a panic of the destructor goes to `panic`.
    pub fn discard(self: Pin<&mut Self>, panic: &mut Option<Panic>) {
        if let Err(unwound) = caught(|| self.forget()) {
            unwound.keep_first(panic);
        }
    }

    /// Drops operation or output in place. Only for a part that is not in flight, or whose
    /// poll has panicked. Nothing is left also when the destructor panics.
    pub fn forget(self: Pin<&mut Self>) {
        // SAFETY: assigning drops in place; nothing is moved.
        unsafe { self.get_unchecked_mut() }.state = State::Gone;
    }

    /// Puts another operation in place of one that is gone.
    pub fn refill(self: Pin<&mut Self>, operation: C) {
        debug_assert!(self.is_gone(), "only an empty part is refilled");
        // SAFETY: what was here is gone, so nothing pinned is moved or overwritten.
        *unsafe { self.get_unchecked_mut() } = Part::new(operation);
    }

    /// Begun, not ready, and not to be dropped.
    #[must_use]
    pub fn in_flight(&self) -> bool {
        match &self.state {
            State::Operation(operation) => self.begun && !operation.abandonable(),
            State::Output(_) | State::Gone => false,
        }
    }

    /// Whether an output waits in it for its siblings, or its operation holds one. What
    /// [`Completion::holds_output`] of a combinator asks of every part.
    #[must_use]
    pub fn holds_output(&self) -> bool {
        match &self.state {
            State::Operation(operation) => self.begun && operation.holds_output(),
            State::Output(_) => true,
            State::Gone => false,
        }
    }

    /// Whether neither operation nor output is there.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self.state, State::Gone)
    }

    /// Whether the output is there.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Output(_))
    }

    /// Takes the output, leaving nothing.
    pub fn take(self: Pin<&mut Self>) -> Option<C::Output> {
        // SAFETY: an output is not pinned; an operation is not moved.
        let this = unsafe { self.get_unchecked_mut() };
        if !this.is_done() {
            return None;
        }
        match mem::replace(&mut this.state, State::Gone) {
            State::Output(output) => Some(output),
            State::Operation(_) | State::Gone => None,
        }
    }
}

/// Drops an operation that panics.
struct Unwound<'a, C: Completion>(&'a mut State<C>);

impl<C: Completion> Drop for Unwound<'_, C> {
    fn drop(&mut self) {
        if planted(Plant::MissingGuard) {
            return;
        }
        *self.0 = State::Gone;
    }
}

/// A panic that waits for siblings to be drained.
#[cfg(feature = "std")]
pub struct Panic(std::boxed::Box<dyn core::any::Any + Send>);

/// Without `std` a panic is never caught.
#[cfg(not(feature = "std"))]
pub enum Panic {}

impl fmt::Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Panic").finish_non_exhaustive()
    }
}

impl Panic {
    /// Puts it into an empty place; a later one than the first is dropped. A payload whose own
    /// destructor panics ends here: what that panic carries is leaked.
    pub fn keep_first(self, first: &mut Option<Panic>) {
        if first.is_none() {
            *first = Some(self);
            return;
        }
        self.discard();
    }

    /// Drops it. FOREIGN: the destructor of the payload.
    #[cfg(feature = "std")]
    fn discard(self) {
        if let Err(again) = caught(|| drop(self)) {
            mem::forget(again);
        }
    }

    #[cfg(not(feature = "std"))]
    fn discard(self) {
        match self {}
    }

    /// The first of two: itself, after a later one has been dropped.
    #[must_use]
    pub fn and(self, later: Result<(), Panic>) -> Panic {
        let mut first = Some(self);
        if let Err(later) = later {
            later.keep_first(&mut first);
        }
        first.expect("it is the first")
    }

    /// Goes on panicking.
    pub fn resume(self) -> ! {
        #[cfg(feature = "std")]
        std::panic::resume_unwind(self.0);
        #[cfg(not(feature = "std"))]
        match self {}
    }
}

/// Runs one poll while siblings may be in flight.
#[cfg(feature = "std")]
#[inline(always)]
pub fn caught<R>(poll: impl FnOnce() -> R) -> Result<R, Panic> {
    // Unwind safety: what panicked is never polled again, only dropped.
    std::panic::catch_unwind(core::panic::AssertUnwindSafe(poll)).map_err(Panic)
}

/// Runs one poll while siblings may be in flight.
#[cfg(not(feature = "std"))]
#[inline(always)]
pub fn caught<R>(poll: impl FnOnce() -> R) -> Result<R, Panic> {
    let guard = AbortOnUnwind("a panic beside an operation in flight cannot be drained");
    let polled = poll();
    mem::forget(guard);
    Ok(polled)
}

/// Ends the process when it is dropped: nothing may be freed from here on.
pub(crate) struct AbortOnUnwind(pub(crate) &'static str);

impl Drop for AbortOnUnwind {
    fn drop(&mut self) {
        abort(self.0);
    }
}

/// Ends the process with a message.
#[cold]
pub fn abort(why: &str) -> ! {
    #[cfg(feature = "std")]
    {
        use std::io::Write;
        // A closed stderr must not turn an abort into a panic.
        let _ = writeln!(std::io::stderr(), "aborting: {why}");
        std::process::abort()
    }
    #[cfg(not(feature = "std"))]
    {
        /// A second panic while one is unwinding ends the program; on a board the first one
        /// does already.
        struct Again;
        impl Drop for Again {
            fn drop(&mut self) {
                panic!("aborting");
            }
        }
        let _again = Again;
        panic!("aborting: {why}")
    }
}
