//! A receive.

use std::os::fd::{BorrowedFd, RawFd};

use rustix::buffer::Buffer;
use rustix::io::Errno;
use rustix::io_uring::IoringOp;
use rustix::net::RecvFlags;

use super::operation::{Entry, Form, Memory, Operation, Waits, Way, Yields};

/// Receives into the buffer; zero at the end of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recv {
    /// The socket.
    pub fd: RawFd,
}

impl Operation for Recv {
    const YIELDS: Yields = Yields::Bytes;
    const WAITS: Waits = Waits::Readable;
    const NEEDS_BYTES: bool = true;
    const STREAM: Option<Way> = Some(Way::In);

    #[inline(always)]
    fn fd(self) -> Option<RawFd> {
        Some(self.fd)
    }

    #[inline(always)]
    fn form(self, memory: Memory) -> Form {
        // What has more bits receives less, as it may; so one look finds all odd ones.
        let mut len = u32::try_from(memory.len & LENGTH).expect("so many bits");
        if len == 0 {
            let Some(odd) = odd_length(memory.len) else { return Form::Refused(0) };
            len = odd;
        }
        let pointer = memory.pointer;
        Form::Entry(Entry { pointer, len, ..Entry::new(IoringOp::Recv, self.fd) })
    }

    #[inline(always)]
    unsafe fn call(self, memory: Memory) -> Result<usize, Errno> {
        // SAFETY: open, by the caller's promise.
        let fd = unsafe { BorrowedFd::borrow_raw(self.fd) };
        // SAFETY: lent for writing, by the caller's promise; not empty, or there is no call.
        now(fd, unsafe { memory.room() })
    }
}

/// Receives what there is.
#[inline(always)]
pub(crate) fn now(fd: BorrowedFd<'_>, buffer: impl Buffer<u8>) -> Result<usize, Errno> {
    rustix::net::recv(fd, buffer, RecvFlags::empty()).map(|(_, moved)| moved)
}

/// The bits of a length that an entry has room for.
pub(super) const LENGTH: usize = u32::MAX as usize;

/// The length of a receive for the entry, where those bits are all zero. None for an empty one,
/// which would wait for bytes that it does not take.
#[cold]
fn odd_length(bytes: usize) -> Option<u32> {
    (bytes > 0).then_some(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_that_an_entry_cannot_name_is_the_longest_that_it_can() {
        assert_eq!([0, 1 << 32, 3 << 32].map(odd_length), [None, Some(u32::MAX), Some(u32::MAX)]);
    }
}
