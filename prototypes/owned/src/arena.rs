//! The static arena of builds without a heap: all tasks of the image, in one piece of RAM.
//!
//! Blocks that come back are used again for tasks of the same size; they are not split or
//! joined, which suits firmware whose tasks are of few types. The size is
//! `OWNED_TASK_BYTES` at build time. An image that spawns nothing does not link it.

use core::alloc::Layout;
use core::cell::{Cell, UnsafeCell};
use core::mem::MaybeUninit;
use core::ptr::{self, NonNull};

/// Bytes of the arena: what a small controller can spare.
const BYTES: usize = match option_env!("OWNED_TASK_BYTES") {
    Some(text) => match usize::from_str_radix(text, 10) {
        Ok(bytes) => bytes,
        Err(_) => panic!("OWNED_TASK_BYTES is not a number"),
    },
    None => 16 * 1024,
};

/// Alignment of the arena and of every block in it.
const ALIGN: usize = 16;

#[repr(C, align(16))]
struct Arena {
    bytes: UnsafeCell<[MaybeUninit<u8>; BYTES]>,
    used: Cell<usize>,
    free: Cell<*mut Free>,
}

/// Written into a block while it is free. Every block has room for it: sizes are multiples of 16.
struct Free {
    size: usize,
    next: *mut Free,
}

// SAFETY: without `std` there is one executor, which spawns and polls in thread mode only;
// interrupt handlers wake and never come here. The kernel's ambient context rests on the same.
unsafe impl Sync for Arena {}

static ARENA: Arena = Arena {
    bytes: UnsafeCell::new([MaybeUninit::uninit(); BYTES]),
    used: Cell::new(0),
    free: Cell::new(ptr::null_mut()),
};

/// A block for this layout; `None` when there is no room, or for an alignment beyond 16.
pub(crate) fn take(layout: Layout) -> Option<NonNull<u8>> {
    if layout.align() > ALIGN {
        return None;
    }
    let size = layout.size().next_multiple_of(ALIGN);
    let mut before: Option<NonNull<Free>> = None;
    let mut block = ARENA.free.get();
    while let Some(free) = NonNull::new(block) {
        // SAFETY: blocks in the list are free and hold a `Free`.
        let found = unsafe { free.read() };
        if found.size == size {
            match before {
                None => ARENA.free.set(found.next),
                // SAFETY: as above.
                Some(mut before) => unsafe { before.as_mut() }.next = found.next,
            }
            return Some(free.cast());
        }
        before = Some(free);
        block = found.next;
    }
    let offset = ARENA.used.get();
    if offset + size > BYTES {
        return None;
    }
    ARENA.used.set(offset + size);
    // SAFETY: within the array, just checked.
    NonNull::new(unsafe { ARENA.bytes.get().cast::<u8>().add(offset) })
}

/// Takes a block back.
///
/// # Safety
/// It came from [`take`] with this layout and is unused.
pub(crate) unsafe fn give_back(block: NonNull<u8>, layout: Layout) {
    let size = layout.size().next_multiple_of(ALIGN);
    let block = block.cast::<Free>();
    // SAFETY: unused, aligned to `ALIGN`, and not smaller than a `Free`.
    unsafe { block.write(Free { size, next: ARENA.free.get() }) };
    ARENA.free.set(block.as_ptr());
}
