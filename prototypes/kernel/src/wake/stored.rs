//! A waker that is stored until something happens: put in, taken out, woken, let go.
//!
//! A waker that is not ours is foreign code, whatever is done with it. One of ours is an integer:
//! nothing of it can panic or come back in but the wake, and that is one call, not two through a
//! table. Nearly all are ours, so each function here asks that first.

use core::cell::Cell;
use core::mem;
use core::task::Waker;

use crate::wake::handle::Handle;

/// A waker that was taken from its place and is woken when this is dropped. Several of them are
/// all woken, also when one panics.
#[derive(Debug)]
#[must_use = "it wakes where it is dropped, so that place should be a chosen one"]
pub struct Wake(Option<Waker>);

impl Wake {
    /// Takes the waker that is stored, if there is one.
    #[inline]
    pub fn take(stored: &Cell<Option<Waker>>) -> Wake {
        #[cfg(plant)]
        borrowed::check(stored);
        Wake(stored.take())
    }

    /// Wakes nothing.
    pub const fn nothing() -> Wake {
        Wake(None)
    }

    /// Wakes now.
    #[inline]
    pub fn now(self) {
        drop(self);
    }
}

impl Drop for Wake {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(waker) = self.0.take() {
            wake(waker);
        }
    }
}

/// Apart, so that where there is nothing to wake this costs a look.
#[inline(never)]
fn wake(waker: Waker) {
    match Handle::of(&waker) {
        Some(handle) => {
            mem::forget(waker);
            handle.wake();
        }
        // FOREIGN: wake. The place it came from is empty.
        None => waker.wake(),
    }
}

/// Drops a waker.
#[inline]
pub fn let_go(waker: Option<Waker>) {
    match waker {
        Some(waker) if Handle::of(&waker).is_some() => mem::forget(waker),
        // FOREIGN: drop.
        other => drop(other),
    }
}

/// Replaces a stored waker unless it would wake the same task. The place is never empty meanwhile
/// if it was not before, and holds the new waker when the old one is dropped. Afterwards, look
/// again whether there is still something to wait for.
#[inline]
pub fn store_waker(stored: &Cell<Option<Waker>>, waker: &Waker) {
    match Handle::of(waker) {
        // A copy costs less than to compare it.
        // FOREIGN: drop of the old one. The new waker is in its place.
        Some(handle) => let_go(stored.replace(Some(handle.waker()))),
        None => store_foreign(stored, waker),
    }
}

#[inline(never)]
fn store_foreign(stored: &Cell<Option<Waker>>, waker: &Waker) {
    #[cfg(plant)]
    if borrowed::store(stored, waker) {
        return;
    }
    if let Some(old) = stored.take() {
        let same = old.will_wake(waker);
        // What it replaces is nothing: no call in between.
        mem::forget(stored.replace(Some(old)));
        if same {
            return;
        }
    }
    // FOREIGN: clone. The old waker is in its place.
    let new = waker.clone();
    let old = stored.replace(Some(new));
    // FOREIGN: drop. The new waker is in its place.
    drop(old);
}

/// What a place does that is a `RefCell`: it is borrowed while the old waker is dropped.
#[cfg(plant)]
mod borrowed {
    use core::cell::Cell;
    use core::task::Waker;
    use std::thread_local;

    use crate::foreign::{Finally, Plant, planted};

    thread_local! {
        static PLACE: Cell<usize> = const { Cell::new(0) };
    }

    fn address(stored: &Cell<Option<Waker>>) -> usize {
        core::ptr::from_ref(stored).addr()
    }

    pub(super) fn check(stored: &Cell<Option<Waker>>) {
        assert!(PLACE.get() != address(stored), "already borrowed");
    }

    /// Stores a waker. False: this is not the fault that is planted.
    pub(super) fn store(stored: &Cell<Option<Waker>>, waker: &Waker) -> bool {
        if !planted(Plant::DropInBorrow) {
            return false;
        }
        check(stored);
        let outer = PLACE.replace(address(stored));
        let _given_back = Finally(|| PLACE.set(outer));
        drop(stored.replace(Some(waker.clone())));
        true
    }
}
