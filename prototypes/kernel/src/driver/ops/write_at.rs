//! A write to a file.

use std::os::fd::{BorrowedFd, RawFd};

use rustix::io::Errno;
use rustix::io_uring::IoringOp;

use super::operation::{Entry, Form, Memory, Operation, Waits, Yields};

/// Writes the buffer to a file at a place. Packed, so that an operation is no larger than its
/// parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, packed(4))]
pub struct WriteAt {
    /// The file.
    pub fd: RawFd,
    /// Where, in bytes.
    pub offset: u64,
}

impl Operation for WriteAt {
    const YIELDS: Yields = Yields::Nothing;
    const WAITS: Waits = Waits::Blocks;
    const NEEDS_BYTES: bool = true;

    #[inline(always)]
    fn fd(self) -> Option<RawFd> {
        Some(self.fd)
    }

    #[inline(always)]
    fn form(self, memory: Memory) -> Form {
        // As of a read.
        if i64::try_from(self.offset).is_err() {
            return Form::Refused(-Errno::INVAL.raw_os_error());
        }
        let entry = Entry::over(IoringOp::Write, self.fd, memory);
        Form::Entry(Entry { offset: self.offset, ..entry })
    }

    unsafe fn call(self, memory: Memory) -> Result<usize, Errno> {
        // SAFETY: open, by the caller's promise.
        let fd = unsafe { BorrowedFd::borrow_raw(self.fd) };
        // SAFETY: lent for reading, by the caller's promise; not empty, or there is no call.
        rustix::io::pwrite(fd, unsafe { memory.bytes() }, self.offset)
    }
}
