//! A connect.

use core::net::SocketAddrV4;
use std::os::fd::{BorrowedFd, RawFd};

use rustix::io::Errno;
use rustix::io_uring::IoringOp;

use super::operation::{Entry, Form, Memory, Operation, Waits, Yields};

/// Connects; the result is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connect {
    /// The socket.
    pub fd: RawFd,
    /// Whom to.
    pub addr: SocketAddrV4,
}

impl Operation for Connect {
    const YIELDS: Yields = Yields::Nothing;
    const WAITS: Waits = Waits::Writable;

    #[inline(always)]
    fn fd(self) -> Option<RawFd> {
        Some(self.fd)
    }

    #[inline(always)]
    fn form(self, _: Memory) -> Form {
        Form::Named(Entry::new(IoringOp::Connect, self.fd), self.addr)
    }

    #[inline(always)]
    unsafe fn call(self, _: Memory) -> Result<usize, Errno> {
        // SAFETY: open, by the caller's promise.
        let fd = unsafe { BorrowedFd::borrow_raw(self.fd) };
        now(fd, self.addr).map(|()| 0)
    }
}

/// Asks again until it is decided: the call itself tells how far it is. `INPROGRESS` when it has
/// begun just now, `AGAIN` as long as it goes on.
#[inline(always)]
pub(crate) fn now(fd: BorrowedFd<'_>, addr: SocketAddrV4) -> Result<(), Errno> {
    match rustix::net::connect(fd, &addr) {
        Ok(()) | Err(Errno::ISCONN) => Ok(()),
        Err(Errno::ALREADY) => Err(Errno::AGAIN),
        Err(errno) => Err(errno),
    }
}
