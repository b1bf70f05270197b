//! An operation that is kept across several awaits and driven in turns, and asked to cancel at the
//! end of its body. *Between turns nothing drives it*, as in `poll`.

use core::cell::{Cell, UnsafeCell};
use core::fmt;
use core::future::Future;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::task::{Context, Poll};

use kernel::leaf::turns::{self, Turns};
use kernel::run::context;

use crate::part::Part;

/// The frame's part of [`hold!`](crate::hold): owns the operation.
#[doc(hidden)]
pub struct Held<O: Future> {
    op: UnsafeCell<Part<O>>,
    state: Cell<State>,
    turns: Turns,
    _pin: PhantomPinned,
}

/// Where a kept operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Has an operation that is not being polled.
    ///
    /// Entered by the making, and from `Polling` by the end of a poll that was pending. Excludes
    /// nothing.
    Idle,
    /// The operation is being polled.
    ///
    /// Entered from `Idle` by a turn, and by the request at the end of the body. Excludes every
    /// other turn, also one inside the operation. A panic of the poll leaves it here for good, so
    /// that the operation is never polled again.
    Polling,
    /// The operation was ready, or was cancelled and has cleaned up.
    ///
    /// Entered from `Idle`, right after the poll that is ready or the request after which nothing
    /// is left to wait for. Excludes every further turn and request.
    Over,
}

impl<O: Future> fmt::Debug for Held<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("state", &self.state).finish_non_exhaustive()
    }
}

impl<O: Future> Held<O> {
    /// Keeps an operation.
    pub fn new(op: O) -> Held<O> {
        Held {
            op: UnsafeCell::new(Part::new(op)),
            state: Cell::new(State::Idle),
            turns: Turns::new(),
            _pin: PhantomPinned,
        }
    }

    /// What the body names.
    pub fn handle(self: Pin<&Self>) -> Hold<'_, O> {
        Hold { held: self }
    }

    /// Uses the operation, which nothing else does meanwhile. A panic leaves it `Polling`: it is
    /// never polled again.
    fn with<R>(self: Pin<&Self>, f: impl FnOnce(Pin<&mut Part<O>>) -> R) -> R {
        let held = self.get_ref();
        held.state.set(State::Polling);
        // SAFETY: `Polling` keeps every other turn out for the time of this call.
        let op = unsafe { &mut *held.op.get() };
        // SAFETY: `Held` is pinned, and the operation is dropped in it and never moved.
        let result = f(unsafe { Pin::new_unchecked(op) });
        held.state.set(State::Idle);
        result
    }

    /// Asks the operation to cancel. True when it has ended, or is never to be polled again.
    fn cancel(self: Pin<&Self>, cx: &mut Context<'_>) -> bool {
        if self.state.get() != State::Idle {
            return true;
        }
        let ended = self.with(|op| op.cancel_and_tell(cx));
        if ended {
            self.state.set(State::Over);
        }
        ended
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
    /// Drives the operation while this is polled; ready with its output. Dropping a turn, or
    /// asking it to cancel, leaves the operation where it is. Of several turns at a time the
    /// first to see the output has it; one that gives up lets another one drive.
    pub fn turn(&self) -> Turn<'_, O> {
        Turn { held: self.held, place: turns::Turn::new(&self.held.get_ref().turns) }
    }

    /// Whether the operation has been ready.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.held.state.get() == State::Over
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
    /// After the operation was ready once, and when the operation polls itself.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<O::Output> {
        if context::cancelling() {
            return Poll::Pending;
        }
        let this = self.into_ref();
        let held = this.held.get_ref();
        assert!(
            held.state.get() == State::Idle,
            "a held operation is driven to its end once, not by itself, and not after a panic"
        );
        // FOREIGN: the poll of the operation.
        let output = this.held.with(|mut op| {
            op.as_mut().poll(cx);
            op.take()
        });
        // SAFETY: a field of a pinned struct that is never moved out.
        let place = unsafe { this.map_unchecked(|this| &this.place) };
        if let Some(output) = output {
            held.state.set(State::Over);
            place.leave();
            held.turns.wake_all();
            return Poll::Ready(output);
        }
        place.wait(cx.waker());
        Poll::Pending
    }
}

/// Runs the body, then asks what it kept to cancel. What [`hold!`](crate::hold) expands to.
#[doc(hidden)]
pub fn keep<O: Future, B: Future>(held: Pin<&Held<O>>, body: B) -> Keep<'_, O, B> {
    Keep { held, body: Part::new(body) }
}

/// See [`keep`].
#[doc(hidden)]
pub struct Keep<'h, O: Future, B: Future> {
    held: Pin<&'h Held<O>>,
    body: Part<B>,
}

impl<O: Future, B: Future> fmt::Debug for Keep<'_, O, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.held.fmt(f)
    }
}

impl<O: Future, B: Future> Future for Keep<'_, O, B> {
    type Output = B::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<B::Output> {
        // SAFETY: the body is pinned with this and never moved out; no `Drop`.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let mut body = unsafe { Pin::new_unchecked(&mut this.body) };
        if !body.as_mut().poll(cx) || !this.held.cancel(cx) {
            return Poll::Pending;
        }
        body.take().map_or(Poll::Pending, Poll::Ready)
    }
}
