//! Operations as submission entries.

use core::net::SocketAddrV4;
use core::ptr::NonNull;
use std::os::fd::RawFd;

use rustix::io_uring::{
    IoringAsyncCancelFlags, IoringOp, IoringPollFlags, IoringSqeFlags, addr_or_splice_off_in_union,
    buf_union, io_uring_ptr, io_uring_sqe, io_uring_user_data, ioprio_union, len_union,
    off_or_addr2_union, op_flags_union,
};
use rustix::net::{SendFlags, SocketFlags};

use crate::driver::uring::buffers::GROUP;
use crate::driver::uring::sockets::Sockets;
use crate::driver::{OpHeader, OpKind};

/// Whose answer a completion is: the header of the operation, or one of the two numbers
/// below, which are no addresses.
pub(super) type UserData = io_uring_user_data;

/// Answer to a request to cancel. Nobody wants it: what counts is the end of the target.
pub(super) const CANCEL: usize = 0;
/// Somebody rang the notifier.
pub(super) const NOTIFIER: usize = 1;

/// The bits of a length that an entry has room for.
const LENGTH: usize = u32::MAX as usize;

/// The length of a receive for the entry, where those bits are all zero. None for an empty one,
/// which would wait for bytes that it does not take.
#[cold]
fn odd_length(bytes: usize) -> Option<u32> {
    (bytes > 0).then_some(u32::MAX)
}

/// An address of IPv4 as the kernel reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct SockAddr {
    family: u16,
    pub(super) port: [u8; 2],
    address: [u8; 4],
    zero: [u8; 8],
}

impl SockAddr {
    pub(super) const NONE: SockAddr =
        SockAddr { family: 0, port: [0; 2], address: [0; 4], zero: [0; 8] };
}

impl From<SocketAddrV4> for SockAddr {
    fn from(addr: SocketAddrV4) -> SockAddr {
        SockAddr {
            family: rustix::net::AddressFamily::INET.as_raw(),
            port: addr.port().to_be_bytes(),
            address: addr.ip().octets(),
            zero: [0; 8],
        }
    }
}

#[inline(always)]
fn blank(opcode: IoringOp, fd: RawFd) -> io_uring_sqe {
    io_uring_sqe { opcode, fd, ..Default::default() }
}

/// The buffer of the operation as the entry's.
#[inline(always)]
fn buffer(op: &OpHeader, opcode: IoringOp, fd: RawFd) -> io_uring_sqe {
    let addr = io_uring_ptr::new(op.buffer.get().cast());
    // The kernel moves fewer bytes than that in one operation anyway.
    let len = u32::try_from(op.capacity.get()).unwrap_or(u32::MAX);
    io_uring_sqe {
        addr_or_splice_off_in: addr_or_splice_off_in_union { addr },
        len: len_union { len },
        ..blank(opcode, fd)
    }
}

/// Gives the entry of an operation to `put`, except that of a connect. False for what a ring
/// cannot do or is not asked to do. Every arm puts for itself: so the fields that are the same for
/// all operations of a kind are written as constants.
#[inline(always)]
pub(super) fn operation(
    op: NonNull<OpHeader>,
    header: &OpHeader,
    sockets: &Sockets,
    put: impl FnOnce(io_uring_sqe),
) -> bool {
    let user_data = UserData::from_ptr(op.as_ptr().cast());
    match header.kind() {
        OpKind::Recv { fd } => {
            let bytes = header.capacity.get();
            // What has more bits receives less, as it may; so one look finds all odd ones.
            let mut len = u32::try_from(bytes & LENGTH).expect("so many bits");
            if len == 0 {
                let Some(odd) = odd_length(bytes) else { return false };
                len = odd;
            }
            let addr = io_uring_ptr::new(header.buffer.get().cast());
            let (flags, recv_flags) = sockets.told(fd);
            put(io_uring_sqe {
                flags,
                ioprio: ioprio_union { recv_flags },
                addr_or_splice_off_in: addr_or_splice_off_in_union { addr },
                len: len_union { len },
                user_data,
                ..blank(IoringOp::Recv, fd)
            });
        }
        OpKind::Send { fd } => put(io_uring_sqe {
            flags: sockets.told(fd).0,
            op_flags: op_flags_union { send_flags: SendFlags::NOSIGNAL },
            user_data,
            ..buffer(header, IoringOp::Send, fd)
        }),
        OpKind::Accept { fd } => put(io_uring_sqe {
            op_flags: op_flags_union { accept_flags: SocketFlags::CLOEXEC },
            user_data,
            ..blank(IoringOp::Accept, fd)
        }),
        // The largest of all offsets is no place to a ring but the position that the file has.
        OpKind::ReadAt { offset, .. } | OpKind::WriteAt { offset, .. }
            if i64::try_from(offset).is_err() =>
        {
            return false;
        }
        OpKind::ReadAt { fd, offset } => put(io_uring_sqe {
            off_or_addr2: off_or_addr2_union { off: offset },
            user_data,
            ..buffer(header, IoringOp::Read, fd)
        }),
        OpKind::WriteAt { fd, offset } => put(io_uring_sqe {
            off_or_addr2: off_or_addr2_union { off: offset },
            user_data,
            ..buffer(header, IoringOp::Write, fd)
        }),
        OpKind::RecvProvided { fd } => {
            let (name, recv_flags) = sockets.told(fd);
            // Zero: as much as the buffer holds that the kernel chooses.
            let len = u32::try_from(header.capacity.get() & LENGTH).expect("so many bits");
            put(io_uring_sqe {
                flags: IoringSqeFlags::BUFFER_SELECT | name,
                len: len_union { len },
                ioprio: ioprio_union { recv_flags },
                buf: buf_union { buf_group: GROUP },
                user_data,
                ..blank(IoringOp::Recv, fd)
            });
        }
        OpKind::Device { .. } | OpKind::OpenResource { .. } | OpKind::Connect { .. } => {
            return false;
        }
    }
    true
}

/// The entry of a connect. The kernel reads the name when it takes the entry.
pub(super) fn connect(op: NonNull<OpHeader>, fd: RawFd, name: *const SockAddr) -> io_uring_sqe {
    let addr = io_uring_ptr::new(name.cast_mut().cast());
    io_uring_sqe {
        addr_or_splice_off_in: addr_or_splice_off_in_union { addr },
        off_or_addr2: off_or_addr2_union { off: size_of::<SockAddr>() as u64 },
        user_data: UserData::from_ptr(op.as_ptr().cast()),
        ..blank(IoringOp::Connect, fd)
    }
}

/// A request to end one operation early.
pub(super) fn cancel(op: &OpHeader) -> io_uring_sqe {
    let user_data = UserData::from_ptr(core::ptr::from_ref(op).cast_mut().cast());
    io_uring_sqe {
        addr_or_splice_off_in: addr_or_splice_off_in_union { user_data },
        user_data: UserData::from_u64(CANCEL as u64),
        ..blank(IoringOp::AsyncCancel, -1)
    }
}

/// A request to end everything early.
pub(super) fn cancel_all() -> io_uring_sqe {
    let cancel_flags = IoringAsyncCancelFlags::ALL | IoringAsyncCancelFlags::ANY;
    io_uring_sqe {
        op_flags: op_flags_union { cancel_flags },
        user_data: UserData::from_u64(CANCEL as u64),
        ..blank(IoringOp::AsyncCancel, -1)
    }
}

/// Tells of every ring of a notifier, until it says that it does not any more.
pub(super) fn watch(notifier: RawFd) -> io_uring_sqe {
    const READABLE: u32 = 1;
    io_uring_sqe {
        op_flags: op_flags_union { poll32_events: READABLE },
        len: len_union { poll_flags: IoringPollFlags::ADD_MULTI },
        user_data: UserData::from_u64(NOTIFIER as u64),
        ..blank(IoringOp::PollAdd, notifier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_that_an_entry_cannot_name_is_the_longest_that_it_can() {
        assert_eq!([0, 1 << 32, 3 << 32].map(odd_length), [None, Some(u32::MAX), Some(u32::MAX)]);
    }
}
