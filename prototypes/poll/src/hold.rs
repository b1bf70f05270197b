//! An operation that is kept across several awaits and driven in turns.
//!
//! The `&mut future` that goes into `select!` again and again, as a value with a name. What
//! the name hides in today's code is written here: *between turns nothing drives it.*

use core::cell::{Cell, UnsafeCell};
use core::fmt;
use core::future::Future;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::task::{Context, Poll};

use kernel::leaf::turns::{self, Turns};

/// The frame's part of [`hold!`](crate::hold): owns the operation.
#[doc(hidden)]
pub struct Held<O> {
    op: UnsafeCell<O>,
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
    /// Entered from `Idle` by a turn. Excludes every other turn, also one inside the operation. A
    /// panic of the poll leaves it here for good, so that the operation is never polled again.
    Polling,
    /// The operation was ready.
    ///
    /// Entered from `Polling` by the poll that is ready. Excludes every further turn.
    Over,
}

impl<O> fmt::Debug for Held<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("state", &self.state).finish_non_exhaustive()
    }
}

impl<O: Future> Held<O> {
    /// Keeps an operation.
    pub fn new(op: O) -> Held<O> {
        Held {
            op: UnsafeCell::new(op),
            state: Cell::new(State::Idle),
            turns: Turns::new(),
            _pin: PhantomPinned,
        }
    }

    /// What the body names.
    pub fn handle(self: Pin<&Self>) -> Hold<'_, O> {
        Hold { held: self }
    }
}

/// Names a kept operation inside the body of [`hold!`](crate::hold).
pub struct Hold<'h, O> {
    held: Pin<&'h Held<O>>,
}

impl<O> fmt::Debug for Hold<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.held.fmt(f)
    }
}

impl<O: Future> Hold<'_, O> {
    /// Drives the operation while this is polled; ready with its output. Dropping a turn leaves
    /// the operation where it is, waiting for what it waits for. Of several turns at a time the
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
pub struct Turn<'h, O> {
    held: Pin<&'h Held<O>>,
    place: turns::Turn<'h>,
}

impl<O> fmt::Debug for Turn<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.held.fmt(f)
    }
}

impl<O: Future> Future for Turn<'_, O> {
    type Output = O::Output;

    /// # Panics
    /// After the operation was ready once, and when the operation polls itself.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<O::Output> {
        let this = self.into_ref();
        let held = this.held.get_ref();
        assert!(
            held.state.get() == State::Idle,
            "a held operation is driven to its end once, not by itself, and not after a panic"
        );
        held.state.set(State::Polling);
        // SAFETY: `Polling` keeps every other turn out for the time of this poll.
        let op = unsafe { &mut *held.op.get() };
        // FOREIGN: the poll of the operation. A panic leaves it `Polling`: it is never polled
        // again.
        // SAFETY: `Held` is pinned, and the operation leaves it only by being dropped with it.
        let polled = unsafe { Pin::new_unchecked(op) }.poll(cx);
        // SAFETY: a field of a pinned struct that is never moved out.
        let place = unsafe { this.map_unchecked(|this| &this.place) };
        if polled.is_ready() {
            held.state.set(State::Over);
            place.leave();
            held.turns.wake_all();
        } else {
            held.state.set(State::Idle);
            place.wait(cx.waker());
        }
        polled
    }
}
