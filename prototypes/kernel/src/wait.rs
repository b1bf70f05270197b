//! The intrusive list of waiters behind every primitive, first in, first out.
//!
//! A waiter is pinned in the leaf that waits. It is linked while it waits, and unlinked
//! before it dies, by a grant or by its own destructor.

use core::cell::Cell;
use core::marker::PhantomPinned;
use core::ptr;
use core::task::Waker;

use crate::timer::store_waker;

/// Where a waiter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Not asked yet.
    New,
    /// Linked in the list.
    Waiting,
    /// Taken out of the list with something in its name: a permit, a slot, an item.
    Granted,
    /// It has what it wanted, or gave up.
    Over,
}

pub(crate) struct Waiter {
    stage: Cell<Stage>,
    waker: Cell<Option<Waker>>,
    next: Cell<*const Waiter>,
    previous: Cell<*const Waiter>,
    _pin: PhantomPinned,
}

impl Waiter {
    pub(crate) const fn new() -> Waiter {
        Waiter {
            stage: Cell::new(Stage::New),
            waker: Cell::new(None),
            next: Cell::new(ptr::null()),
            previous: Cell::new(ptr::null()),
            _pin: PhantomPinned,
        }
    }

    pub(crate) fn stage(&self) -> Stage {
        self.stage.get()
    }

    pub(crate) fn set_stage(&self, stage: Stage) {
        self.stage.set(stage);
    }

    pub(crate) fn set_waker(&self, waker: &Waker) {
        store_waker(&self.waker, waker);
    }
}

pub(crate) struct WaitList {
    first: Cell<*const Waiter>,
    last: Cell<*const Waiter>,
}

impl WaitList {
    pub(crate) const fn new() -> WaitList {
        WaitList { first: Cell::new(ptr::null()), last: Cell::new(ptr::null()) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.get().is_null()
    }

    /// Links a waiter at the end. It must be pinned and be removed before it dies.
    pub(crate) fn push(&self, waiter: &Waiter, waker: &Waker) {
        debug_assert!(waiter.stage() == Stage::New, "a waiter waits once");
        waiter.set_waker(waker);
        waiter.stage.set(Stage::Waiting);
        let last = self.last.replace(waiter);
        waiter.previous.set(last);
        // SAFETY: null or linked; linked waiters are alive.
        match unsafe { last.as_ref() } {
            Some(last) => last.next.set(waiter),
            None => self.first.set(waiter),
        }
    }

    /// Grants to the first waiter: unlinks and wakes it. False if nobody waits.
    pub(crate) fn grant(&self) -> bool {
        // SAFETY: null or linked; linked waiters are alive.
        let Some(first) = (unsafe { self.first.get().as_ref() }) else {
            return false;
        };
        self.remove(first);
        first.stage.set(Stage::Granted);
        if let Some(waker) = first.waker.take() {
            waker.wake();
        }
        true
    }

    /// Unlinks a waiter that is waiting.
    pub(crate) fn remove(&self, waiter: &Waiter) {
        debug_assert!(waiter.stage() == Stage::Waiting, "only a waiting waiter is linked");
        let (previous, next) =
            (waiter.previous.replace(ptr::null()), waiter.next.replace(ptr::null()));
        // SAFETY: null or linked; linked waiters are alive.
        match unsafe { previous.as_ref() } {
            Some(previous) => previous.next.set(next),
            None => self.first.set(next),
        }
        // SAFETY: as above.
        match unsafe { next.as_ref() } {
            Some(next) => next.previous.set(previous),
            None => self.last.set(previous),
        }
        waiter.stage.set(Stage::Over);
    }
}
