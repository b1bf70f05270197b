//! What owns nodes of the table: a list of woken slots, a slot, and a name for a pointer.
//!
//! Each gives its nodes back when it is dropped; a queued one is given back by the code that pops
//! it. The protocol of a node is in the module above.

use core::cell::Cell;
use core::ptr::NonNull;
use core::task::Waker;

use super::node::{FOREIGN, Handle, NO_PARENT, SILENT};
#[cfg(feature = "tasks")]
use super::node::{QUEUED, is_asleep};
use super::{TableFull, table};
#[cfg(feature = "tasks")]
use crate::count::{self, Counter};
use crate::sync::Ordering;
#[cfg(all(feature = "io", not(loom)))]
use crate::wake::notifier::Notifier;

/// A queue of woken slots, owned by the code that polls them. Slots must be dropped before it.
#[derive(Debug)]
pub struct List {
    index: usize,
    /// Slots already taken from the stack, in order of arrival.
    taken: Cell<usize>,
}

impl List {
    /// A list whose parent is nothing until [`List::adopt`].
    ///
    /// # Errors
    /// [`TableFull`].
    pub fn new() -> Result<List, TableFull> {
        let index = table().allocate().ok_or(TableFull)?;
        table().nodes[index].parent.store(NO_PARENT, Ordering::Release);
        Ok(List { index, taken: Cell::new(0) })
    }

    /// Says whom to wake when a slot of this list is woken: the task that is polling now.
    /// Call it at the start of every poll, before [`List::collect`].
    #[inline]
    pub fn adopt(&self, waker: &Waker) {
        // The same as at the last poll, mostly.
        let parent = &table().nodes[self.index].parent;
        let known = parent.load(Ordering::Relaxed);
        if Handle::of(waker).is_none_or(|handle| handle.0 + 1 != known) {
            self.adopt_another(waker);
        }
    }

    #[inline(never)]
    fn adopt_another(&self, waker: &Waker) {
        let node = &table().nodes[self.index];
        let Some(handle) = Handle::of(waker) else {
            #[cfg(all(feature = "foreign", not(loom)))]
            let former = node.waker.keep(waker);
            node.parent.store(FOREIGN, Ordering::Release);
            #[cfg(all(feature = "foreign", not(loom)))]
            // FOREIGN: drop. The new waker is in its place, and the parent is set.
            drop(former);
            return;
        };
        let former = node.parent.load(Ordering::Relaxed);
        node.parent.store(handle.0 + 1, Ordering::Release);
        self.forget(former);
    }

    /// Says that nothing need be woken when a slot of this list is, because the owner looks
    /// by itself. To wait, call [`List::adopt`] and look once more.
    pub fn disown(&self) {
        let node = &table().nodes[self.index];
        let former = node.parent.load(Ordering::Relaxed);
        let parent = if matches!(former, FOREIGN | SILENT) { SILENT } else { NO_PARENT };
        node.parent.store(parent, Ordering::Release);
    }

    /// Drops the waker of a former parent that is not ours: it may keep a task alive.
    fn forget(&self, former: usize) {
        #[cfg(all(feature = "foreign", not(loom)))]
        if matches!(former, FOREIGN | SILENT) {
            // FOREIGN: drop. It is out of its place; nothing follows.
            drop(table().nodes[self.index].waker.take());
        }
        let _ = former;
    }

    /// A new slot in this list. `user` comes back from [`List::pop`].
    ///
    /// # Errors
    /// [`TableFull`].
    ///
    /// # Safety
    /// The slot is dropped before the list, or both are forgotten: a slot whose list is gone would
    /// be queued in another one, whose owner takes the user for one of its own.
    pub unsafe fn slot(&self, user: NonNull<()>) -> Result<Slot, TableFull> {
        let index = table().allocate().ok_or(TableFull)?;
        let node = &table().nodes[index];
        node.parent.store(self.index, Ordering::Relaxed);
        node.user.store(user.as_ptr(), Ordering::Relaxed);
        Ok(Slot { handle: table().handle(index) })
    }

    /// A new slot that is queued already. For the list's owner while it runs, who need not be
    /// woken.
    ///
    /// # Errors
    /// [`TableFull`].
    ///
    /// # Safety
    /// As [`List::slot`].
    #[cfg(feature = "tasks")]
    pub(crate) unsafe fn queued_slot(&self, user: NonNull<()>) -> Result<Slot, TableFull> {
        // SAFETY: the caller's promise.
        let slot = unsafe { self.slot(user) }?;
        let node = &table().nodes[slot.handle.index()];
        // No exchange: nothing else knows the handle yet.
        let state = node.state.load(Ordering::Relaxed);
        node.state.store(state | QUEUED, Ordering::Release);
        count::add(Counter::Wakes, 1);
        let before = table().push(&table().nodes[self.index], slot.handle.index());
        debug_assert!(!is_asleep(before), "the owner of the list runs");
        Ok(slot)
    }

    /// Takes what is woken now as one batch, unless a batch is still in work. Wakes that
    /// come later wait for the next batch, so a child that wakes itself cannot keep the
    /// parent busy for ever.
    #[inline]
    pub fn collect(&self) {
        if self.taken.get() == 0 {
            self.taken.set(table().take_ready(self.index));
        }
    }

    /// The user of the next slot of the batch, which is no longer queued from now on.
    #[inline]
    pub fn pop(&self) -> Option<NonNull<()>> {
        table().pop(&self.taken)
    }

    /// The user of the next slot: of what an earlier batch left over first, then of what is
    /// woken now, taken once for each `collected`. What was left over, as by a panic, does not
    /// stand in for what was woken since: that wake of the owner is spent.
    #[inline]
    pub fn next(&self, collected: &mut bool) -> Option<NonNull<()>> {
        loop {
            if let Some(user) = self.pop() {
                return Some(user);
            }
            if core::mem::replace(collected, true) {
                return None;
            }
            self.collect();
        }
    }

    /// Calls `f` with the users that [`List::next`] returns.
    #[inline]
    pub fn each(&self, mut f: impl FnMut(NonNull<()>)) {
        let mut left_over = self.taken.get() != 0;
        self.collect();
        loop {
            while let Some(user) = self.pop() {
                f(user);
            }
            if !left_over {
                return;
            }
            left_over = false;
            self.collect();
        }
    }

    /// Queues a slot of this list without waking its owner. True if the owner has to be told of
    /// it by [`List::tell`], once for any number of slots.
    #[must_use]
    pub fn queue(&self, slot: &Slot) -> bool {
        table().queue(slot.handle)
    }

    /// Wakes the owner of this list.
    pub fn tell(&self) {
        table().tell(&table().nodes[self.index]);
    }

    /// Says that the owner, the executor, is about to block. Until the answer is dropped, a
    /// wake rings the notifier. `None` if something is woken already.
    #[cfg(all(feature = "io", not(loom)))]
    #[must_use]
    pub fn sleep<'q>(&'q self, notifier: &'q Notifier) -> Option<Asleep<'q>> {
        let number = notifier.number();
        (self.taken.get() == 0 && table().fall_asleep(self.index, number))
            .then(|| Asleep { list: self, notifier: number })
    }

    /// The user of a live slot of this list. Only the list's owner asks.
    #[cfg(feature = "tasks")]
    pub(crate) fn user(&self, handle: Handle) -> Option<NonNull<()>> {
        let node = table().nodes.get(handle.index())?;
        let ours = handle.names(node.state.load(Ordering::Relaxed))
            && node.parent.load(Ordering::Relaxed) == self.index;
        ours.then(|| NonNull::new(node.user.load(Ordering::Relaxed))).flatten()
    }

    /// Whether no slot waits, in the batch or behind it.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.taken.get() == 0 && table().nodes[self.index].ready.load(Ordering::Relaxed) == 0
    }
}

/// The owner of a list blocks. Drop it when it does not any more.
#[cfg(all(feature = "io", not(loom)))]
#[derive(Debug)]
pub struct Asleep<'q> {
    list: &'q List,
    notifier: usize,
}

#[cfg(all(feature = "io", not(loom)))]
impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        table().awake(self.list.index, self.notifier);
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // Give back what was freed while queued. Slots that are still alive would lose
        // their list; owners drop them first.
        loop {
            while self.pop().is_some() {}
            self.collect();
            if self.taken.get() == 0 {
                break;
            }
        }
        let node = &table().nodes[self.index];
        #[cfg(all(feature = "foreign", not(loom)))]
        let former = match node.parent.swap(NO_PARENT, Ordering::AcqRel) {
            FOREIGN | SILENT => node.waker.take(),
            _ => None,
        };
        let _ = node;
        table().release(self.index);
        #[cfg(all(feature = "foreign", not(loom)))]
        // FOREIGN: drop. The node is free, and nothing follows.
        drop(former);
    }
}

/// Something that can be woken and polled on its own: a root task or a child.
#[derive(Debug)]
pub struct Slot {
    handle: Handle,
}

impl Slot {
    /// Its handle.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle
    }

    /// Leaves the slot to the code that keeps the handle, to be had back by [`Slot::from_handle`].
    #[cfg(feature = "tasks")]
    pub(crate) fn into_handle(self) -> Handle {
        let handle = self.handle;
        core::mem::forget(self);
        handle
    }

    /// The reverse of [`Slot::into_handle`], once for each.
    #[cfg(feature = "tasks")]
    pub(crate) fn from_handle(handle: Handle) -> Slot {
        Slot { handle }
    }

    /// Its waker. Costs nothing, may be kept for ever.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.handle.waker()
    }

    /// Queues it, as its waker would.
    pub fn wake(&self) {
        self.handle.wake();
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        table().release(self.handle.index());
    }
}

/// A pointer that is found by an integer. Waking its handle does nothing.
#[cfg(feature = "tasks")]
#[derive(Debug)]
pub struct Name {
    handle: Handle,
}

#[cfg(feature = "tasks")]
impl Name {
    /// Names a pointer for the owner of `family`, who finds it by [`List::user`].
    pub(crate) fn new(family: &List, user: NonNull<()>) -> Result<Name, TableFull> {
        let index = table().allocate_name(family.index, user).ok_or(TableFull)?;
        Ok(Name { handle: table().handle(index) })
    }

    /// Its handle.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle
    }
}

#[cfg(feature = "tasks")]
impl Drop for Name {
    fn drop(&mut self) {
        table().release_name(self.handle.index());
    }
}
