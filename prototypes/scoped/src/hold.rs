//! An operation that is kept across several awaits: a scope with one child of a known type.
//!
//! The child is pinned in the frame and driven whenever the task runs, like every child; a
//! turn only waits for its output. Nothing stands still between turns.

use core::cell::{Cell, UnsafeCell};
use core::fmt;
use core::future::Future;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::task::{Context, Poll};

use kernel::foreign::{Finally, Plant, planted};
use kernel::leaf::turns::{self, Turns};
use kernel::run::drive::Bell;

use crate::part::Part;

/// The frame's part of [`hold!`](crate::hold): owns the operation.
#[doc(hidden)]
pub struct Held<O: Future> {
    op: UnsafeCell<Part<O>>,
    /// The operation is being polled, so nothing may look at it.
    polling: Cell<bool>,
    op_bell: Bell,
    body_bell: Bell,
    turns: Turns,
    _pin: PhantomPinned,
}

impl<O: Future> fmt::Debug for Held<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").finish_non_exhaustive()
    }
}

impl<O: Future> Held<O> {
    /// Keeps an operation.
    pub fn new(op: O) -> Held<O> {
        Held {
            op: UnsafeCell::new(Part::Running(op)),
            polling: Cell::new(false),
            op_bell: Bell::new(),
            body_bell: Bell::new(),
            turns: Turns::new(),
            _pin: PhantomPinned,
        }
    }

    /// What the body names.
    pub fn handle(self: Pin<&Self>) -> Hold<'_, O> {
        Hold { held: self }
    }

    /// Polls the operation if it runs; wakes the turns that wait when it is ready.
    fn poll_op(self: Pin<&Self>) {
        let held = self.get_ref();
        assert!(
            !held.polling.replace(true),
            "a held operation does not drive itself, and is not driven after a panic"
        );
        if planted(Plant::MissingGuard) {
            // SAFETY: as below.
            let op = unsafe { &mut *held.op.get() };
            // SAFETY: as below.
            let op = unsafe { Pin::new_unchecked(op) };
            let is_ready = op.poll(&mut Context::from_waker(&held.op_bell.waker()));
            held.polling.set(false);
            return if is_ready {
                held.turns.wake_all()
            };
        }
        // Its output is there, also when the destructor of its future has panicked. Else a panic
        // leaves `polling` set: such an operation is never touched again but by its drop.
        let _told = Finally(|| {
            // SAFETY: the poll is over, and `polling` keeps all other code out.
            if !unsafe { Part::is_running(held.op.get()) } {
                held.polling.set(false);
                held.turns.wake_all();
            }
        });
        // SAFETY: `polling` keeps all other code out.
        let op = unsafe { &mut *held.op.get() };
        let waker = held.op_bell.waker();
        // FOREIGN: the poll of the operation, and its destructor when it is ready.
        // SAFETY: `Held` is pinned, and the operation is dropped in place.
        if !unsafe { Pin::new_unchecked(op) }.poll(&mut Context::from_waker(&waker)) {
            held.polling.set(false);
        }
    }
}

/// Names a kept operation inside the body of [`hold!`](crate::hold).
pub struct Hold<'h, O: Future> {
    held: Pin<&'h Held<O>>,
}

impl<O: Future> fmt::Debug for Hold<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.held.fmt(f)
    }
}

impl<O: Future> Hold<'_, O> {
    /// Waits for the output of the operation. Dropping a turn changes nothing. Of several
    /// turns at a time the first to see the output has it.
    pub fn turn(&self) -> Turn<'_, O> {
        Turn { held: self.held, place: turns::Turn::new(&self.held.get_ref().turns) }
    }
}

/// See [`Hold::turn`].
#[must_use = "futures do nothing unless polled"]
pub struct Turn<'h, O: Future> {
    held: Pin<&'h Held<O>>,
    place: turns::Turn<'h>,
}

impl<O: Future> fmt::Debug for Turn<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.held.fmt(f)
    }
}

impl<O: Future> Future for Turn<'_, O> {
    type Output = O::Output;

    /// # Panics
    /// After the output was taken, and from inside the operation.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<O::Output> {
        let this = self.into_ref();
        let held = this.held.get_ref();
        assert!(!held.polling.get(), "a held operation does not wait for itself");
        // SAFETY: nothing polls it, and this borrow ends before anything else runs.
        let output = unsafe { &mut *held.op.get() }.take();
        // SAFETY: as above.
        if output.is_none() && unsafe { Part::is_running(held.op.get()) } {
            // SAFETY: a field of a pinned struct that is never moved out.
            unsafe { this.map_unchecked(|this| &this.place) }.wait(cx.waker());
            return Poll::Pending;
        }
        this.place.leave();
        Poll::Ready(output.expect("an output is taken once"))
    }
}

/// Drives a kept operation and a body; ready with the body's output. Part of the expansion of
/// [`hold!`](crate::hold).
#[doc(hidden)]
pub fn drive<'h, O: Future, B: Future>(held: Pin<&'h Held<O>>, body: B) -> Drive<'h, O, B> {
    Drive { held, body }
}

/// See [`drive`].
#[doc(hidden)]
pub struct Drive<'h, O: Future, B> {
    held: Pin<&'h Held<O>>,
    body: B,
}

impl<O: Future, B> fmt::Debug for Drive<'_, O, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.held.fmt(f)
    }
}

impl<O: Future, B: Future> Future for Drive<'_, O, B> {
    type Output = B::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<B::Output> {
        let held = self.held;
        // The operation first, so that a body that waits for it need not wait another turn.
        if held.op_bell.rang(cx.waker()) {
            held.poll_op();
        }
        if !held.body_bell.rang(cx.waker()) {
            return Poll::Pending;
        }
        let waker = held.body_bell.waker();
        // SAFETY: the only pinned field of a pinned struct without `Drop`; never moved.
        let body = unsafe { self.map_unchecked_mut(|this| &mut this.body) };
        body.poll(&mut Context::from_waker(&waker))
    }
}
