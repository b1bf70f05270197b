//! Where the blocks of tasks come from: the heap, one static arena, or a pool.

use core::alloc::Layout;
use core::marker::PhantomData;
use core::mem;
use core::ptr::{self, NonNull};

use kernel::sync::{AtomicUsize, Ordering};

/// A kind of memory for blocks.
pub(crate) trait Store {
    /// Takes a block back.
    ///
    /// # Safety
    /// The block came from this store with this layout and is unused.
    unsafe fn give_back(block: NonNull<u8>, layout: Layout);
}

/// Room for one `T`. Given back when it is dropped.
pub(crate) struct Place<T, S: Store> {
    block: NonNull<T>,
    _store: PhantomData<S>,
}

impl<T, S: Store> Place<T, S> {
    /// Memory that the store has handed out for a `T`.
    pub(crate) fn taken(block: NonNull<T>) -> Place<T, S> {
        Place { block, _store: PhantomData }
    }

    /// Moves a value in.
    pub(crate) fn fill(self, value: T) -> Filled<T, S> {
        // SAFETY: room for a `T`, and nothing else's.
        unsafe { self.block.write(value) };
        Filled(mem::ManuallyDrop::new(self))
    }

    /// Drops the value in it, then gives the memory back, also when the destructor panics.
    ///
    /// # Safety
    /// There is a value, and nothing uses it any more.
    pub(crate) unsafe fn drop_contents(self) {
        // SAFETY: the caller's promise.
        unsafe { ptr::drop_in_place(self.block.as_ptr()) };
    }
}

impl<T, S: Store> Drop for Place<T, S> {
    fn drop(&mut self) {
        // SAFETY: `taken` got it from this store, with this layout; its value is gone.
        unsafe { S::give_back(self.block.cast(), Layout::new::<T>()) };
    }
}

/// A place with a value. Dropping it drops both; forgetting it leaves both.
pub(crate) struct Filled<T, S: Store>(mem::ManuallyDrop<Place<T, S>>);

impl<T, S: Store> Filled<T, S> {
    /// The value, which does not move any more.
    pub(crate) fn pointer(&mut self) -> NonNull<T> {
        self.0.block
    }
}

impl<T, S: Store> Drop for Filled<T, S> {
    fn drop(&mut self) {
        // SAFETY: taken once, here.
        let place = unsafe { mem::ManuallyDrop::take(&mut self.0) };
        // SAFETY: `fill` wrote it, and the code that got the pointer said that it is not used.
        unsafe { place.drop_contents() };
    }
}

/// What [`spawn`](crate::spawn) uses.
pub(crate) enum Heap {}

#[cfg(feature = "alloc")]
impl Heap {
    /// A block from the heap: the one allocation of a task.
    pub(crate) fn place<T>() -> Place<T, Heap> {
        let layout = Layout::new::<T>();
        // SAFETY: what is placed has a head or a count, so the size is not zero.
        let block = unsafe { alloc::alloc::alloc(layout) };
        let block = NonNull::new(block).unwrap_or_else(|| alloc::alloc::handle_alloc_error(layout));
        Place::taken(block.cast())
    }
}

#[cfg(feature = "alloc")]
impl Store for Heap {
    unsafe fn give_back(block: NonNull<u8>, layout: Layout) {
        // SAFETY: `place` got it from the allocator with this layout.
        unsafe { alloc::alloc::dealloc(block.as_ptr(), layout) };
    }
}

/// Without a heap, a block from the arena of this build.
#[cfg(not(feature = "alloc"))]
impl Heap {
    /// # Panics
    /// When the arena has no room.
    pub(crate) fn place<T>() -> Place<T, Heap> {
        let layout = Layout::new::<T>();
        match crate::arena::take(layout) {
            Some(block) => Place::taken(block.cast()),
            None => panic!("the arena has no room for a task of {} bytes", layout.size()),
        }
    }
}

#[cfg(not(feature = "alloc"))]
impl Store for Heap {
    unsafe fn give_back(block: NonNull<u8>, layout: Layout) {
        // SAFETY: `place` got it from the arena with this layout.
        unsafe { crate::arena::give_back(block, layout) };
    }
}

/// Rooms of a [`StaticPool`](crate::StaticPool).
pub(crate) enum Pool {}

impl Store for Pool {
    unsafe fn give_back(block: NonNull<u8>, layout: Layout) {
        let flag = Layout::new::<AtomicUsize>();
        let (_, offset) = layout.extend(flag).expect("a room has this layout");
        // SAFETY: within the room, from whose pointer the block's was made.
        let taken = unsafe { block.add(offset) }.cast::<AtomicUsize>();
        // SAFETY: the flag behind the block (`repr(C)`), which is atomic and in a static.
        unsafe { taken.as_ref() }.store(0, Ordering::Release);
    }
}
