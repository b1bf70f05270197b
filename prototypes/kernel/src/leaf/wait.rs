//! The line of waiters behind every primitive, first in, first out.
//!
//! A waiter is pinned in the leaf that waits. It is linked while it waits, and unlinked
//! before it dies, by a grant or by its own destructor.
//!
//! ```text
//!   New ──push──► Waiting ──grant──► Granted ──► Over
//!    └───────────────┴── withdrawn ─────┴─────────┘
//! ```
//!
//! Linked in `Waiting` and in no other stage. `Granted` is entered by [`WaitList::grant`] alone;
//! all other changes are made by the leaf that has the waiter.

use core::cell::Cell;
use core::marker::PhantomPinned;
use core::ptr::NonNull;
use core::task::Waker;

use crate::foreign::{Plant, planted};
use crate::list::{IntrusiveList, Links, Node};
use crate::wake::stored::{Wake, store_waker};

/// Where a waiter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Not asked yet.
    ///
    /// Entered by the making of the leaf. Excludes a grant: it is in no list.
    New,
    /// Linked in the list.
    ///
    /// Entered from `New` by the poll of the leaf, after its waker was put in place. Excludes that
    /// it is moved or freed: the list points at it.
    Waiting,
    /// Taken out of the list with something in its name: a permit, a slot, an item.
    ///
    /// Entered from `Waiting` by a grant, which another task makes. Excludes that what was granted
    /// is granted again: the leaf takes it at its next poll, or passes it on when it is dropped.
    Granted,
    /// It has what it wanted, or was withdrawn.
    ///
    /// Entered by the leaf: from `New` and `Granted` by the poll that is ready, from all of them by
    /// its drop. Excludes everything.
    Over,
}

pub(crate) struct Waiter {
    stage: Cell<Stage>,
    waker: Cell<Option<Waker>>,
    links: Links<Waiter>,
    _pin: PhantomPinned,
}

// SAFETY: its own field.
unsafe impl Node for Waiter {
    fn links(&self) -> &Links<Waiter> {
        &self.links
    }
}

impl Waiter {
    pub(crate) const fn new() -> Waiter {
        Waiter {
            stage: Cell::new(Stage::New),
            waker: Cell::new(None),
            links: Links::new(),
            _pin: PhantomPinned,
        }
    }

    pub(crate) fn stage(&self) -> Stage {
        self.stage.get()
    }

    pub(crate) fn set_stage(&self, stage: Stage) {
        self.stage.set(stage);
    }

    /// Says whom to wake. Calls foreign code, which may change the stage and whatever the waiter
    /// waits for: look again afterwards.
    pub(crate) fn set_waker(&self, waker: &Waker) {
        store_waker(&self.waker, waker);
    }
}

pub(crate) struct WaitList {
    waiters: IntrusiveList<Waiter>,
}

impl WaitList {
    pub(crate) const fn new() -> WaitList {
        WaitList { waiters: IntrusiveList::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    /// Links a waiter at the end; its waker was set before. It must be pinned and be removed
    /// before it dies.
    pub(crate) fn push(&self, waiter: &Waiter) {
        debug_assert!(waiter.stage() == Stage::New, "a waiter waits once");
        waiter.stage.set(Stage::Waiting);
        // SAFETY: in no list in this stage; the caller's promise for the rest.
        unsafe { self.waiters.push(NonNull::from(waiter)) };
    }

    /// Grants to the first waiter: unlinks it. `None` if there is none. The caller makes what was
    /// granted whole before it lets the answer wake.
    pub(crate) fn grant(&self) -> Option<Wake> {
        if planted(Plant::UnlinkAfterWake) {
            // SAFETY: in the list.
            Wake::take(&unsafe { self.waiters.first()?.as_ref() }.waker).now();
        }
        let first = self.waiters.pop()?;
        // SAFETY: it was linked just now, and linked waiters are alive.
        let first = unsafe { first.as_ref() };
        first.stage.set(Stage::Granted);
        Some(Wake::take(&first.waker))
    }

    /// Unlinks a waiter that is waiting.
    pub(crate) fn remove(&self, waiter: &Waiter) {
        debug_assert!(waiter.stage() == Stage::Waiting, "only a waiting waiter is linked");
        // SAFETY: linked in this stage, and leaves ask the list that they wait in.
        unsafe { self.waiters.remove(NonNull::from(waiter)) };
        waiter.stage.set(Stage::Over);
    }
}
