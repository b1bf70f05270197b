//! An operation that is kept across several awaits: a scope with one child of a known type.
//!
//! The child is pinned in the frame and driven whenever the task runs, like every child; a
//! turn only waits for its output. Nothing stands still between turns. When the body has ended,
//! the child is asked to end, and waited for.

use core::cell::{Cell, UnsafeCell};
use core::fmt;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use design_completion::__parts::{Panic, Part, caught};
use design_completion::__private::Opening;
use design_completion::Completion;
use kernel::run::context;
use kernel::run::drive::Bell;

/// The frame's part of [`hold!`](crate::hold!): owns the operation.
#[doc(hidden)]
pub struct Held<C: Completion> {
    op: UnsafeCell<Part<C>>,
    /// The operation is being polled or dropped, so nothing else may look at it.
    polling: Cell<bool>,
    /// The operation is asked to end.
    asked: Cell<bool>,
    op_bell: Bell,
    body_bell: Bell,
    joiner: Cell<Option<Waker>>,
    _pin: PhantomPinned,
}

impl<C: Completion> fmt::Debug for Held<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").finish_non_exhaustive()
    }
}

impl<C: Completion> Held<C> {
    /// Keeps an operation.
    ///
    /// # Panics
    /// When the waker table is full.
    pub fn new(op: C) -> Held<C> {
        Held {
            op: UnsafeCell::new(Part::new(op)),
            polling: Cell::new(false),
            asked: Cell::new(false),
            op_bell: Bell::new(),
            body_bell: Bell::new(),
            joiner: Cell::new(None),
            _pin: PhantomPinned,
        }
    }

    /// What the body names.
    ///
    /// # Safety
    /// [`drive`] is awaited on it until ready before anything else is done with it.
    pub unsafe fn handle(self: Pin<&Self>) -> Hold<'_, C> {
        Hold { held: self }
    }

    /// Runs `f` on the operation; refuses to be entered twice.
    fn with<R>(self: Pin<&Self>, f: impl FnOnce(Pin<&mut Part<C>>) -> R) -> R {
        struct Leave<'a>(&'a Cell<bool>);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.set(false);
            }
        }
        assert!(!self.polling.replace(true), "a held operation does not wait for itself");
        let this = self.get_ref();
        let _leave = Leave(&this.polling);
        // SAFETY: `polling` keeps all other code away for the time of the call.
        let op = unsafe { &mut *this.op.get() };
        // SAFETY: pinned with `self`, and the part never moves what it holds.
        f(unsafe { Pin::new_unchecked(op) })
    }

    /// Asks the operation to end; it is polled once more for that.
    fn ask(&self) {
        if !self.asked.replace(true) {
            self.op_bell.ring();
        }
    }

    /// Polls the operation if it was woken; wakes the turn that waits when it has ended.
    ///
    /// # Safety
    /// As for [`Completion::poll`].
    unsafe fn poll_op(self: Pin<&Self>, task: &Waker) -> Result<(), Panic> {
        let this = self.get_ref();
        if !this.op_bell.rang(task) {
            return Ok(());
        }
        let waker = this.op_bell.waker();
        let mut cx = Context::from_waker(&waker);
        let ended = self.with(|op| {
            if op.is_done() || op.is_gone() {
                return Ok(false);
            }
            context::with_mode(this.asked.get(), || {
                // SAFETY: the caller's promise.
                caught(|| unsafe { op.poll(&mut cx) })
            })
        });
        let over = !matches!(ended, Ok(false));
        if over && let Some(joiner) = this.joiner.take() {
            joiner.wake();
        }
        ended.map(|_| ())
    }

    /// Brings the operation to its end, and drops what is left of it. Does not unwind.
    ///
    /// # Safety
    /// As for [`Completion::poll`].
    unsafe fn drain(self: Pin<&Self>, task: &Waker, panic: &mut Option<Panic>) -> Poll<()> {
        let this = self.get_ref();
        let first = !this.asked.replace(true);
        let woken = this.op_bell.rang(task);
        let waker = this.op_bell.waker();
        let mut cx = Context::from_waker(&waker);
        self.with(|mut op| {
            if op.in_flight() && !first && !woken {
                return Poll::Pending;
            }
            // SAFETY: the caller's promise.
            core::task::ready!(unsafe { op.as_mut().drain(&mut cx, panic) });
            op.discard(panic);
            Poll::Ready(())
        })
    }
}

/// Names a kept operation inside the body of [`hold!`](crate::hold!).
pub struct Hold<'h, C: Completion> {
    held: Pin<&'h Held<C>>,
}

impl<C: Completion> fmt::Debug for Hold<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.held.fmt(f)
    }
}

impl<C: Completion> Clone for Hold<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: Completion> Copy for Hold<'_, C> {}

impl<'h, C: Completion> Hold<'h, C> {
    /// Waits for the output of the operation. One turn at a time: a later one takes the wake of
    /// an earlier one.
    ///
    /// # Cancellation
    /// A turn that loses a race or runs into a timeout *directly* leaves the operation as it
    /// is. Inside another operation that is cancelled, the request reaches the kept operation
    /// as it reaches everything that is awaited.
    ///
    /// # Panics
    /// When it is polled after the output was taken by another turn, or after the operation
    /// panicked.
    pub fn turn(&self) -> Turn<'h, C> {
        Turn { held: self.held }
    }
}

/// See [`Hold::turn`].
pub struct Turn<'h, C: Completion> {
    held: Pin<&'h Held<C>>,
}

impl<C: Completion> fmt::Debug for Turn<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.held.fmt(f)
    }
}

// SAFETY: a turn owns nothing; the operation stays in its frame, which drains it.
unsafe impl<C: Completion> Completion for Turn<'_, C> {
    type Output = C::Output;

    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<C::Output> {
        let held = self.held;
        let output = held.with(|op| {
            assert!(!op.is_gone(), "a held operation was awaited after its end");
            op.take()
        });
        if let Some(output) = output {
            return Poll::Ready(output);
        }
        held.joiner.set(Some(cx.waker().clone()));
        if context::cancelling() {
            held.ask();
        }
        Poll::Pending
    }

    fn abandonable(&self) -> bool {
        true
    }
}

/// Drives a kept operation and a body, then brings the operation to its end; ready with the
/// body's output. Part of the expansion of `hold!`. The opening is what is unsafe to have: a second
/// drive, awaited by the operation itself, would panic with its own body in flight.
#[doc(hidden)]
pub fn drive<C: Completion, B: Completion>(
    held: Pin<&Held<C>>,
    body: B,
    _: Opening,
) -> Drive<'_, C, B> {
    Drive { held, body: Part::new(body), body_asked: false, panic: None }
}

/// See [`drive`].
#[doc(hidden)]
pub struct Drive<'h, C: Completion, B: Completion> {
    held: Pin<&'h Held<C>>,
    body: Part<B>,
    /// The body is asked to end.
    body_asked: bool,
    panic: Option<Panic>,
}

impl<C: Completion, B: Completion> fmt::Debug for Drive<'_, C, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.held.fmt(f)
    }
}

impl<C: Completion, B: Completion> Drive<'_, C, B> {
    fn keep(&mut self, ended: Result<(), Panic>) {
        if let Err(panic) = ended {
            panic.keep_first(&mut self.panic);
            self.ask_body();
        }
    }

    fn ask_body(&mut self) {
        if !core::mem::replace(&mut self.body_asked, true) {
            self.held.body_bell.ring();
        }
    }
}

// SAFETY: ready, or panicking with a caught panic, only after the body has ended and the
// operation was drained.
unsafe impl<C: Completion, B: Completion> Completion for Drive<'_, C, B> {
    type Output = B::Output;

    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<B::Output> {
        // SAFETY: the body is pinned with this and never moved out.
        let this = unsafe { self.get_unchecked_mut() };
        let held = this.held;
        if context::cancelling() {
            held.ask();
            this.ask_body();
        }
        // The operation first, so that a body that waits for it need not wait another turn.
        // SAFETY: the caller's promise.
        let ended = unsafe { held.poll_op(cx.waker()) };
        this.keep(ended);
        let running = !this.body.is_done() && !this.body.is_gone();
        if running && held.body_bell.rang(cx.waker()) {
            let waker = held.body_bell.waker();
            let mut cx = Context::from_waker(&waker);
            // SAFETY: as above.
            let mut body = unsafe { Pin::new_unchecked(&mut this.body) };
            let polled = context::with_mode(this.body_asked, || {
                // SAFETY: the caller's promise.
                caught(|| unsafe { body.as_mut().poll(&mut cx) })
            });
            this.keep(polled.map(|_| ()));
        }
        if !this.body.is_done() && !this.body.is_gone() {
            return Poll::Pending;
        }
        // SAFETY: the caller's promise.
        core::task::ready!(unsafe { held.drain(cx.waker(), &mut this.panic) });
        // SAFETY: as above.
        let mut body = unsafe { Pin::new_unchecked(&mut this.body) };
        if this.panic.is_some() {
            body.as_mut().discard(&mut this.panic);
            this.panic.take().expect("looked at above").resume();
        }
        Poll::Ready(body.take().expect("a body that did not panic has an output"))
    }
}
