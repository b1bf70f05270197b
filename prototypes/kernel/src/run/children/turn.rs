//! The turn of a child: its poll, and what follows one that returned or panicked.

use core::mem::{self, ManuallyDrop};
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::Context;

use super::Children;
use crate::count::{self, Counter};
use crate::foreign::{Finally, Plant, planted};
use crate::run::children::child::{Header, Stage};
use crate::wake::stored::Wake;

impl<const BYTES: usize> Children<BYTES> {
    /// # Safety
    /// `header` heads a live child of this parent.
    pub(super) unsafe fn poll_child(self: Pin<&Self>, header: NonNull<Header>) {
        // SAFETY: the caller's promise.
        let child = unsafe { header.as_ref() };
        if child.stage.get() != Stage::Waiting {
            return;
        }
        if child.cancelled.get() {
            // SAFETY: live and waiting.
            unsafe { self.end(header) };
            return;
        }
        count::add(Counter::TaskPolls, 1);
        // It owns nothing, and dropping it would be a call through its table.
        let waker = ManuallyDrop::new(child.slot.waker());
        child.stage.set(Stage::Polling);
        if planted(Plant::MissingGuard) {
            // SAFETY: as below.
            unsafe { (child.vtable.poll)(header, &mut Context::from_waker(&waker)) };
            // SAFETY: as below.
            return unsafe { self.settle(header) };
        }
        // SAFETY: live until then: a child that is being polled is not removed.
        let panicked = Finally(|| unsafe { self.panicked(header) });
        // FOREIGN: the poll of the future and its destructor. `panicked` follows a panic.
        // SAFETY: live, and `Polling` keeps all others from the body.
        unsafe { (child.vtable.poll)(header, &mut Context::from_waker(&waker)) };
        mem::forget(panicked);
        if child.stage.get() == Stage::Polling && !child.cancelled.get() {
            // Nothing else follows a poll that was pending.
            child.stage.set(Stage::Waiting);
            return;
        }
        // SAFETY: as above.
        unsafe { self.settle(header) };
    }

    /// What follows a poll that panicked. The child is cancelled, unless it has become ready: it
    /// is dropped at its next turn, if there is one, and by `clear` at the latest.
    ///
    /// # Safety
    /// `header` heads a live child of this parent, which was being polled.
    #[cold]
    unsafe fn panicked(&self, header: NonNull<Header>) {
        // SAFETY: the caller's promise.
        let child = unsafe { header.as_ref() };
        if child.stage.get() == Stage::Done {
            // SAFETY: the caller's promise.
            return unsafe { self.settle(header) };
        }
        child.stage.set(Stage::Waiting);
        child.cancelled.set(true);
        // FOREIGN: wake of the parent. The child is settled.
        child.slot.wake();
    }

    /// What follows a poll.
    ///
    /// # Safety
    /// `header` heads a live child of this parent, which was being polled.
    #[inline(always)]
    unsafe fn settle(&self, header: NonNull<Header>) {
        // SAFETY: the caller's promise.
        let child = unsafe { header.as_ref() };
        let mut joiner = Wake::nothing();
        if child.stage.get() == Stage::Done {
            self.live.set(self.live.get() - 1);
            joiner = Wake::take(&child.joiner);
        } else {
            child.stage.set(Stage::Waiting);
        }
        if child.cancelled.get() {
            // SAFETY: live, and not being polled any more.
            unsafe { self.end(header) };
        } else {
            // SAFETY: live and not being polled.
            unsafe { self.remove_if_forgotten(header) };
        }
        // FOREIGN: wake. The child is settled, and not used afterwards.
        joiner.now();
    }
}
