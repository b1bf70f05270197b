//! An operation that is kept across several awaits: a spawned task. It moves by itself; a turn
//! only waits for its output.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use kernel::leaf::turns::{self, Turns};

use crate::aborted::Aborted;
use crate::mode::Mode;
use crate::task::{Task, spawn_in};

/// The frame's part of [`hold!`](crate::hold): the handle. Dropped at the end of the body, with
/// what the mode makes of that.
#[doc(hidden)]
pub struct Held<T, M: Mode> {
    task: Task<T, M>,
    turns: Turns,
}

impl<T, M: Mode> fmt::Debug for Held<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").finish_non_exhaustive()
    }
}

impl<T: 'static, M: Mode> Held<T, M> {
    /// Spawns an operation.
    ///
    /// # Panics
    /// As [`spawn_in`].
    pub fn new<O: Future<Output = T> + 'static>(op: O) -> Held<T, M> {
        Held { task: spawn_in(op), turns: Turns::new() }
    }

    /// What the body names.
    pub fn handle(&self) -> Hold<'_, T, M> {
        Hold { held: self }
    }
}

/// Names a kept operation inside the body of [`hold!`](crate::hold).
pub struct Hold<'h, T, M: Mode> {
    held: &'h Held<T, M>,
}

impl<T, M: Mode> fmt::Debug for Hold<'_, T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.held.fmt(f)
    }
}

impl<T, M: Mode> Hold<'_, T, M> {
    /// Waits for the output of the operation. Dropping a turn changes nothing. Of several
    /// turns at a time the first to see the output has it.
    pub fn turn(&self) -> Turn<'_, T, M> {
        Turn { held: self.held, place: turns::Turn::new(&self.held.turns) }
    }
}

/// See [`Hold::turn`].
#[must_use = "futures do nothing unless polled"]
pub struct Turn<'h, T, M: Mode> {
    held: &'h Held<T, M>,
    place: turns::Turn<'h>,
}

impl<T, M: Mode> fmt::Debug for Turn<'_, T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.held.fmt(f)
    }
}

impl<T, M: Mode> Future for Turn<'_, T, M> {
    type Output = T;

    /// # Panics
    /// After the output was taken, and when the task has panicked where the mode catches
    /// panics. A task that was ended with its run is never ready.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.into_ref();
        let polled = this.held.task.poll_outcome(cx);
        // SAFETY: a field of a pinned struct that is never moved out.
        let place = unsafe { this.map_unchecked(|this| &this.place) };
        match polled {
            Poll::Pending => {
                place.wait(cx.waker());
                Poll::Pending
            }
            Poll::Ready(outcome) => {
                place.leave();
                this.held.turns.wake_all();
                outcome.map_or_else(Aborted::resume_or_wait, Poll::Ready)
            }
        }
    }
}
