//! Memory that is shared with the system.

use core::ffi::c_void;
use core::ptr;
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::mm::{Advice, MapFlags, ProtFlags};

/// Memory that was mapped. Unmapped when dropped.
pub(super) struct Mapping {
    at: *mut c_void,
    bytes: usize,
}

impl Mapping {
    /// A part of what a descriptor stands for. Not inherited by a forked child: two processes that
    /// move the same tails would corrupt each other's queues.
    pub(super) fn of(fd: &OwnedFd, offset: u64, bytes: usize) -> Result<Mapping, Errno> {
        let (protection, flags) =
            (ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED | MapFlags::POPULATE);
        // SAFETY: a new mapping at a place that the kernel chooses.
        let at =
            unsafe { rustix::mm::mmap(ptr::null_mut(), bytes, protection, flags, fd, offset) }?;
        let mapping = Mapping { at, bytes };
        // SAFETY: our own mapping, whole.
        unsafe { rustix::mm::madvise(at, bytes, Advice::LinuxDontFork) }?;
        Ok(mapping)
    }

    /// Zeroed memory of this process, page aligned.
    pub(super) fn anonymous(bytes: usize) -> Result<Mapping, Errno> {
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping at a place that the kernel chooses.
        let at = unsafe {
            rustix::mm::mmap_anonymous(ptr::null_mut(), bytes, protection, MapFlags::PRIVATE)
        }?;
        Ok(Mapping { at, bytes })
    }

    /// A pointer into it.
    pub(super) fn at<T>(&self, offset: usize) -> *mut T {
        debug_assert!(offset < self.bytes, "an offset lies within its mapping");
        self.at.wrapping_byte_add(offset).cast()
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: mapped by `of` or `anonymous`, and its owner is dropped.
        let unmapped = unsafe { rustix::mm::munmap(self.at, self.bytes) };
        debug_assert!(unmapped.is_ok(), "a mapping of ours can be unmapped");
    }
}

/// A 32-bit number of the kernel as an index.
#[inline(always)]
pub(super) const fn index(number: u32) -> usize {
    number as usize
}
