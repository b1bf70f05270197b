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

use core::alloc::Layout;
use core::cell::{Cell, UnsafeCell};
use core::fmt;
use core::future::Future;
use core::marker::{PhantomData, PhantomPinned};
use core::mem::{ManuallyDrop, MaybeUninit};
use core::pin::Pin;
use core::ptr::{self, NonNull};
use core::task::{Context, Poll, Waker};

use crate::count::{self, Counter};
use crate::handle::{List, Slot};
use crate::timer::store_waker;

/// Alignment of the arena and of every block in it.
const ALIGN: usize = 16;

/// Children of one parent, with `BYTES` of storage in place. Pinned: children never move.
pub struct Children<const BYTES: usize> {
    list: List,
    /// Oldest and newest child.
    first: Cell<*const Header>,
    last: Cell<*const Header>,
    live: Cell<usize>,
    arena: Arena<BYTES>,
    _pin: PhantomPinned,
}

impl<const BYTES: usize> fmt::Debug for Children<BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Children").field("live", &self.live).finish_non_exhaustive()
    }
}

/// Where a child stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Has a future that is not being polled.
    Waiting,
    /// Its future is being polled right now, so it cannot be dropped right now.
    Polling,
    /// Its future or output is being dropped right now.
    Ending,
    /// Has an output.
    Done,
    /// Has neither: cancelled, or its output was taken.
    Over,
}

/// What is the same for children of every type.
struct Header {
    slot: Slot,
    vtable: &'static VTable,
    stage: Cell<Stage>,
    /// Cancelled while it was being polled: drop the future right after the poll.
    cancelled: Cell<bool>,
    /// A handle exists and may still ask for the output.
    has_handle: Cell<bool>,
    on_heap: bool,
    joiner: Cell<Option<Waker>>,
    next: Cell<*const Header>,
    previous: Cell<*const Header>,
}

struct VTable {
    layout: Layout,
    /// Polls the future; true when the output has taken its place.
    poll: unsafe fn(NonNull<Header>, &mut Context<'_>) -> bool,
    /// Drops future or output, whichever is there, leaving neither.
    clear: unsafe fn(NonNull<Header>),
    /// Moves the output to the pointer, leaving neither.
    take: unsafe fn(NonNull<Header>, *mut ()),
}

/// A child of a known type; `Header` first, so a pointer to one is a pointer to the other.
#[repr(C)]
struct Child<F: Future> {
    header: Header,
    body: UnsafeCell<Body<F>>,
}

enum Body<F: Future> {
    Future(F),
    Output(F::Output),
    Empty,
}

impl<F: Future> Child<F> {
    const VTABLE: VTable = VTable {
        layout: Layout::new::<Child<F>>(),
        poll: Self::poll,
        clear: Self::clear,
        take: Self::take,
    };

    /// # Safety
    /// `header` heads a live `Child<F>`, and nobody else uses its body during the call.
    unsafe fn body<'a>(header: NonNull<Header>) -> &'a mut Body<F> {
        // SAFETY: the caller's promise on the type; `repr(C)` puts the header first.
        let child = unsafe { header.cast::<Child<F>>().as_ref() };
        // SAFETY: exclusive for the time of the call by the caller's promise.
        unsafe { &mut *child.body.get() }
    }

    unsafe fn poll(header: NonNull<Header>, cx: &mut Context<'_>) -> bool {
        // SAFETY: our caller's promise.
        let body = unsafe { Self::body(header) };
        let Body::Future(future) = body else {
            return true;
        };
        // SAFETY: the body stays in its block until it is cleared there.
        let Poll::Ready(output) = unsafe { Pin::new_unchecked(future) }.poll(cx) else {
            return false;
        };
        *body = Body::Empty;
        *body = Body::Output(output);
        true
    }

    unsafe fn clear(header: NonNull<Header>) {
        // SAFETY: our caller's promise. Assigning drops the future where it was pinned.
        let body = unsafe { Self::body(header) };
        *body = Body::Empty;
    }

    unsafe fn take(header: NonNull<Header>, to: *mut ()) {
        // SAFETY: our caller's promise.
        let body = unsafe { Self::body(header) };
        if let Body::Output(output) = core::mem::replace(body, Body::Empty) {
            // SAFETY: the caller gives room for one output.
            unsafe { to.cast::<F::Output>().write(output) };
        }
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
            first: Cell::new(ptr::null()),
            last: Cell::new(ptr::null()),
            live: Cell::new(0),
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
        let slot = self.list.slot(block.cast()).expect("the waker table has room for a child");
        let header = Header {
            slot,
            vtable: &Child::<F>::VTABLE,
            stage: Cell::new(Stage::Waiting),
            cancelled: Cell::new(false),
            has_handle: Cell::new(true),
            on_heap,
            joiner: Cell::new(None),
            next: Cell::new(ptr::null()),
            previous: Cell::new(self.last.get()),
        };
        let child = block.cast::<Child<F>>();
        // SAFETY: a fresh block of this layout.
        unsafe { child.write(Child { header, body: UnsafeCell::new(Body::Future(future)) }) };
        let header = child.cast::<Header>();
        // SAFETY: null or a live child of this parent.
        match unsafe { self.last.replace(header.as_ptr()).as_ref() } {
            Some(last) => last.next.set(header.as_ptr()),
            None => self.first.set(header.as_ptr()),
        }
        self.live.set(self.live.get() + 1);
        // SAFETY: written just now.
        unsafe { header.as_ref() }.slot.wake();
        RawChild { header, _output: PhantomData }
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
        self.list.collect();
        while let Some(user) = self.list.pop() {
            // SAFETY: slots of this list belong to live children: `remove` drops the slot.
            unsafe { self.poll_child(user.cast()) };
        }
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
            // SAFETY: live and not being polled.
            unsafe { self.remove_if_forgotten(header) };
            return;
        }
        count::add(Counter::TaskPolls, 1);
        // It owns nothing, and dropping it would be a call through its table.
        let waker = ManuallyDrop::new(child.slot.waker());
        child.stage.set(Stage::Polling);
        // A child that panics counts as waiting again, so that `clear` drops it.
        let unwound = Unwound(&child.stage);
        // SAFETY: live, and `Polling` keeps everybody else from the body.
        let done = unsafe { (child.vtable.poll)(header, &mut Context::from_waker(&waker)) };
        core::mem::forget(unwound);
        child.stage.set(if done { Stage::Done } else { Stage::Waiting });
        if done {
            self.live.set(self.live.get() - 1);
            if let Some(joiner) = child.joiner.take() {
                joiner.wake();
            }
        }
        if child.cancelled.get() {
            // SAFETY: live, and not being polled any more.
            unsafe { self.end(header) };
        }
        // SAFETY: live and not being polled.
        unsafe { self.remove_if_forgotten(header) };
    }

    /// Removes an ended child that nobody can name any more.
    ///
    /// # Safety
    /// `header` heads a live child of this parent that is not being polled.
    unsafe fn remove_if_forgotten(&self, header: NonNull<Header>) {
        // SAFETY: the caller's promise.
        let child = unsafe { header.as_ref() };
        if !child.has_handle.get() && matches!(child.stage.get(), Stage::Done | Stage::Over) {
            // SAFETY: live; without a handle nobody can name it any more.
            unsafe { self.remove(header) };
        }
    }

    /// Drops the child's future or output in place.
    ///
    /// # Safety
    /// `header` heads a live child of this parent that is not being polled.
    unsafe fn end(&self, header: NonNull<Header>) {
        // SAFETY: the caller's promise.
        let child = unsafe { header.as_ref() };
        if child.stage.replace(Stage::Ending) == Stage::Waiting {
            self.live.set(self.live.get() - 1);
        }
        // The destructor may panic, and may drop the child's own handle, which must not
        // remove what is being dropped.
        let ended = Ended(&child.stage);
        // SAFETY: live and not being polled; `Ending` keeps everybody else from the body.
        unsafe { (child.vtable.clear)(header) };
        drop(ended);
        if let Some(joiner) = child.joiner.take() {
            joiner.wake();
        }
    }

    /// Unlinks an ended child and gives its block back.
    ///
    /// # Safety
    /// `header` heads a live child of this parent that is not being polled, and nobody
    /// uses it afterwards.
    unsafe fn remove(&self, header: NonNull<Header>) {
        // SAFETY: the caller's promise.
        let child = unsafe { header.as_ref() };
        let (previous, next) = (child.previous.get(), child.next.get());
        // SAFETY: null or a live child of this parent.
        match unsafe { previous.as_ref() } {
            Some(previous) => previous.next.set(next),
            None => self.first.set(next),
        }
        // SAFETY: as above.
        match unsafe { next.as_ref() } {
            Some(next) => next.previous.set(previous),
            None => self.last.set(previous),
        }
        // SAFETY: live and not being polled. Drops a leftover output.
        unsafe { (child.vtable.clear)(header) };
        let (layout, on_heap) = (child.vtable.layout, child.on_heap);
        // SAFETY: the body is empty, so dropping the header drops all there is.
        unsafe { ptr::drop_in_place(header.as_ptr()) };
        if on_heap {
            // SAFETY: came from `heap_block` with this layout.
            unsafe { free_heap_block(header.cast(), layout) };
        } else {
            // SAFETY: came from this arena with this layout.
            unsafe { self.arena.give_back(header.cast(), layout) };
        }
    }

    /// Drops every child in place, in the order of spawning, and frees all blocks. If a
    /// destructor panics the others still run; a second panic aborts.
    ///
    /// # Aborts
    /// When called from inside a child's own poll or destructor: returning, or unwinding,
    /// would free the frame in which it runs (trap T9).
    pub fn clear(self: Pin<&Self>) {
        while let Some(header) = NonNull::new(self.first.get().cast_mut()) {
            // SAFETY: in this parent's list, so live.
            let child = unsafe { header.as_ref() };
            if matches!(child.stage.get(), Stage::Polling | Stage::Ending) {
                abort("a scope was dropped by its own child");
            }
            let rest = Rest(self);
            // SAFETY: live and not being polled.
            unsafe { self.end(header) };
            // SAFETY: as above; `spawn` obliges the caller not to use the handle any more.
            unsafe { self.remove(header) };
            core::mem::forget(rest);
        }
    }

    /// Cancels every child: each is dropped when its turn to be polled comes, instead of
    /// being polled. Runs no destructor itself, so it may be called from inside a child.
    pub fn cancel_all(&self) {
        // SAFETY: links are null or lead to live children.
        let mut next = unsafe { self.first.get().as_ref() };
        while let Some(child) = next {
            if matches!(child.stage.get(), Stage::Waiting | Stage::Polling) {
                child.cancelled.set(true);
                child.slot.wake();
            }
            // SAFETY: as above; waking runs wakers, which cannot reach this parent.
            next = unsafe { child.next.get().as_ref() };
        }
    }
}

/// Goes on clearing when a destructor has panicked.
struct Rest<'a, const BYTES: usize>(Pin<&'a Children<BYTES>>);

impl<const BYTES: usize> Drop for Rest<'_, BYTES> {
    fn drop(&mut self) {
        self.0.clear();
    }
}

/// Ends the process: a panic inside a panic aborts, with and without `std`.
fn abort(why: &str) -> ! {
    struct Twice;
    impl Drop for Twice {
        fn drop(&mut self) {
            panic!("aborting");
        }
    }
    let _twice = Twice;
    panic!("{why}");
}

impl<const BYTES: usize> Default for Children<BYTES> {
    fn default() -> Self {
        Children::new()
    }
}

/// Puts a panicking child back to waiting.
struct Unwound<'a>(&'a Cell<Stage>);

impl Drop for Unwound<'_> {
    fn drop(&mut self) {
        self.0.set(Stage::Waiting);
    }
}

/// Says that the body is gone, also when its destructor panicked.
struct Ended<'a>(&'a Cell<Stage>);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.set(Stage::Over);
    }
}

/// Names one child. A design wraps it with a lifetime, so that it is not used after
/// [`Children::clear`].
pub struct RawChild<T> {
    header: NonNull<Header>,
    _output: PhantomData<T>,
}

impl<T> fmt::Debug for RawChild<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawChild").finish_non_exhaustive()
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
        match child.stage.get() {
            Stage::Waiting | Stage::Polling => {
                store_waker(&child.joiner, cx.waker());
                Poll::Pending
            }
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
        child.joiner.set(None);
        if matches!(child.stage.get(), Stage::Done | Stage::Over) {
            // SAFETY: live, ended, and without a handle.
            unsafe { parent.remove(self.header) };
        }
    }
}

/// Bytes in the frame, handed out in blocks. A block that comes back is used again for a
/// child that fits into it; blocks are not split or joined, which keeps every operation
/// short and suits scopes whose children are of few types.
struct Arena<const BYTES: usize> {
    bytes: UnsafeCell<Bytes<BYTES>>,
    used: Cell<usize>,
    free: Cell<*mut FreeBlock>,
}

#[repr(C, align(16))]
struct Bytes<const BYTES: usize>([MaybeUninit<u8>; BYTES]);

/// Written into a block while it is free. Every block has room for it: a header is larger.
struct FreeBlock {
    size: usize,
    next: *mut FreeBlock,
}

impl<const BYTES: usize> Arena<BYTES> {
    #[inline(always)]
    fn new() -> Arena<BYTES> {
        Arena {
            bytes: UnsafeCell::new(Bytes([const { MaybeUninit::uninit() }; BYTES])),
            used: Cell::new(0),
            free: Cell::new(ptr::null_mut()),
        }
    }

    fn has_room(&self, layout: Layout) -> bool {
        let size = layout.size().next_multiple_of(ALIGN);
        let mut block = self.free.get();
        while let Some(free) = NonNull::new(block) {
            // SAFETY: blocks in the list are free and hold a `FreeBlock`.
            let found = unsafe { free.read() };
            if found.size == size {
                return layout.align() <= ALIGN;
            }
            block = found.next;
        }
        layout.align() <= ALIGN && self.used.get() + size <= BYTES
    }

    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        if layout.align() > ALIGN {
            return None;
        }
        let size = layout.size().next_multiple_of(ALIGN);
        let mut link: Option<NonNull<FreeBlock>> = None;
        let mut block = self.free.get();
        while let Some(free) = NonNull::new(block) {
            // SAFETY: blocks in the list are free and hold a `FreeBlock`.
            let found = unsafe { free.read() };
            if found.size == size {
                match link {
                    None => self.free.set(found.next),
                    // SAFETY: as above.
                    Some(mut previous) => unsafe { previous.as_mut() }.next = found.next,
                }
                return Some(free.cast());
            }
            link = Some(free);
            block = found.next;
        }
        let offset = self.used.get();
        if offset + size > BYTES {
            return None;
        }
        self.used.set(offset + size);
        // SAFETY: within the array, just checked.
        let block = unsafe { self.bytes.get().cast::<u8>().add(offset) };
        NonNull::new(block)
    }

    /// # Safety
    /// The block came from [`Arena::take`] with this layout and is unused.
    unsafe fn give_back(&self, block: NonNull<u8>, layout: Layout) {
        let size = layout.size().next_multiple_of(ALIGN);
        let block = block.cast::<FreeBlock>();
        // SAFETY: the block is unused, aligned to ALIGN, and larger than a `FreeBlock`.
        unsafe { block.write(FreeBlock { size, next: self.free.get() }) };
        self.free.set(block.as_ptr());
    }
}

#[cfg(feature = "alloc")]
fn heap_block(layout: Layout) -> NonNull<u8> {
    // SAFETY: a child contains a header, so the size is not zero.
    let block = unsafe { alloc::alloc::alloc(layout) };
    NonNull::new(block).unwrap_or_else(|| alloc::alloc::handle_alloc_error(layout))
}

/// # Safety
/// The block came from [`heap_block`] with this layout.
#[cfg(feature = "alloc")]
unsafe fn free_heap_block(block: NonNull<u8>, layout: Layout) {
    // SAFETY: the caller's promise.
    unsafe { alloc::alloc::dealloc(block.as_ptr(), layout) };
}

#[cfg(not(feature = "alloc"))]
fn heap_block(layout: Layout) -> NonNull<u8> {
    panic!("the scope's arena has no room for a child of {} bytes", layout.size())
}

/// # Safety
/// Never called: without a heap no block comes from it.
#[cfg(not(feature = "alloc"))]
unsafe fn free_heap_block(_: NonNull<u8>, _: Layout) {
    unreachable!("no block came from a heap")
}
