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
//!      └──► Ending ◄────────┘ ──► Over        cancelled, or the scope goes
//! ```
//!
//! `Stage` (`child.rs`) says of each who enters it, from where, and what it excludes.
//!
//! A child is removed, and its wakers name nothing, before a destructor of its output may run
//! for the last time; its memory is given back afterwards, also after a panic.

mod arena;
mod ask;
mod child;

use core::alloc::Layout;
use core::cell::{Cell, UnsafeCell};
use core::fmt;
use core::future::Future;
use core::marker::PhantomPinned;
use core::mem::{self, ManuallyDrop, MaybeUninit};
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll, Waker};

pub use self::child::RawChild;
use crate::count::{self, Counter};
use crate::foreign::{Finally, Plant, abort, planted};
use crate::list::{IntrusiveList, Links};
use crate::run::children::arena::{ALIGN, Arena, free_heap_block, heap_block};

use crate::run::children::child::{Body, Child, Header, Inside, Stage, VTable};
use crate::wake::handle::{Handle, List};
use crate::wake::stored::{Wake, let_go, store_waker};

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
        // SAFETY: `remove` drops it, at the latest in `clear`, which comes before the list goes.
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
        // Nobody gets the handle when the waker panics.
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

    /// # Safety
    /// `header` heads a live child of this parent.
    unsafe fn poll_child(self: Pin<&Self>, header: NonNull<Header>) {
        // SAFETY: the caller's promise.
        let child = unsafe { header.as_ref() };
        if child.stage.get() != Stage::Waiting {
            return;
        }
        if child.cancelled.get() {
            // SAFETY: live and waiting.
            unsafe { self.end(header) };
            return;
        }
        count::add(Counter::TaskPolls, 1);
        // It owns nothing, and dropping it would be a call through its table.
        let waker = ManuallyDrop::new(child.slot.waker());
        child.stage.set(Stage::Polling);
        if planted(Plant::MissingGuard) {
            // SAFETY: as below.
            unsafe { (child.vtable.poll)(header, &mut Context::from_waker(&waker)) };
            // SAFETY: as below.
            return unsafe { self.settle(header) };
        }
        // SAFETY: live until then: a child that is being polled is not removed.
        let panicked = Finally(|| unsafe { self.panicked(header) });
        // FOREIGN: the poll of the future and its destructor. `panicked` follows a panic.
        // SAFETY: live, and `Polling` keeps everybody else from the body.
        unsafe { (child.vtable.poll)(header, &mut Context::from_waker(&waker)) };
        mem::forget(panicked);
        if child.stage.get() == Stage::Polling && !child.cancelled.get() {
            // Nothing else follows a poll that was pending.
            child.stage.set(Stage::Waiting);
            return;
        }
        // SAFETY: as above.
        unsafe { self.settle(header) };
    }

    /// What follows a poll that panicked. The child is cancelled, unless it has become ready: it
    /// is dropped at its next turn, if there is one, and by `clear` at the latest.
    ///
    /// # Safety
    /// `header` heads a live child of this parent, which was being polled.
    #[cold]
    unsafe fn panicked(&self, header: NonNull<Header>) {
        // SAFETY: the caller's promise.
        let child = unsafe { header.as_ref() };
        if child.stage.get() == Stage::Done {
            // SAFETY: the caller's promise.
            return unsafe { self.settle(header) };
        }
        child.stage.set(Stage::Waiting);
        child.cancelled.set(true);
        // FOREIGN: wake of the parent. The child is settled.
        child.slot.wake();
    }

    /// What follows a poll.
    ///
    /// # Safety
    /// `header` heads a live child of this parent, which was being polled.
    #[inline(always)]
    unsafe fn settle(&self, header: NonNull<Header>) {
        // SAFETY: the caller's promise.
        let child = unsafe { header.as_ref() };
        let mut joiner = Wake::nothing();
        if child.stage.get() == Stage::Done {
            self.live.set(self.live.get() - 1);
            joiner = Wake::take(&child.joiner);
        } else {
            child.stage.set(Stage::Waiting);
        }
        if child.cancelled.get() {
            // SAFETY: live, and not being polled any more.
            unsafe { self.end(header) };
        } else {
            // SAFETY: live and not being polled.
            unsafe { self.remove_if_forgotten(header) };
        }
        // FOREIGN: wake. The child is settled, and not used afterwards.
        joiner.now();
    }

    /// Removes an ended child that nobody can name any more.
    ///
    /// # Safety
    /// `header` heads a live child of this parent that is not being polled. It may be gone
    /// afterwards.
    #[inline]
    unsafe fn remove_if_forgotten(&self, header: NonNull<Header>) {
        // SAFETY: the caller's promise.
        let child = unsafe { header.as_ref() };
        if !child.has_handle.get() && matches!(child.stage.get(), Stage::Done | Stage::Over) {
            // SAFETY: live; without a handle nobody can name it any more.
            unsafe { self.remove(header) };
        }
    }

    /// Drops the child's future or output in place, tells its joiner, and removes it if nobody
    /// can name it.
    ///
    /// # Safety
    /// `header` heads a live child of this parent that is not being polled. It may be gone
    /// afterwards.
    unsafe fn end(&self, header: NonNull<Header>) {
        // SAFETY: the caller's promise.
        let child = unsafe { header.as_ref() };
        if child.stage.replace(Stage::Ending) == Stage::Waiting {
            self.live.set(self.live.get() - 1);
        }
        let _ended = Finally(|| {
            // SAFETY: live until now: a child that is ending is not removed.
            let child = unsafe { header.as_ref() };
            child.stage.set(Stage::Over);
            let joiner = Wake::take(&child.joiner);
            // SAFETY: live and not being polled.
            unsafe { self.remove_if_forgotten(header) };
            // FOREIGN: wake. The child is not used afterwards.
            joiner.now();
        });
        // FOREIGN: the destructor. It may panic, and may drop the child's own handle, which must
        // not remove what is being dropped.
        // SAFETY: live and not being polled; `Ending` keeps everybody else from the body.
        unsafe { (child.vtable.clear)(header) };
    }

    /// Unlinks an ended child and gives its block back.
    ///
    /// # Safety
    /// `header` heads a live child of this parent that is not being polled, and nobody
    /// uses it afterwards.
    unsafe fn remove(&self, header: NonNull<Header>) {
        // SAFETY: a live child of this parent.
        unsafe { self.all.remove(header) };
        // SAFETY: live; what is read here is not used again in its block.
        let Header { slot, vtable, on_heap, joiner, stage, .. } = unsafe { header.read() };
        if planted(Plant::SlotFreedWhileListed) && stage.get() == Stage::Done {
            mem::forget(slot);
        } else {
            // From here on its wakers name nothing.
            drop(slot);
        }
        let joiner = joiner.into_inner().filter(|joiner| Handle::of(joiner).is_none());
        let has_output = stage.get() == Stage::Done && vtable.drops_output;
        if has_output || joiner.is_some() {
            // SAFETY: as below, and the caller's promise.
            return unsafe { self.remove_rest(header, vtable, on_heap, has_output, joiner) };
        }
        // SAFETY: from `spawn`, with this layout; nothing is left in it that a destructor is for.
        unsafe { self.give_back(header.cast(), vtable.layout, on_heap) };
    }

    /// Gives the block of a child back whose output was not taken, or whose joiner is not ours.
    ///
    /// # Safety
    /// It was unlinked just now, from the block at `header`, which came from `spawn` with this
    /// table; it is not used afterwards.
    #[inline(never)]
    unsafe fn remove_rest(
        &self,
        header: NonNull<Header>,
        vtable: &'static VTable,
        on_heap: bool,
        has_output: bool,
        joiner: Option<Waker>,
    ) {
        // SAFETY: from `spawn`, with this layout; the body is empty then.
        let _block = Finally(|| unsafe { self.give_back(header.cast(), vtable.layout, on_heap) });
        let _inside = Inside::new(&self.inside);
        if has_output {
            // FOREIGN: the destructor of an output that was not taken.
            // SAFETY: not being polled, and in no list: nothing else can reach the body.
            unsafe { (vtable.clear)(header) };
        }
        // FOREIGN: drop of a waker that was not needed.
        drop(joiner);
    }

    /// # Safety
    /// The block came from this parent's arena, or from the heap, with this layout, and is unused.
    unsafe fn give_back(&self, block: NonNull<u8>, layout: Layout, on_heap: bool) {
        if on_heap {
            // SAFETY: came from `heap_block` with this layout.
            unsafe { free_heap_block(block, layout) };
        } else {
            // SAFETY: came from this arena with this layout.
            unsafe { self.arena.give_back(block, layout) };
        }
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
            // SAFETY: in this parent's list, so live. Queueing wakes nobody, so the list stays as
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

impl<T> RawChild<T> {
    /// # Safety
    /// As for all methods: before [`Children::clear`].
    unsafe fn header(&self) -> &Header {
        // SAFETY: a child with a handle is removed by `clear` or `detach` only.
        unsafe { self.header.as_ref() }
    }

    /// Whether the child has ended, one way or the other.
    ///
    /// # Safety
    /// Not after [`Children::clear`] of its parent.
    #[must_use]
    pub unsafe fn is_over(&self) -> bool {
        // SAFETY: the caller's promise.
        let child = unsafe { self.header() };
        matches!(child.stage.get(), Stage::Ending | Stage::Done | Stage::Over)
    }

    /// Waits for the end. `Some` output, or `None` if the child was cancelled or its output
    /// was taken before.
    ///
    /// # Safety
    /// Not after [`Children::clear`] of its parent.
    pub unsafe fn poll_join(&self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        // SAFETY: the caller's promise.
        let child = unsafe { self.header() };
        if matches!(child.stage.get(), Stage::Waiting | Stage::Polling) {
            store_waker(&child.joiner, cx.waker());
        }
        // Looked at after that: the clone may have cancelled it.
        match child.stage.get() {
            Stage::Waiting | Stage::Polling => Poll::Pending,
            Stage::Ending | Stage::Over => Poll::Ready(None),
            Stage::Done => {
                let mut output = MaybeUninit::<T>::uninit();
                // SAFETY: live; `Done` means that nobody polls and an output is there; T is
                // its type.
                unsafe { (child.vtable.take)(self.header, output.as_mut_ptr().cast()) };
                child.stage.set(Stage::Over);
                // SAFETY: `take` wrote it.
                Poll::Ready(Some(unsafe { output.assume_init() }))
            }
        }
    }

    /// Drops the child's future in place; at the end of its poll if it is being polled.
    ///
    /// # Safety
    /// `parent` is the one that spawned it, and was not cleared.
    pub unsafe fn cancel<const BYTES: usize>(&self, parent: Pin<&Children<BYTES>>) {
        // SAFETY: the caller's promise.
        let child = unsafe { self.header() };
        match child.stage.get() {
            Stage::Polling => child.cancelled.set(true),
            // SAFETY: live and not being polled.
            Stage::Waiting => unsafe { parent.end(self.header) },
            Stage::Ending | Stage::Done | Stage::Over => {}
        }
    }

    /// Gives the handle up: the child goes on, its output is dropped.
    ///
    /// # Safety
    /// `parent` is the one that spawned it, and was not cleared. The handle is not used
    /// afterwards.
    pub unsafe fn detach<const BYTES: usize>(&self, parent: Pin<&Children<BYTES>>) {
        // SAFETY: the caller's promise.
        let child = unsafe { self.header() };
        child.has_handle.set(false);
        // Also after a panic, where it is dropped as what it is.
        let joiner = child.joiner.take();
        // SAFETY: live; removed only if it is neither being polled nor dropped.
        unsafe { parent.remove_if_forgotten(self.header) };
        let_go(joiner);
    }
}
