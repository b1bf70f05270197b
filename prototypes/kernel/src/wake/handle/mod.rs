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
//! queue of woken slots and belongs to the code that polls them: an executor, a group, a scope.
//! Every slot is in one list; every list has a parent to wake, which is a slot again, or a
//! waker that is not ours, or nothing (the executor's own list). Waking a slot
//!
//! 1. sets its QUEUED bit; if it was set already, something is on the way, stop;
//! 2. pushes it on its list's stack; if the stack was not empty, stop as well;
//! 3. goes on with the list's parent.
//!
//! So a list wakes its parent once for all that is woken until the parent empties the stack
//! ([`List::collect`]). A parent that is polled and leaves the stack as it is has heard of it
//! and is not told again.
//!
//! An executor that blocks in the system is woken by a notifier. It leaves the notifier's number in
//! its empty stack; the code that pushes first finds it there and rings.
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
//! given back by the code that pops it, because its link is in use until then. The generation is
//! raised at freeing, so every older handle is stale from that moment on.
//!
//! Invariants, each checked by a loom model in `tests/loom.rs`:
//! - a wake that happens after the QUEUED bit was cleared is never lost;
//! - a node is linked in at most one stack;
//! - a node is not handed out again while it is linked.

#[cfg(loom)]
mod model;
mod node;
mod owners;
mod table;

use core::fmt;
use core::task::{RawWaker, RawWakerVTable, Waker};

#[cfg(not(loom))]
use self::node::{LIVE, Node};
#[cfg(not(loom))]
use crate::sync::Ordering;
use crate::wake::underway;

pub use node::{Handle, NODES};
#[cfg(all(feature = "io", not(loom)))]
pub use owners::Asleep;
#[cfg(feature = "tasks")]
pub use owners::Name;
pub use owners::{List, Slot};
pub use table::Table;

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
    #[inline]
    pub fn wake(self) {
        if underway::is_watched() {
            return wake_counted(self);
        }
        table().wake(self);
    }
}

/// Apart and by value, so that the others need no frame for it.
#[cold]
fn wake_counted(handle: Handle) {
    underway::counted(|| table().wake(handle));
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
