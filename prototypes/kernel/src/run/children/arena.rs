//! Memory for children: an arena in the parent's frame, and the heap beyond it.

use core::alloc::Layout;
use core::cell::{Cell, UnsafeCell};
use core::mem::MaybeUninit;
use core::ptr::{self, NonNull};

/// Alignment of the arena and of every block in it.
pub(super) const ALIGN: usize = 16;

/// Bytes in the frame, handed out in blocks. A block that comes back is used again for a
/// child that fits into it; blocks are not split or joined, which keeps every operation
/// short and suits scopes whose children are of few types.
pub(super) struct Arena<const BYTES: usize> {
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
    pub(super) fn new() -> Arena<BYTES> {
        Arena {
            bytes: UnsafeCell::new(Bytes([const { MaybeUninit::uninit() }; BYTES])),
            used: Cell::new(0),
            free: Cell::new(ptr::null_mut()),
        }
    }

    pub(super) fn has_room(&self, layout: Layout) -> bool {
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

    pub(super) fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
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
    pub(super) unsafe fn give_back(&self, block: NonNull<u8>, layout: Layout) {
        let size = layout.size().next_multiple_of(ALIGN);
        let block = block.cast::<FreeBlock>();
        // SAFETY: the block is unused, aligned to ALIGN, and larger than a `FreeBlock`.
        unsafe { block.write(FreeBlock { size, next: self.free.get() }) };
        self.free.set(block.as_ptr());
    }
}

#[cfg(feature = "alloc")]
pub(super) fn heap_block(layout: Layout) -> NonNull<u8> {
    // SAFETY: a child contains a header, so the size is not zero.
    let block = unsafe { alloc::alloc::alloc(layout) };
    NonNull::new(block).unwrap_or_else(|| alloc::alloc::handle_alloc_error(layout))
}

/// # Safety
/// The block came from [`heap_block`] with this layout.
#[cfg(feature = "alloc")]
pub(super) unsafe fn free_heap_block(block: NonNull<u8>, layout: Layout) {
    // SAFETY: the caller's promise.
    unsafe { alloc::alloc::dealloc(block.as_ptr(), layout) };
}

#[cfg(not(feature = "alloc"))]
pub(super) fn heap_block(layout: Layout) -> NonNull<u8> {
    panic!("the scope's arena has no room for a child of {} bytes", layout.size())
}

/// # Safety
/// Never called: without a heap no block comes from it.
#[cfg(not(feature = "alloc"))]
pub(super) unsafe fn free_heap_block(_: NonNull<u8>, _: Layout) {
    unreachable!("no block came from a heap")
}
