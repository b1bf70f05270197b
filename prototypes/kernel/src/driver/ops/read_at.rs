//! A read of a file.

use std::os::fd::{BorrowedFd, RawFd};

use rustix::io::Errno;
use rustix::io_uring::IoringOp;

use super::operation::{Entry, Form, Memory, Operation, Waits, Yields};

/// Reads a file at a place into the buffer; zero at its end. Packed, so that an operation is no
/// larger than its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, packed(4))]
pub struct ReadAt {
    /// The file.
    pub fd: RawFd,
    /// Where, in bytes.
    pub offset: u64,
}

impl Operation for ReadAt {
    const YIELDS: Yields = Yields::Bytes;
    const WAITS: Waits = Waits::Blocks;
    const NEEDS_BYTES: bool = true;

    #[inline(always)]
    fn fd(self) -> Option<RawFd> {
        Some(self.fd)
    }

    #[inline(always)]
    fn form(self, memory: Memory) -> Form {
        // The largest of all offsets is no place to a ring but the position that the file has.
        if i64::try_from(self.offset).is_err() {
            return Form::Refused(-Errno::INVAL.raw_os_error());
        }
        let entry = Entry::over(IoringOp::Read, self.fd, memory);
        Form::Entry(Entry { offset: self.offset, ..entry })
    }

    unsafe fn call(self, memory: Memory) -> Result<usize, Errno> {
        // SAFETY: open, by the caller's promise.
        let fd = unsafe { BorrowedFd::borrow_raw(self.fd) };
        // SAFETY: lent for writing, by the caller's promise; not empty, or there is no call.
        let room = unsafe { memory.room() };
        rustix::io::pread(fd, room, self.offset).map(|(filled, _)| filled.len())
    }
}
