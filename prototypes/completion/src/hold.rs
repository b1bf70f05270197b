//! An operation that is kept and driven in turns.
//!
//! The operation is pinned in the frame of [`hold!`](crate::hold). [`Turn`]s drive it; between
//! turns nothing does, which is the price of driving by polling in this mode. At the end of the
//! body what is still in flight is cancelled and drained, also when the body panicked.
//!
//! Several turns may wait at a time, in different tasks: the operation knows the waker of the one
//! that drove last. A turn that gives up lets another one drive ([`kernel::leaf::turns`]).

use core::cell::{Cell, UnsafeCell};
use core::fmt;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::task::{Context, Poll};

use kernel::leaf::turns::{self, Turns};

use crate::cancel::Caught;
use crate::must::Completion;
use crate::part::Part;

/// The kept operation.
#[doc(hidden)]
pub struct Held<C: Completion> {
    part: UnsafeCell<Part<C>>,
    polling: Cell<bool>,
    turns: Turns,
    _pin: PhantomPinned,
}

impl<C: Completion> fmt::Debug for Held<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").finish_non_exhaustive()
    }
}

impl<C: Completion> Held<C> {
    /// Keeps an operation.
    pub fn new(op: C) -> Held<C> {
        Held {
            part: UnsafeCell::new(Part::new(op)),
            polling: Cell::new(false),
            turns: Turns::new(),
            _pin: PhantomPinned,
        }
    }

    /// What the body names.
    ///
    /// # Safety
    /// [`release`] is awaited until ready before `self` is dropped or forgotten, on every
    /// path on which a turn was polled, panics included.
    pub unsafe fn handle(self: Pin<&Self>) -> Hold<'_, C> {
        Hold { held: self }
    }

    /// Runs `f` on the part; refuses to be entered twice.
    fn with<R>(self: Pin<&Self>, f: impl FnOnce(Pin<&mut Part<C>>) -> R) -> R {
        struct Leave<'a>(&'a Cell<bool>);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.set(false);
            }
        }
        assert!(!self.polling.replace(true), "a held operation was driven from inside itself");
        let this = self.get_ref();
        let _leave = Leave(&this.polling);
        // SAFETY: `polling` keeps all other code away for the time of the call.
        let part = unsafe { &mut *this.part.get() };
        // SAFETY: pinned with `self`, and the part never moves what it holds.
        f(unsafe { Pin::new_unchecked(part) })
    }
}

/// Cancels and drains what is held; part of the expansion of `hold!`.
#[doc(hidden)]
pub fn release<C: Completion>(held: Pin<&Held<C>>) -> Release<'_, C> {
    Release { held }
}

/// See [`release`].
#[doc(hidden)]
pub struct Release<'h, C: Completion> {
    held: Pin<&'h Held<C>>,
}

impl<C: Completion> fmt::Debug for Release<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Release").finish_non_exhaustive()
    }
}

// SAFETY: the memory it names belongs to the frame that awaits it.
unsafe impl<C: Completion> Completion for Release<'_, C> {
    /// What the operation or a destructor panicked with.
    type Output = Caught<()>;

    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Caught<()>> {
        self.held.with(|mut part| {
            let mut panic = None;
            // SAFETY: the held operation is pinned in a frame that awaits this until ready.
            core::task::ready!(unsafe { part.as_mut().drain(cx, &mut panic) });
            part.discard(&mut panic);
            Poll::Ready(Caught::of(panic))
        })
    }
}

/// Names a kept operation inside the body of [`hold!`](crate::hold).
pub struct Hold<'h, C: Completion> {
    held: Pin<&'h Held<C>>,
}

impl<C: Completion> fmt::Debug for Hold<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold").finish_non_exhaustive()
    }
}

impl<C: Completion> Clone for Hold<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: Completion> Copy for Hold<'_, C> {}

impl<'h, C: Completion> Hold<'h, C> {
    /// Drives the operation while it is polled; ready with its output.
    ///
    /// # Cancellation
    /// A turn that loses a race or runs into a timeout *directly* leaves the operation as it
    /// is: it may be driven by the next turn. Inside another operation that is cancelled, the
    /// request reaches the kept operation as it reaches everything that is awaited.
    ///
    /// # Panics
    /// When it is polled after the output was taken by another turn.
    pub fn turn(&self) -> Turn<'h, C> {
        Turn { held: self.held, place: turns::Turn::new(&self.held.get_ref().turns) }
    }
}

/// See [`Hold::turn`].
pub struct Turn<'h, C: Completion> {
    held: Pin<&'h Held<C>>,
    place: turns::Turn<'h>,
}

impl<C: Completion> fmt::Debug for Turn<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").finish_non_exhaustive()
    }
}

// SAFETY: a turn owns nothing; the operation stays in its frame, which drains it.
unsafe impl<C: Completion> Completion for Turn<'_, C> {
    type Output = C::Output;

    #[inline]
    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<C::Output> {
        let this = self.into_ref();
        let polled = this.held.with(|mut part| {
            assert!(!part.is_gone(), "a held operation was driven after its end");
            // SAFETY: pinned in the frame of `hold!`, which drains it before it ends.
            if unsafe { part.as_mut().poll(cx) } {
                Poll::Ready(part.take().expect("a part that is done has its output"))
            } else {
                Poll::Pending
            }
        });
        // SAFETY: a field of a pinned struct that is never moved out.
        let place = unsafe { this.map_unchecked(|this| &this.place) };
        if polled.is_ready() {
            place.leave();
            this.held.turns.wake_all();
        } else {
            place.wait(cx.waker());
        }
        polled
    }

    fn abandonable(&self) -> bool {
        true
    }
}
