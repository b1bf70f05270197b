//! The end of a child: its future or output is dropped, it is unlinked, and its block given back.

use core::alloc::Layout;
use core::mem;
use core::ptr::NonNull;
use core::task::Waker;

use super::Children;
use crate::foreign::{Finally, Plant, planted};
use crate::run::children::arena::free_heap_block;
use crate::run::children::child::{Header, Inside, Stage, VTable};
use crate::wake::handle::Handle;
use crate::wake::stored::Wake;

impl<const BYTES: usize> Children<BYTES> {
    /// Removes an ended child that cannot be named any more.
    ///
    /// # Safety
    /// `header` heads a live child of this parent that is not being polled. It may be gone
    /// afterwards.
    #[inline]
    pub(super) unsafe fn remove_if_forgotten(&self, header: NonNull<Header>) {
        // SAFETY: the caller's promise.
        let child = unsafe { header.as_ref() };
        if !child.has_handle.get() && matches!(child.stage.get(), Stage::Done | Stage::Over) {
            // SAFETY: live; without a handle it cannot be named any more.
            unsafe { self.remove(header) };
        }
    }

    /// Drops the child's future or output in place, tells its joiner, and removes it if
    /// it cannot be named.
    ///
    /// # Safety
    /// `header` heads a live child of this parent that is not being polled. It may be gone
    /// afterwards.
    pub(super) unsafe fn end(&self, header: NonNull<Header>) {
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
        // SAFETY: live and not being polled; `Ending` keeps all others from the body.
        unsafe { (child.vtable.clear)(header) };
    }

    /// Unlinks an ended child and gives its block back.
    ///
    /// # Safety
    /// `header` heads a live child of this parent that is not being polled, and is
    /// not used afterwards.
    pub(super) unsafe fn remove(&self, header: NonNull<Header>) {
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
    pub(super) unsafe fn give_back(&self, block: NonNull<u8>, layout: Layout, on_heap: bool) {
        if on_heap {
            // SAFETY: came from `heap_block` with this layout.
            unsafe { free_heap_block(block, layout) };
        } else {
            // SAFETY: came from this arena with this layout.
            unsafe { self.arena.give_back(block, layout) };
        }
    }
}
