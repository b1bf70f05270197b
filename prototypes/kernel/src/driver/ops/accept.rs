//! An accept.

use std::os::fd::{BorrowedFd, IntoRawFd, OwnedFd, RawFd};

use rustix::io::Errno;
use rustix::io_uring::IoringOp;
use rustix::net::SocketFlags;

use super::operation::{Entry, Form, Memory, Operation, Waits, Yields};

/// Accepts a connection; the result is its descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accept {
    /// The listening socket.
    pub fd: RawFd,
}

impl Operation for Accept {
    const YIELDS: Yields = Yields::Descriptor;
    const WAITS: Waits = Waits::Readable;
    const IN_TURN: bool = true;

    #[inline(always)]
    fn fd(self) -> Option<RawFd> {
        Some(self.fd)
    }

    #[inline(always)]
    fn form(self, _: Memory) -> Form {
        // Sockets of a ring block: see `Driver::sources`.
        let flags = SocketFlags::CLOEXEC.bits();
        Form::Entry(Entry { flags, ..Entry::new(IoringOp::Accept, self.fd) })
    }

    #[inline(always)]
    unsafe fn call(self, _: Memory) -> Result<usize, Errno> {
        // SAFETY: open, by the caller's promise.
        let fd = unsafe { BorrowedFd::borrow_raw(self.fd) };
        let accepted = now(fd)?.into_raw_fd();
        Ok(usize::try_from(accepted).expect("descriptors are not negative"))
    }
}

/// Accepts a connection that is there, as a socket that does not block.
#[inline(always)]
pub(crate) fn now(fd: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    rustix::net::accept_with(fd, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC)
}
