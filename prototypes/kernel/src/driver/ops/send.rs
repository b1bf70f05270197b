//! A send.

use std::os::fd::{BorrowedFd, RawFd};

use rustix::io::Errno;
use rustix::io_uring::IoringOp;
use rustix::net::SendFlags;

use super::operation::{Entry, Form, Memory, Operation, Waits, Way, Yields};

/// Sends from the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Send {
    /// The socket.
    pub fd: RawFd,
}

impl Operation for Send {
    const YIELDS: Yields = Yields::Nothing;
    const WAITS: Waits = Waits::Writable;
    const NEEDS_BYTES: bool = true;
    const STREAM: Option<Way> = Some(Way::Out);

    #[inline(always)]
    fn fd(self) -> Option<RawFd> {
        Some(self.fd)
    }

    #[inline(always)]
    fn form(self, memory: Memory) -> Form {
        let entry = Entry::over(IoringOp::Send, self.fd, memory);
        Form::Entry(Entry { flags: SendFlags::NOSIGNAL.bits(), ..entry })
    }

    #[inline(always)]
    unsafe fn call(self, memory: Memory) -> Result<usize, Errno> {
        // SAFETY: open, by the caller's promise.
        let fd = unsafe { BorrowedFd::borrow_raw(self.fd) };
        // SAFETY: lent for reading, by the caller's promise; not empty, or there is no call.
        now(fd, unsafe { memory.bytes() })
    }
}

/// Sends what fits.
#[inline(always)]
pub(crate) fn now(fd: BorrowedFd<'_>, bytes: &[u8]) -> Result<usize, Errno> {
    rustix::net::send(fd, bytes, SendFlags::NOSIGNAL)
}
