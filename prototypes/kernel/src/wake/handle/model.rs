//! The table as loom's models use it.

use core::cell::Cell;

use super::node::{Handle, NO_PARENT};
use super::table::Table;
use crate::sync::Ordering;

/// The parts of a table one by one, for `tests/loom.rs`: there is no static table there.
impl<const N: usize> Table<N> {
    /// A list without a parent.
    pub fn model_list(&self) -> Option<usize> {
        let list = self.allocate()?;
        self.nodes[list].parent.store(NO_PARENT, Ordering::Release);
        Some(list)
    }

    /// A slot of a list; `user` comes back when it is popped.
    pub fn model_slot(&self, list: usize, user: usize) -> Option<usize> {
        let slot = self.allocate()?;
        self.nodes[slot].parent.store(list, Ordering::Relaxed);
        let user = core::ptr::without_provenance_mut(user);
        self.nodes[slot].user.store(user, Ordering::Relaxed);
        Some(slot)
    }

    /// Hangs a list below a slot.
    pub fn model_adopt(&self, list: usize, slot: usize) {
        let parent = self.handle(slot).0 + 1;
        self.nodes[list].parent.store(parent, Ordering::Release);
    }

    /// Ends a slot's life.
    pub fn model_release(&self, slot: usize) {
        self.release(slot);
    }

    /// The handle of a slot.
    pub fn model_handle(&self, slot: usize) -> Handle {
        self.handle(slot)
    }

    /// Puts the owner of a list to sleep on a notifier that counts its number when it rings.
    pub fn model_sleep(&self, list: usize, notifier: usize) -> bool {
        self.fall_asleep(list, notifier)
    }

    /// The owner is awake again.
    pub fn model_awake(&self, list: usize, notifier: usize) {
        self.awake(list, notifier);
    }

    /// The sum of the numbers of the notifiers that rang.
    pub fn model_rung(&self) -> usize {
        self.rung.load(Ordering::Relaxed)
    }

    /// Pops everything that is woken now; the users in order of arrival.
    pub fn model_drain(&self, list: usize) -> std::vec::Vec<usize> {
        let chain = Cell::new(self.take_ready(list));
        core::iter::from_fn(|| self.pop(&chain)).map(|user| user.addr().get()).collect()
    }
}
