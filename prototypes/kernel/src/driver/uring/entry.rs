//! Operations as submission entries.

use core::net::SocketAddrV4;
use core::ptr::NonNull;
use std::os::fd::RawFd;

use rustix::io_uring::{
    IoringAsyncCancelFlags, IoringOp, IoringPollFlags, IoringRecvFlags, IoringSqeFlags,
    addr_or_splice_off_in_union, buf_union, io_uring_ptr, io_uring_sqe, io_uring_user_data,
    ioprio_union, len_union, off_or_addr2_union, op_flags_union,
};
use rustix::net::SendFlags;

use crate::driver::OpHeader;
use crate::driver::ops::{Entry, Way};
use crate::driver::uring::buffers::GROUP;
use crate::driver::uring::sockets::Sockets;

/// Whose answer a completion is: the header of the operation, or one of the two numbers
/// below, which are no addresses.
pub(super) type UserData = io_uring_user_data;

/// Answer to a request to cancel. It is ignored: what counts is the end of the target.
pub(super) const CANCEL: usize = 0;
/// The notifier was rung.
pub(super) const NOTIFIER: usize = 1;

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

/// The entry of an operation: what it says of itself, and what the ring knows beside. A constant in
/// the former is one in the entry.
#[inline(always)]
pub(super) fn operation(
    op: NonNull<OpHeader>,
    entry: Entry,
    stream: Option<Way>,
    sockets: &Sockets,
) -> io_uring_sqe {
    let (mut flags, mut recv_flags) = (IoringSqeFlags::empty(), IoringRecvFlags::empty());
    if let Some(way) = stream {
        let (name, advice) = sockets.told(entry.fd);
        flags = name;
        if way == Way::In {
            recv_flags = advice;
        }
    }
    let mut buf_group = 0;
    if entry.chooses {
        flags |= IoringSqeFlags::BUFFER_SELECT;
        buf_group = GROUP;
    }
    let addr = io_uring_ptr::new(entry.pointer.cast());
    let send_flags = SendFlags::from_bits_retain(entry.flags);
    io_uring_sqe {
        flags,
        ioprio: ioprio_union { recv_flags },
        off_or_addr2: off_or_addr2_union { off: entry.offset },
        addr_or_splice_off_in: addr_or_splice_off_in_union { addr },
        len: len_union { len: entry.len },
        // Its flags are those of the call, whatever the call is.
        op_flags: op_flags_union { send_flags },
        user_data: UserData::from_ptr(op.as_ptr().cast()),
        buf: buf_union { buf_group },
        ..blank(entry.code, entry.fd)
    }
}

/// The same of an operation that names an address. The kernel reads that when it takes the entry.
pub(super) fn named(
    op: NonNull<OpHeader>,
    entry: Entry,
    addr: *const SockAddr,
    sockets: &Sockets,
) -> io_uring_sqe {
    let pointer = addr.cast_mut().cast();
    let entry = Entry { pointer, offset: size_of::<SockAddr>() as u64, ..entry };
    operation(op, entry, None, sockets)
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
