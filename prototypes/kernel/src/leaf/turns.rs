//! Those that wait for one operation that is kept, and may each be dropped.
//!
//! An operation has one waker, so of several that wait only the last to look is told. One that is
//! dropped therefore passes the wait on: it wakes another one, which looks for itself. With one
//! waiter at a time this costs a link and no wake.

use core::cell::Cell;
use core::fmt;
use core::marker::PhantomPinned;
use core::mem;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::Waker;

use crate::foreign::Finally;
use crate::list::{IntrusiveList, Links, Node};
use crate::wake::stored::{Wake, store_waker};

/// All who wait.
pub struct Turns {
    waiting: IntrusiveList<Place>,
}

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turns").field("waiting", &self.waiting).finish()
    }
}

impl Default for Turns {
    fn default() -> Self {
        Turns::new()
    }
}

impl Turns {
    /// None waits.
    #[must_use]
    pub const fn new() -> Turns {
        Turns { waiting: IntrusiveList::new() }
    }

    /// The operation is ready: wakes all who wait, so that each sees what is left for it.
    pub fn wake_all(&self) {
        // The others are woken too when a waker panics.
        let rest = Finally(|| self.wake_all());
        while self.waiting.first().is_some() {
            self.wake_first();
        }
        mem::forget(rest);
    }

    fn wake_first(&self) {
        let Some(first) = self.waiting.pop() else { return };
        // SAFETY: it was in the list until now, so it is alive.
        let first = unsafe { first.as_ref() };
        first.linked.set(false);
        // FOREIGN: wake. It is out of the list and not used afterwards.
        Wake::take(&first.waker).now();
    }
}

struct Place {
    waker: Cell<Option<Waker>>,
    linked: Cell<bool>,
    links: Links<Place>,
    _pin: PhantomPinned,
}

// SAFETY: its own field.
unsafe impl Node for Place {
    fn links(&self) -> &Links<Place> {
        &self.links
    }
}

/// One who waits. Pinned in its leaf; dropping it passes the wait on.
pub struct Turn<'t> {
    turns: &'t Turns,
    place: Place,
}

impl fmt::Debug for Turn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("linked", &self.place.linked).finish_non_exhaustive()
    }
}

impl<'t> Turn<'t> {
    /// Does not wait yet.
    #[must_use]
    pub const fn new(turns: &'t Turns) -> Turn<'t> {
        let place = Place {
            waker: Cell::new(None),
            linked: Cell::new(false),
            links: Links::new(),
            _pin: PhantomPinned,
        };
        Turn { turns, place }
    }

    /// Waits, with this waker. Calls foreign code: look again afterwards.
    pub fn wait(self: Pin<&Self>, waker: &Waker) {
        let place = &self.get_ref().place;
        store_waker(&place.waker, waker);
        if !place.linked.replace(true) {
            // SAFETY: pinned, and in no list; it leaves the list before it dies.
            unsafe { self.turns.waiting.push(NonNull::from(place)) };
        }
    }

    /// Waits no longer, because it has what it waited for. True if it did wait.
    pub fn leave(&self) -> bool {
        let linked = self.place.linked.replace(false);
        if linked {
            // SAFETY: linked there.
            unsafe { self.turns.waiting.remove(NonNull::from(&self.place)) };
        }
        linked
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.leave() {
            self.turns.wake_first();
        }
    }
}
