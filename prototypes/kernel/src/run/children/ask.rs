//! For designs in which a request to cancel is a poll: children that are polled because they are
//! asked, and not because they were woken.

use core::pin::Pin;

use crate::run::children::Children;
use crate::run::children::child::{RawChild, Stage};

impl<const BYTES: usize> Children<BYTES> {
    /// Queues every child that has not ended for a poll, and wakes the parent once.
    pub fn wake_all(&self) {
        self.queue_all(|_| ());
    }
}

impl<T> RawChild<T> {
    /// Polls the child now, where it is; wakes it if it is being polled. For a design in which a
    /// request to cancel is a poll.
    ///
    /// # Safety
    /// `parent` is the one that spawned it, and was not cleared.
    pub unsafe fn poll_now<const BYTES: usize>(&self, parent: Pin<&Children<BYTES>>) {
        // SAFETY: the caller's promise.
        let child = unsafe { self.header() };
        if child.stage.get() == Stage::Polling {
            // FOREIGN: wake of the parent, as the last thing.
            child.slot.wake();
        } else {
            // SAFETY: live: a child with a handle is not removed.
            unsafe { parent.poll_child(self.header) };
        }
    }
}
