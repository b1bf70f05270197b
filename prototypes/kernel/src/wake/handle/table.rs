//! The table of nodes, and the protocol by which they are queued, woken and freed. Its life
//! cycle and its invariants stand in the module above.

use core::cell::Cell;
use core::fmt;
use core::ptr::NonNull;

#[cfg(any(feature = "io", loom))]
use super::node::ASLEEP;
use super::node::{
    FOREIGN, GENERATION, HALF, Handle, INDEX, LIVE, NO_PARENT, NODES, Node, QUEUED, SILENT,
    is_asleep,
};
use crate::count::{self, Counter};
use crate::foreign::{Plant, planted};
use crate::sync::{AtomicUsize, Ordering};

/// The table. One static instance serves a process; loom models make small ones.
pub struct Table<const N: usize = NODES> {
    pub(super) nodes: [Node; N],
    /// Free nodes: index + 1 in the low half, a counter against ABA in the high half.
    free: AtomicUsize,
    /// Nodes that were never used start here.
    pub(super) fresh: AtomicUsize,
    /// What models count instead of ringing a notifier.
    #[cfg(loom)]
    pub(super) rung: AtomicUsize,
}

impl<const N: usize> fmt::Debug for Table<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("nodes", &N).finish_non_exhaustive()
    }
}

impl<const N: usize> Table<N> {
    /// An empty table.
    #[cfg(not(loom))]
    #[must_use]
    pub const fn new() -> Table<N> {
        assert!(N < INDEX, "an index must fit into half a word");
        Table {
            nodes: [const { Node::new() }; N],
            free: AtomicUsize::new(0),
            fresh: AtomicUsize::new(0),
        }
    }

    /// An empty table.
    #[cfg(loom)]
    #[must_use]
    pub fn new() -> Table<N> {
        Table {
            nodes: core::array::from_fn(|_| Node::new()),
            free: AtomicUsize::new(0),
            fresh: AtomicUsize::new(0),
            rung: AtomicUsize::new(0),
        }
    }

    /// Takes a free node, live and not queued. `None` when all are taken.
    pub(super) fn allocate(&self) -> Option<usize> {
        let index = self.take_free().or_else(|| self.take_fresh())?;
        let node = &self.nodes[index];
        let state = node.state.load(Ordering::Relaxed);
        node.state.store(state | LIVE, Ordering::Release);
        Some(index)
    }

    fn take_free(&self) -> Option<usize> {
        let mut top = self.free.load(Ordering::Acquire);
        loop {
            let index = (top & INDEX).checked_sub(1)?;
            let next = self.nodes[index].next.load(Ordering::Relaxed);
            let tagged = (top >> HALF).wrapping_add(1) << HALF | next;
            match self.free.compare_exchange_weak(top, tagged, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) => return Some(index),
                Err(now) => top = now,
            }
        }
    }

    fn take_fresh(&self) -> Option<usize> {
        let mut fresh = self.fresh.load(Ordering::Relaxed);
        loop {
            if fresh == N {
                return None;
            }
            match self.fresh.compare_exchange_weak(
                fresh,
                fresh + 1,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(fresh),
                Err(now) => fresh = now,
            }
        }
    }

    fn give_back(&self, index: usize) {
        let mut top = self.free.load(Ordering::Relaxed);
        loop {
            self.nodes[index].next.store(top & INDEX, Ordering::Relaxed);
            let tagged = (top >> HALF).wrapping_add(1) << HALF | (index + 1);
            match self.free.compare_exchange_weak(top, tagged, Ordering::AcqRel, Ordering::Relaxed)
            {
                Ok(_) => return,
                Err(now) => top = now,
            }
        }
    }

    /// Ends a node's life: raises the generation; gives it back unless it is linked.
    pub(super) fn release(&self, index: usize) {
        let node = &self.nodes[index];
        let mut state = node.state.load(Ordering::Relaxed);
        loop {
            let raise = usize::from(!planted(Plant::StaleGeneration));
            let generation = (state >> GENERATION).wrapping_add(raise) << GENERATION;
            let zombie = generation | (state & QUEUED);
            match node.state.compare_exchange_weak(
                state,
                zombie,
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(now) => state = now,
            }
        }
        if state & QUEUED == 0 {
            self.give_back(index);
        }
    }

    /// Takes a node that names a pointer and is woken by nothing: it counts as queued all its life,
    /// so every wake finds that something is on the way. `family` is a list whose owner finds it.
    #[cfg(feature = "tasks")]
    pub(super) fn allocate_name(&self, family: usize, user: NonNull<()>) -> Option<usize> {
        let index = self.allocate()?;
        let node = &self.nodes[index];
        node.parent.store(family, Ordering::Relaxed);
        node.user.store(user.as_ptr(), Ordering::Relaxed);
        let state = node.state.load(Ordering::Relaxed);
        node.state.store(state | QUEUED, Ordering::Release);
        Some(index)
    }

    /// Ends a name's life. It was never linked, so it is free at once.
    #[cfg(feature = "tasks")]
    pub(super) fn release_name(&self, index: usize) {
        let node = &self.nodes[index];
        let state = node.state.load(Ordering::Relaxed);
        // A wake that comes now writes back what it read, or finds itself stale.
        let next = (state >> GENERATION).wrapping_add(1) << GENERATION;
        node.state.swap(next, Ordering::AcqRel);
        self.give_back(index);
    }

    pub(super) fn handle(&self, index: usize) -> Handle {
        Handle::new(index, self.nodes[index].state.load(Ordering::Relaxed))
    }

    /// Wakes what the handle names, and its ancestors as far as they are not awake yet.
    /// Does nothing for a stale handle. Callable from any thread and from an interrupt.
    pub fn wake(&self, handle: Handle) {
        let mut handle = handle;
        while let Some(node) = self.nodes.get(handle.index()) {
            if !self.set_queued(node, handle) {
                return;
            }
            count::add(Counter::Wakes, 1);
            let list = &self.nodes[node.parent.load(Ordering::Relaxed) & INDEX];
            let before = self.push(list, handle.index());
            if is_asleep(before) {
                self.ring(before);
                return;
            }
            if before != 0 {
                // The code that pushed the first entry wakes the parent for all of them.
                return;
            }
            // After the push: the code that changes the parent empties the stack afterwards, so
            // either it sees this slot or we see the new parent.
            match list.parent.load(Ordering::Acquire) {
                NO_PARENT | SILENT => return,
                FOREIGN => {
                    #[cfg(all(feature = "foreign", not(loom)))]
                    // FOREIGN: wake. The waker is out of its place; nothing follows.
                    list.waker.wake();
                    return;
                }
                parent => handle = Handle(parent - 1),
            }
        }
    }

    /// Sets QUEUED on a live node. False if the handle is stale or the bit was set. The
    /// exchange is made even if it was set: what the caller wrote before waking must be
    /// visible to the code that clears the bit.
    fn set_queued(&self, node: &Node, handle: Handle) -> bool {
        let mut state = node.state.load(Ordering::Relaxed);
        loop {
            if !handle.names(state) {
                return false;
            }
            match node.state.compare_exchange_weak(
                state,
                state | QUEUED,
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) => return state & QUEUED == 0,
                Err(now) => state = now,
            }
        }
    }

    /// Wakes the owner of a list: the last thing that a wake does.
    pub(super) fn tell(&self, list: &Node) {
        match list.parent.load(Ordering::Acquire) {
            NO_PARENT | SILENT => {}
            FOREIGN => {
                #[cfg(all(feature = "foreign", not(loom)))]
                // FOREIGN: wake. The waker is out of its place; nothing follows.
                list.waker.wake();
            }
            parent => self.wake(Handle(parent - 1)),
        }
    }

    /// Queues what the handle names without waking anything. True if the list's owner has to be
    /// told.
    pub(super) fn queue(&self, handle: Handle) -> bool {
        let Some(node) = self.nodes.get(handle.index()) else { return false };
        if !self.set_queued(node, handle) {
            return false;
        }
        count::add(Counter::Wakes, 1);
        let list = &self.nodes[node.parent.load(Ordering::Relaxed) & INDEX];
        self.push(list, handle.index()) == 0
    }

    /// Returns what the stack held: zero if it was empty, so that its owner has to be woken.
    pub(super) fn push(&self, list: &Node, index: usize) -> usize {
        let mut top = list.ready.load(Ordering::Relaxed);
        loop {
            let chain = if is_asleep(top) { 0 } else { top };
            self.nodes[index].next.store(chain, Ordering::Relaxed);
            match list.ready.compare_exchange_weak(
                top,
                index + 1,
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) => return top,
                Err(now) => top = now,
            }
        }
    }

    /// Puts the owner of a list to sleep, unless something is in its stack. The code that pushes
    /// next finds the notifier in the word that it replaces, so there is no second word whose
    /// order against the first would matter, and a wake of an owner that is awake costs
    /// nothing more than before.
    #[cfg(any(feature = "io", loom))]
    pub(super) fn fall_asleep(&self, list: usize, notifier: usize) -> bool {
        let word = ASLEEP | notifier;
        let ready = &self.nodes[list].ready;
        ready.compare_exchange(0, word, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// The owner of a list is awake again, whether something rang or not.
    #[cfg(any(feature = "io", loom))]
    pub(super) fn awake(&self, list: usize, notifier: usize) {
        let word = ASLEEP | notifier;
        let ready = &self.nodes[list].ready;
        // It fails when something was woken: the word is a chain then, and stays.
        let _woken = ready.compare_exchange(word, 0, Ordering::AcqRel, Ordering::Relaxed);
    }

    #[cfg(all(feature = "io", not(loom)))]
    fn ring(&self, word: usize) {
        crate::wake::notifier::ring(word & !ASLEEP);
    }

    #[cfg(loom)]
    fn ring(&self, word: usize) {
        self.rung.fetch_add(word & !ASLEEP, Ordering::Relaxed);
    }

    #[cfg(not(any(feature = "io", loom)))]
    fn ring(&self, _: usize) {}

    /// Takes a list's whole stack and turns it into arrival order. Zero if empty.
    #[inline]
    pub(super) fn take_ready(&self, list: usize) -> usize {
        let mut link = self.nodes[list].ready.swap(0, Ordering::AcqRel);
        let mut first = 0;
        while link != 0 {
            let next = self.nodes[link - 1].next.swap(first, Ordering::Relaxed);
            first = link;
            link = next;
        }
        first
    }

    /// Takes the first live slot of a chain, clears its QUEUED bit, and returns its user.
    #[inline]
    pub(super) fn pop(&self, chain: &Cell<usize>) -> Option<NonNull<()>> {
        while let Some(index) = chain.get().checked_sub(1) {
            let node = &self.nodes[index];
            // Before the bit is cleared: afterwards a wake may link the node again.
            chain.set(node.next.load(Ordering::Relaxed));
            let state = node.state.fetch_and(!QUEUED, Ordering::AcqRel);
            if state & LIVE != 0 {
                return NonNull::new(node.user.load(Ordering::Relaxed));
            }
            self.bury(index);
        }
        None
    }

    /// Gives a node back that was freed while it was linked.
    #[cold]
    fn bury(&self, index: usize) {
        self.give_back(index);
    }
}

impl<const N: usize> Default for Table<N> {
    fn default() -> Self {
        Table::new()
    }
}
