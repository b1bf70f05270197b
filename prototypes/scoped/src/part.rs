//! The body of a scope, or its one typed child: polled only when it was woken itself.

use core::future::Future;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll, Waker};

use kernel::handle::{List, Slot};

/// A ready list of one: tells whether its part was woken, and wakes the task it is told.
#[derive(Debug)]
pub(crate) struct Bell {
    /// Dropped before its list.
    slot: Slot,
    list: List,
}

impl Bell {
    /// A bell that has rung: whatever it belongs to wants its first poll.
    pub(crate) fn new() -> Bell {
        let list = List::new().expect("the waker table has room for a scope");
        let slot = list.slot(NonNull::dangling()).expect("the waker table has room for a scope");
        slot.wake();
        Bell { slot, list }
    }

    /// Whether it rang since it was last asked. From now on it wakes `task`.
    pub(crate) fn rang(&self, task: &Waker) -> bool {
        self.list.adopt(task);
        self.list.collect();
        self.list.pop().is_some()
    }

    /// Wakes the part.
    pub(crate) fn ring(&self) {
        self.slot.wake();
    }

    pub(crate) fn waker(&self) -> Waker {
        self.slot.waker()
    }
}

/// A future, then its output, then neither.
pub(crate) enum Part<F: Future> {
    Running(F),
    Ready(F::Output),
    Gone,
}

impl<F: Future> Part<F> {
    /// Polls a running future; drops it as soon as it is ready. True unless it still runs.
    pub(crate) fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        // SAFETY: a running future is moved by nobody; it is replaced in place, which drops it.
        let this = unsafe { self.get_unchecked_mut() };
        let Part::Running(future) = this else { return true };
        // SAFETY: pinned with the enum.
        let Poll::Ready(output) = unsafe { Pin::new_unchecked(future) }.poll(cx) else {
            return false;
        };
        *this = Part::Ready(output);
        true
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(self, Part::Running(_))
    }

    /// The output, once. Moves nothing that was pinned: a running future stays.
    pub(crate) fn take(&mut self) -> Option<F::Output> {
        if self.is_running() {
            return None;
        }
        match core::mem::replace(self, Part::Gone) {
            Part::Ready(output) => Some(output),
            _ => None,
        }
    }
}
