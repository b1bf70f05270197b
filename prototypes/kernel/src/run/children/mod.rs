//! Storage for the children of a scope or group: in the frame, or on the heap beyond it.
//!
//! Children of different types share one arena of bytes that is part of the parent's
//! frame, linked in an intrusive list; each has a slot in the parent's ready list, so a
//! wake costs the same for any number of siblings and a poll touches only woken children.
//! With the feature `alloc` a child for which the arena has no room gets a heap block of
//! its own; without it, that is a panic.
//!
//! *Who drives the children, and when, is the design's*: this module only says how. It is
//! also ignorant of lifetimes, which is why [`Children::spawn`] is unsafe; each design
//! wraps it in a scope whose borrow checker keeps the promise.
//!
//! Foreign code runs in the poll of a child's future, in the destructors of futures and outputs,
//! and in the wakers of joiners and of the parent. The stage says who may touch what meanwhile:
//!
//! ```text
//!   Waiting ⇄ Polling ──► Done ──► Over       ready, then joined
//!      └──► Ending ◄────────┘ ──► Over        cancelled, or the scope is dropped
//! ```
//!
//! `Stage` (`child.rs`) says of each who enters it, from where, and what it excludes. A poll and
//! what follows it is in `turn.rs`, the end of a child in `end.rs`, what a handle asks for in
//! `handle.rs`; this file is the parent's part.
//!
//! A child is removed, and its wakers name nothing, before a destructor of its output may run
//! for the last time; its memory is given back afterwards, also after a panic.

mod arena;
mod ask;
mod child;
mod end;
mod handle;
mod turn;

use core::cell::{Cell, UnsafeCell};
use core::fmt;
use core::future::Future;
use core::marker::PhantomPinned;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Waker};

pub use self::child::RawChild;
use crate::foreign::{Finally, abort};
use crate::list::{IntrusiveList, Links};
use crate::run::children::arena::{ALIGN, Arena, heap_block};
use crate::run::children::child::{Body, Child, Header, Stage};
use crate::wake::handle::List;

/// Children of one parent, with `BYTES` of storage in place. Pinned: children never move.
pub struct Children<const BYTES: usize> {
    list: List,
    /// In the order of spawning.
    all: IntrusiveList<Header>,
    live: Cell<usize>,
    /// Calls of foreign code in the memory of children that are not in the list any more, which
    /// have not returned.
    inside: Cell<usize>,
    arena: Arena<BYTES>,
    _pin: PhantomPinned,
}

impl<const BYTES: usize> fmt::Debug for Children<BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Children").field("live", &self.live).finish_non_exhaustive()
    }
}

impl<const BYTES: usize> Children<BYTES> {
    /// No children.
    ///
    /// Always inlined: called, it would copy the whole uninitialised arena to its place.
    ///
    /// # Panics
    /// When the waker table is full.
    #[must_use]
    #[inline(always)]
    pub fn new() -> Children<BYTES> {
        Children {
            list: List::new().expect("the waker table has room for one more list"),
            all: IntrusiveList::new(),
            live: Cell::new(0),
            inside: Cell::new(0),
            arena: Arena::new(),
            _pin: PhantomPinned,
        }
    }

    /// Bytes that a child of this type takes, bookkeeping included.
    #[must_use]
    pub const fn bytes_of<F: Future>() -> usize {
        size_of::<Child<F>>().next_multiple_of(ALIGN)
    }

    /// Whether a child of this type fits into the frame now.
    #[must_use]
    pub fn has_room<F: Future>(&self) -> bool {
        self.arena.has_room(Child::<F>::VTABLE.layout)
    }

    /// Children that have not ended.
    #[must_use]
    pub fn live(&self) -> usize {
        self.live.get()
    }

    /// Adds a child and queues it for its first poll, waking the parent.
    ///
    /// # Safety
    /// [`Children::clear`] is called before anything that the future borrows ends, and
    /// before the memory of `self` is reused. The handle is not used after that.
    ///
    /// # Panics
    /// When the arena is full and there is no heap, or the waker table is full.
    pub unsafe fn spawn<F: Future>(self: Pin<&Self>, future: F) -> RawChild<F::Output> {
        let layout = Child::<F>::VTABLE.layout;
        let (block, on_heap) = match self.arena.take(layout) {
            Some(block) => (block, false),
            None => (heap_block(layout), true),
        };
        // SAFETY: `remove` drops it, at the latest in `clear`, which comes before the list is
        // dropped.
        let Ok(slot) = (unsafe { self.list.slot(block.cast()) }) else {
            // SAFETY: the block came from there just now.
            unsafe { self.give_back(block, layout, on_heap) };
            panic!("the waker table has no room for a child");
        };
        let header = Header {
            slot,
            vtable: &Child::<F>::VTABLE,
            stage: Cell::new(Stage::Waiting),
            cancelled: Cell::new(false),
            has_handle: Cell::new(true),
            on_heap,
            joiner: Cell::new(None),
            links: Links::new(),
        };
        let child = block.cast::<Child<F>>();
        // SAFETY: a fresh block of this layout.
        unsafe { child.write(Child { header, body: UnsafeCell::new(Body::Future(future)) }) };
        let header = child.cast::<Header>();
        // SAFETY: fresh, so in no list; `remove` takes it out before its block is given back.
        unsafe { self.all.push(header) };
        self.live.set(self.live.get() + 1);
        // SAFETY: written just now.
        let child = unsafe { header.as_ref() };
        // The handle is lost when the waker panics.
        let no_handle = Finally(|| child.has_handle.set(false));
        // FOREIGN: wake of the parent. The child is whole.
        child.slot.wake();
        mem::forget(no_handle);
        RawChild::new(header)
    }

    /// Polls every child that was woken before this call, once each; later wakes wake the
    /// parent again. Call it whenever the parent is polled and wants its children to move.
    pub fn drive(self: Pin<&Self>, cx: &mut Context<'_>) {
        self.adopt(cx.waker());
        self.drive_woken();
    }

    /// Says whom to wake when a child is woken. Call it whenever the parent is polled.
    pub fn adopt(self: Pin<&Self>, waker: &Waker) {
        self.list.adopt(waker);
    }

    /// As [`Children::drive`] for a parent that was adopted in the current poll: from deeper
    /// inside the parent, where the waker at hand need not be the parent's own.
    pub fn drive_woken(self: Pin<&Self>) {
        // SAFETY: slots of this list belong to live children: `remove` drops the slot.
        self.list.each(|user| unsafe { self.poll_child(user.cast()) });
    }

    /// Drops every child in place, in the order of spawning, and frees all blocks. If a
    /// destructor panics the others still run; a second panic aborts.
    ///
    /// # Aborts
    /// When called from inside a child's own poll or destructor: returning, or unwinding,
    /// would free the frame in which it runs (trap T9).
    pub fn clear(self: Pin<&Self>) {
        if self.inside.get() > 0 {
            abort("a scope was dropped by its own child");
        }
        let rest = Finally(|| self.clear());
        // Read again each time: a destructor may end others.
        while let Some(header) = self.all.first() {
            // SAFETY: in this parent's list, so live.
            let child = unsafe { header.as_ref() };
            // `spawn` obliges the caller not to use the handle any more.
            child.has_handle.set(false);
            match child.stage.get() {
                // SAFETY: live and not being polled.
                Stage::Waiting => unsafe { self.end(header) },
                Stage::Polling | Stage::Ending => abort("a scope was dropped by its own child"),
                // SAFETY: ended: nothing of a child runs.
                Stage::Done | Stage::Over => unsafe { self.remove(header) },
            }
        }
        mem::forget(rest);
    }

    /// Cancels every child: each is dropped when its turn to be polled comes, instead of
    /// being polled. Runs no destructor itself, so it may be called from inside a child.
    pub fn cancel_all(&self) {
        self.queue_all(|child| child.cancelled.set(true));
    }

    #[inline(always)]
    fn queue_all(&self, mark: impl Fn(&Header)) {
        let (mut next, mut tell) = (self.all.first(), false);
        while let Some(header) = next {
            // SAFETY: in this parent's list, so live. Queueing wakes no task, so the list stays as
            // it is until the loop has ended.
            let child = unsafe { header.as_ref() };
            if matches!(child.stage.get(), Stage::Waiting | Stage::Polling) {
                mark(child);
                tell |= self.list.queue(&child.slot);
            }
            // SAFETY: as above.
            next = unsafe { self.all.after(header) };
        }
        if tell {
            // FOREIGN: wake of the parent.
            self.list.tell();
        }
    }
}

impl<const BYTES: usize> Default for Children<BYTES> {
    fn default() -> Self {
        Children::new()
    }
}
