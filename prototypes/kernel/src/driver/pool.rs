//! Buffers that the kernel chooses from: a receive takes one only when bytes are there.
//!
//! A driver that has such receives registers the pool and reports in the word of a completion
//! which buffer was chosen (`CHOSEN`, `ID_SHIFT`).
//!
//! A thousand idle connections then hold no memory. The price is a finite resource that
//! operations hold after they have ended, until their result is looked at. What this pool
//! promises about it:
//!
//! - Nothing waits for a buffer. A receive that finds bytes and no buffer ends at once with
//!   `-ENOBUFS`, the bytes stay in the socket, and the caller decides: receive again later,
//!   or into a buffer of its own. So an operation that is complete and not looked at, and
//!   holds the last buffer, shows as an error of the others and never as silence.
//! - A buffer comes back when its [`Provided`] is dropped, and also when the operation was
//!   cancelled or its leaf is gone: whatever the completion says, a selected buffer has an
//!   owner.
//! - [`Pool::held`] says how many are out.

use core::cell::Cell;
use core::ffi::c_void;
use core::fmt;
use core::ops::Deref;
use core::slice;
use std::rc::Rc;
use std::string::String;

use crate::driver::mapping::{Mapping, index};
use crate::sync::{AtomicU16, Ordering};

/// In the driver's word of an operation: a buffer was chosen, and its number is in the bits from
/// [`ID_SHIFT`] on.
pub(super) const CHOSEN: u32 = 1;
/// See [`CHOSEN`].
pub(super) const ID_SHIFT: u32 = 16;

/// Bytes of an entry of the list of free buffers, as the system reads it: where its address, its
/// length and its number lie.
pub(super) const ENTRY: usize = 16;
pub(super) const ADDRESS: usize = 0;
pub(super) const LENGTH: usize = 8;
pub(super) const NUMBER: usize = 12;
/// Where the list's tail lies: in the part of the first entry that no entry uses.
pub(super) const TAIL: usize = 14;

/// A pool of buffers, registered with one driver.
pub struct Pool {
    /// Which buffers are free.
    list: Mapping,
    memory: Mapping,
    count: u16,
    size: u32,
    tail: Cell<u16>,
    held: Cell<u16>,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("count", &self.count)
            .field("size", &self.size)
            .field("held", &self.held)
            .finish_non_exhaustive()
    }
}

impl Pool {
    /// `count` buffers of `size` bytes each, which are all out as yet.
    pub(super) fn new(count: u16, size: u32) -> Result<Pool, String> {
        if !count.is_power_of_two() || count > 32_768 || size == 0 {
            return Err(std::format!("{count} buffers of {size} bytes: not a power of two"));
        }
        let told = |errno| std::format!("no memory for a pool of buffers: {errno}");
        Ok(Pool {
            list: Mapping::anonymous(usize::from(count) * ENTRY).map_err(told)?,
            memory: Mapping::anonymous(usize::from(count) * index(size)).map_err(told)?,
            count,
            size,
            tail: Cell::new(0),
            held: Cell::new(count),
        })
    }

    /// The list of free buffers, for the driver that registers it.
    pub(super) fn list(&self) -> *mut c_void {
        self.list.at(0)
    }

    /// Lets the kernel choose any of them, once it knows the list.
    pub(super) fn fill(&self) {
        (0..self.count).for_each(|id| self.give_back(id));
    }

    /// Buffers of the pool.
    #[must_use]
    pub fn count(&self) -> u16 {
        self.count
    }

    /// Buffers that the kernel cannot choose now: selected by an operation that has ended,
    /// and not given back.
    #[must_use]
    pub fn held(&self) -> u16 {
        self.held.get()
    }

    fn bytes<T>(&self, id: u16) -> *mut T {
        self.memory.at(usize::from(id) * index(self.size))
    }

    /// Lets the kernel choose a buffer again.
    fn give_back(&self, id: u16) {
        let tail = self.tail.get();
        let place = usize::from(tail & (self.count - 1)) * ENTRY;
        // Not the whole entry: the last two bytes of the first one are the tail.
        let (addr, len, bid) = (place + ADDRESS, place + LENGTH, place + NUMBER);
        // SAFETY: within the list (masked), aligned, and before the tail is moved the
        // kernel does not read it.
        unsafe { self.list.at::<*mut u8>(addr).write(self.bytes(id)) };
        // SAFETY: as above.
        unsafe { self.list.at::<u32>(len).write(self.size) };
        // SAFETY: as above.
        unsafe { self.list.at::<u16>(bid).write(id) };
        self.tail.set(tail.wrapping_add(1));
        // SAFETY: in the mapped list; only this thread writes the tail.
        unsafe { &*self.list.at::<AtomicU16>(TAIL) }.store(self.tail.get(), Ordering::Release);
        self.held.set(self.held.get() - 1);
    }

    /// A completion says that the kernel chose a buffer.
    pub(super) fn note_selected(&self) {
        self.held.set(self.held.get() + 1);
    }

    /// The bytes in what a completion selected, if it did and if there are any. Called once for
    /// every completion of an operation that may select.
    pub(crate) fn take(self: &Rc<Pool>, result: i32, flags: u32) -> Option<Provided> {
        if flags & CHOSEN == 0 {
            return None;
        }
        let id = u16::try_from(flags >> ID_SHIFT).ok()?;
        let len = u32::try_from(result).unwrap_or(0).min(self.size);
        let provided = Provided { pool: Rc::clone(self), id, len };
        // Some kernels choose one for the end of the stream too. It goes back.
        (len > 0).then_some(provided)
    }
}

/// Bytes that were received into a buffer of the pool. Dropping it gives the buffer back.
pub struct Provided {
    pool: Rc<Pool>,
    id: u16,
    len: u32,
}

impl fmt::Debug for Provided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provided").field("id", &self.id).field("len", &self.len).finish()
    }
}

impl Deref for Provided {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the kernel has filled `len` bytes, and does not choose the buffer again
        // before this is dropped; the pool keeps the memory mapped.
        unsafe { slice::from_raw_parts(self.pool.bytes(self.id), index(self.len)) }
    }
}

impl Drop for Provided {
    fn drop(&mut self) {
        self.pool.give_back(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_that_was_chosen_for_the_end_of_a_stream_goes_back() {
        let pool = Rc::new(Pool::new(2, 16).expect("a pool"));
        pool.fill();
        for (result, has_bytes) in [(5, true), (0, false), (-125, false)] {
            pool.note_selected();
            let flags = CHOSEN | 1 << ID_SHIFT;
            let taken = pool.take(result, flags);
            assert_eq!((taken.is_some(), pool.held()), (has_bytes, u16::from(has_bytes)));
            drop(taken);
            assert_eq!(pool.held(), 0, "{result}");
        }
    }
}
