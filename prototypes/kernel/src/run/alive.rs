//! The runs of this thread that have not ended.
//!
//! A leaf or a socket may be dropped anywhere on its thread: in its own run, in another one, by a
//! waker that a driver calls, between two polls of an island, or when everything is over. What it
//! owes the driver that has its operation (to look the descriptor up before its number is given to
//! another file, and to end early) must not depend on where that is. So a runtime is listed here
//! from its first entry to its end, and slots know the driver that works in them.

use core::cell::{Cell, OnceCell};
use core::fmt;
use core::ptr::{self, NonNull};
use std::rc::Rc;

use crate::driver::Driver;
use crate::run::orphans::OpSlots;

std::thread_local! {
    static FIRST: Cell<*const Alive> = const { Cell::new(ptr::null()) };
    /// Rounds of [`closing`] so far.
    static ROUNDS: Cell<u64> = const { Cell::new(0) };
}

/// A runtime's place in the list, and its runtime-owned operations. It stays where
/// it is from [`Alive::enter`] on, as the runtime does around it.
pub(crate) struct Alive {
    driver: Cell<Option<NonNull<dyn Driver>>>,
    next: Cell<*const Alive>,
    /// The last round of [`closing`] that has seen it.
    round: Cell<u64>,
    op_slots: OnceCell<Rc<OpSlots>>,
}

impl fmt::Debug for Alive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alive").field("op_slots", &self.op_slots).finish_non_exhaustive()
    }
}

/// The driver without its lifetime.
fn unbound(driver: &dyn Driver) -> NonNull<dyn Driver> {
    let driver: NonNull<dyn Driver + '_> = NonNull::from(driver);
    // SAFETY: the same pointer. It is read as long as the runtime lives that borrows the driver:
    // `Alive::drop` takes it out of the list and out of the slots.
    unsafe { core::mem::transmute::<NonNull<dyn Driver + '_>, NonNull<dyn Driver>>(driver) }
}

impl Alive {
    pub(crate) const fn new() -> Alive {
        Alive {
            driver: Cell::new(None),
            next: Cell::new(ptr::null()),
            round: Cell::new(0),
            op_slots: OnceCell::new(),
        }
    }

    /// Lists the runtime over this driver, which borrows it.
    #[inline]
    pub(crate) fn enter(&self, driver: &dyn Driver) {
        if self.driver.get().is_none() {
            self.list(driver);
        }
    }

    #[cold]
    fn list(&self, driver: &dyn Driver) {
        self.driver.set(Some(unbound(driver)));
        self.round.set(ROUNDS.get());
        self.next.set(FIRST.replace(self));
    }

    pub(crate) fn op_slots(&self, driver: &dyn Driver) -> &Rc<OpSlots> {
        self.op_slots.get_or_init(|| {
            let op_slots = Rc::new(OpSlots::new());
            op_slots.driver.set(Some(unbound(driver)));
            op_slots
        })
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        if let Some(op_slots) = self.op_slots.get() {
            op_slots.driver.set(None);
        }
        if self.driver.get().is_none() {
            return;
        }
        let next = self.next.get();
        if ptr::eq(FIRST.get(), self) {
            FIRST.set(next);
            return;
        }
        let mut at = FIRST.get();
        // SAFETY: who is in the list leaves it before it dies.
        while let Some(other) = unsafe { at.as_ref() } {
            if ptr::eq(other.next.get(), self) {
                other.next.set(next);
                return;
            }
            at = other.next.get();
        }
    }
}

/// Tells every driver of this thread of a descriptor that is closed next. Outside of all runs
/// nothing is in flight: the end of a run drains its driver.
pub(crate) fn closing(fd: i32) {
    let round = ROUNDS.get() + 1;
    ROUNDS.set(round);
    tell(fd, round);
}

fn tell(fd: i32, round: u64) {
    /// Tells the others too when a waker panics that a driver calls meanwhile.
    struct Rest(i32, u64);
    impl Drop for Rest {
        fn drop(&mut self) {
            tell(self.0, self.1);
        }
    }
    let rest = Rest(fd, round);
    // The list is read again each time: what a driver calls may begin and end runs.
    while let Some(driver) = unseen(round) {
        // SAFETY: its runtime is in the list, so it has not ended.
        unsafe { driver.as_ref() }.closing(fd);
    }
    core::mem::forget(rest);
}

/// A driver that this round has not seen; it has from now on.
fn unseen(round: u64) -> Option<NonNull<dyn Driver>> {
    let mut at = FIRST.get();
    // SAFETY: who is in the list leaves it before it dies.
    while let Some(alive) = unsafe { at.as_ref() } {
        if alive.round.get() != round {
            alive.round.set(round);
            return alive.driver.get();
        }
        at = alive.next.get();
    }
    None
}
