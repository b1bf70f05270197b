//! Handle wakers: a waker is an integer into a static table.
//!
//! The usual waker is a pointer with a reference count, which needs an allocation per
//! child or a child that never moves and never dies. A handle waker is `(index,
//! generation)` instead. Cloning and dropping it do nothing, and a stale one at worst
//! causes a spurious wake, so nothing can dangle: not from another thread, not from an
//! interrupt handler, not after the frame that owned the child is gone. That gives a
//! parent O(1) wakes per child without an allocation, the gap described in
//! "The Waker Allocation Problem" (Y. Wuyts).
//!
//! # The tree
//!
//! A [`Slot`] is something that can be woken: a root task or a child. A [`List`] is a
//! queue of woken slots and belongs to whoever polls them: an executor, a group, a scope.
//! Every slot is in one list; every list has a parent to wake, which is a slot again, or a
//! waker that is not ours, or nobody (the executor's own list). Waking a slot
//!
//! 1. sets its QUEUED bit; if it was set already, somebody is on the way, stop;
//! 2. pushes it on its list's stack; if the stack was not empty, stop as well;
//! 3. goes on with the list's parent.
//!
//! So a list wakes its parent once for all that is woken until the parent empties the stack
//! ([`List::collect`]). A parent that is polled and leaves the stack as it is has heard of it
//! and is not told again.
//!
//! An executor that blocks in the system is woken by a bell. It leaves the bell's number in
//! its empty stack; whoever pushes first finds it there and rings.
//!
//! # Life of a node
//!
//! ```text
//!            slot()/List::new()              drop, not queued
//!   FREE ───────────────────────► LIVE ───────────────────────► FREE
//!                               wake│ ▲pop                        ▲
//!                                   ▼ │                           │ pop
//!                            LIVE|QUEUED ───────────────────► QUEUED ("zombie")
//!                                               drop
//! ```
//!
//! Only the owner frees; a freed node that is still linked in a stack is a zombie and is
//! given back by whoever pops it, because its link is in use until then. The generation is
//! raised at freeing, so every older handle is stale from that moment on.
//!
//! Invariants, each checked by a loom model in `tests/loom.rs`:
//! - a wake that happens after the QUEUED bit was cleared is never lost;
//! - a node is linked in at most one stack;
//! - a node is not handed out again while it is linked.

mod owners;

use core::cell::Cell;
use core::fmt;
use core::ptr::NonNull;
use core::task::{RawWaker, RawWakerVTable, Waker};

use crate::count::{self, Counter};
use crate::foreign::{Plant, planted};
use crate::sync::{AtomicPtr, AtomicUsize, Ordering};
#[cfg(all(feature = "foreign", not(loom)))]
use crate::wake::place::WakerPlace;
use crate::wake::underway;

#[cfg(all(feature = "io", not(loom)))]
pub use owners::Asleep;
#[cfg(feature = "tasks")]
pub use owners::Name;
pub use owners::{List, Slot};

/// Nodes of the process-wide table: an upper bound on slots and lists alive at once.
/// Override with the environment variable `KERNEL_NODES` at build time; a bare-metal
/// image gives what it needs, because the table is its RAM.
pub const NODES: usize = match option_env!("KERNEL_NODES") {
    Some(text) => parse(text),
    None if cfg!(target_os = "none") => 160,
    None => 32_768,
};

const fn parse(text: &str) -> usize {
    match usize::from_str_radix(text, 10) {
        Ok(nodes) => nodes,
        Err(_) => panic!("KERNEL_NODES is not a number"),
    }
}

/// Half the bits of a word hold the index, half the generation.
const HALF: u32 = usize::BITS / 2;
const INDEX: usize = (1 << HALF) - 1;

/// Linked in a list's stack, or about to be. Set by a wake, cleared by a pop.
const QUEUED: usize = 1;
/// Owned by a [`Slot`] or [`List`]. Set at allocation, cleared at freeing.
const LIVE: usize = 2;
/// The generation starts here; it wraps within the bits that a handle can carry.
const GENERATION: u32 = 2;

/// Parent of a list that nobody polls from outside: an executor's own. Zero, so that an
/// unused table is all zeros and costs a board no flash; handles are stored plus one.
const NOBODY: usize = 0;
/// Parent of a list that is polled through a waker of somebody else.
const FOREIGN: usize = usize::MAX;
/// Parent of such a list while its owner looks by itself. The waker is kept for the next wait.
const SILENT: usize = usize::MAX - 1;

/// In a list's stack, in place of an empty chain: the owner blocks, and the rest of the word
/// says which bell wakes it. Links never reach this bit.
#[cfg(any(feature = "io", loom))]
const ASLEEP: usize = 1 << (usize::BITS - 1);

/// Whether the owner of a list whose stack holds this is blocked.
fn is_asleep(top: usize) -> bool {
    #[cfg(any(feature = "io", loom))]
    return top & ASLEEP != 0;
    #[cfg(not(any(feature = "io", loom)))]
    {
        let _ = top;
        false
    }
}

/// One entry of the table. Links are index + 1, zero ends a chain.
struct Node {
    /// Generation and flags.
    state: AtomicUsize,
    /// Link in a ready stack or in the free list.
    next: AtomicUsize,
    /// A list's stack of woken slots.
    ready: AtomicUsize,
    /// A slot's list (index); a list's parent (handle + 1, [`NOBODY`], [`FOREIGN`] or [`SILENT`]).
    parent: AtomicUsize,
    /// A slot's owner's pointer; read and written by the owner only.
    user: AtomicPtr<()>,
    #[cfg(all(feature = "foreign", not(loom)))]
    waker: WakerPlace,
}

impl Node {
    #[cfg(not(loom))]
    const fn new() -> Node {
        Node {
            state: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
            ready: AtomicUsize::new(0),
            parent: AtomicUsize::new(NOBODY),
            user: AtomicPtr::new(core::ptr::null_mut()),
            #[cfg(feature = "foreign")]
            waker: WakerPlace::new(),
        }
    }

    #[cfg(loom)]
    fn new() -> Node {
        Node {
            state: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
            ready: AtomicUsize::new(0),
            parent: AtomicUsize::new(NOBODY),
            user: AtomicPtr::new(core::ptr::null_mut()),
        }
    }
}

/// The table. One static instance serves a process; loom models make small ones.
pub struct Table<const N: usize = NODES> {
    nodes: [Node; N],
    /// Free nodes: index + 1 in the low half, a counter against ABA in the high half.
    free: AtomicUsize,
    /// Nodes that were never used start here.
    fresh: AtomicUsize,
    /// What models count instead of ringing a bell.
    #[cfg(loom)]
    rung: AtomicUsize,
}

impl<const N: usize> fmt::Debug for Table<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("nodes", &N).finish_non_exhaustive()
    }
}

/// What a waker carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle(usize);

impl Handle {
    fn new(index: usize, state: usize) -> Handle {
        Handle(index | ((state >> GENERATION) & INDEX) << HALF)
    }

    fn index(self) -> usize {
        self.0 & INDEX
    }

    fn names(self, state: usize) -> bool {
        state & LIVE != 0 && (state >> GENERATION) & INDEX == self.0 >> HALF
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
    fn allocate(&self) -> Option<usize> {
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
    fn release(&self, index: usize) {
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

    /// Takes a node that names a pointer and is woken by nobody: it counts as queued all its life,
    /// so every wake finds that somebody is on the way. `family` is a list whose owner finds it.
    #[cfg(feature = "tasks")]
    fn allocate_name(&self, family: usize, user: NonNull<()>) -> Option<usize> {
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
    fn release_name(&self, index: usize) {
        let node = &self.nodes[index];
        let state = node.state.load(Ordering::Relaxed);
        // A wake that comes now writes back what it read, or finds itself stale.
        let next = (state >> GENERATION).wrapping_add(1) << GENERATION;
        node.state.swap(next, Ordering::AcqRel);
        self.give_back(index);
    }

    fn handle(&self, index: usize) -> Handle {
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
                // Whoever pushed the first entry wakes the parent for all of them.
                return;
            }
            // After the push: whoever changes the parent empties the stack afterwards, so
            // either it sees this slot or we see the new parent.
            match list.parent.load(Ordering::Acquire) {
                NOBODY | SILENT => return,
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
    /// visible to whoever clears the bit.
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
    fn tell(&self, list: &Node) {
        match list.parent.load(Ordering::Acquire) {
            NOBODY | SILENT => {}
            FOREIGN => {
                #[cfg(all(feature = "foreign", not(loom)))]
                // FOREIGN: wake. The waker is out of its place; nothing follows.
                list.waker.wake();
            }
            parent => self.wake(Handle(parent - 1)),
        }
    }

    /// Queues what the handle names without waking anybody. True if the list's owner has to be
    /// told.
    fn queue(&self, handle: Handle) -> bool {
        let Some(node) = self.nodes.get(handle.index()) else { return false };
        if !self.set_queued(node, handle) {
            return false;
        }
        count::add(Counter::Wakes, 1);
        let list = &self.nodes[node.parent.load(Ordering::Relaxed) & INDEX];
        self.push(list, handle.index()) == 0
    }

    /// Returns what the stack held: zero if it was empty, so that its owner has to be woken.
    fn push(&self, list: &Node, index: usize) -> usize {
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

    /// Puts the owner of a list to sleep, unless something is in its stack. Whoever pushes
    /// next finds the bell in the word that it replaces, so there is no second word whose
    /// order against the first would matter, and a wake of an owner that is awake costs
    /// nothing more than before.
    #[cfg(any(feature = "io", loom))]
    fn fall_asleep(&self, list: usize, bell: usize) -> bool {
        let word = ASLEEP | bell;
        let ready = &self.nodes[list].ready;
        ready.compare_exchange(0, word, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// The owner of a list is awake again, whether somebody rang or not.
    #[cfg(any(feature = "io", loom))]
    fn awake(&self, list: usize, bell: usize) {
        let word = ASLEEP | bell;
        let ready = &self.nodes[list].ready;
        // It fails when somebody was woken: the word is a chain then, and stays.
        let _woken = ready.compare_exchange(word, 0, Ordering::AcqRel, Ordering::Relaxed);
    }

    #[cfg(all(feature = "io", not(loom)))]
    fn ring(&self, word: usize) {
        crate::wake::bell::ring(word & !ASLEEP);
    }

    #[cfg(loom)]
    fn ring(&self, word: usize) {
        self.rung.fetch_add(word & !ASLEEP, Ordering::Relaxed);
    }

    #[cfg(not(any(feature = "io", loom)))]
    fn ring(&self, _: usize) {}

    /// Takes a list's whole stack and turns it into arrival order. Zero if empty.
    #[inline]
    fn take_ready(&self, list: usize) -> usize {
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
    fn pop(&self, chain: &Cell<usize>) -> Option<NonNull<()>> {
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

#[cfg(not(loom))]
static TABLE: Table = Table::new();

#[cfg(not(loom))]
fn table() -> &'static Table {
    &TABLE
}

/// Under loom there is no static table: models use a [`Table`] of their own.
#[cfg(loom)]
fn table() -> &'static Table {
    unreachable!("loom models use a table of their own")
}

/// The vtable of every handle waker. A static, so its address is unique in the program.
static VTABLE: RawWakerVTable = RawWakerVTable::new(
    |data| RawWaker::new(data, &VTABLE),
    |data| Handle(data.addr()).wake(),
    |data| Handle(data.addr()).wake(),
    |_| {},
);

/// Nodes of the process-wide table that slots, lists and names have: what a test compares before
/// and after.
#[cfg(not(loom))]
#[must_use]
pub fn taken() -> usize {
    let fresh = table().fresh.load(Ordering::Relaxed);
    let live = |node: &&Node| node.state.load(Ordering::Relaxed) & LIVE != 0;
    table().nodes[..fresh].iter().filter(live).count()
}

impl Handle {
    /// Names nothing, because an index never has all bits set.
    #[cfg(feature = "tasks")]
    pub(crate) const NOTHING: Handle = Handle(usize::MAX);

    /// The waker for this handle.
    #[must_use]
    pub fn waker(self) -> Waker {
        let data = core::ptr::without_provenance(self.0);
        // SAFETY: the functions of VTABLE treat `data` as an integer and never as memory,
        // are callable from every thread, and own nothing that clone or drop would count.
        unsafe { Waker::new(data, &VTABLE) }
    }

    /// The handle inside a waker, if it is one of ours.
    #[must_use]
    pub fn of(waker: &Waker) -> Option<Handle> {
        core::ptr::eq(waker.vtable(), &VTABLE).then(|| Handle(waker.data().addr()))
    }

    /// The handle as the integer that a waker carries.
    #[must_use]
    pub fn to_raw(self) -> usize {
        self.0
    }

    /// The reverse of [`Handle::to_raw`]. Any integer is allowed: one that names nothing
    /// wakes nothing.
    #[must_use]
    pub fn from_raw(raw: usize) -> Handle {
        Handle(raw)
    }

    /// Wakes what it names.
    pub fn wake(self) {
        underway::counted(|| table().wake(self));
    }
}

/// The static table has no free node left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableFull;

impl fmt::Display for TableFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "all {NODES} nodes of the waker table are taken; build with a larger KERNEL_NODES"
        )
    }
}

/// The parts of a table one by one, for `tests/loom.rs`: there is no static table there.
#[cfg(loom)]
impl<const N: usize> Table<N> {
    /// A list without a parent.
    pub fn model_list(&self) -> Option<usize> {
        let list = self.allocate()?;
        self.nodes[list].parent.store(NOBODY, Ordering::Release);
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

    /// Puts the owner of a list to sleep on a bell that counts its number when it rings.
    pub fn model_sleep(&self, list: usize, bell: usize) -> bool {
        self.fall_asleep(list, bell)
    }

    /// The owner is awake again.
    pub fn model_awake(&self, list: usize, bell: usize) {
        self.awake(list, bell);
    }

    /// The sum of the numbers of the bells that rang.
    pub fn model_rung(&self) -> usize {
        self.rung.load(Ordering::Relaxed)
    }

    /// Pops everything that is woken now; the users in order of arrival.
    pub fn model_drain(&self, list: usize) -> std::vec::Vec<usize> {
        let chain = Cell::new(self.take_ready(list));
        core::iter::from_fn(|| self.pop(&chain)).map(|user| user.addr().get()).collect()
    }
}
