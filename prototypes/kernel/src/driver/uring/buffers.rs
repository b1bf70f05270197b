//! A pool of buffers as a ring knows it: a group, of which there is one.

use core::mem::offset_of;
use core::ptr;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::string::String;

use rustix::io_uring::{
    IORING_CQE_BUFFER_SHIFT, IoringCqeFlags, IoringRegisterOp, io_uring_buf, io_uring_buf_reg,
    io_uring_ptr, io_uring_register,
};

use crate::driver::pool::{ADDRESS, CHOSEN, ENTRY, ID_SHIFT, LENGTH, NUMBER, Pool, TAIL};

/// The one group of a ring.
pub(super) const GROUP: u16 = 1;

// A completion's flags and the list's entries are the pool's as they are.
const _: () = assert!(CHOSEN == IoringCqeFlags::BUFFER.bits());
const _: () = assert!(ID_SHIFT == IORING_CQE_BUFFER_SHIFT);
const _: () = assert!(ENTRY == size_of::<io_uring_buf>());
const _: () = assert!(ADDRESS == offset_of!(io_uring_buf, addr));
const _: () = assert!(LENGTH == offset_of!(io_uring_buf, len));
const _: () = assert!(NUMBER == offset_of!(io_uring_buf, bid));
const _: () = assert!(TAIL == offset_of!(io_uring_buf, resv));

/// Registers `count` buffers of `size` bytes each, and hands all of them to the kernel.
pub(super) fn register(fd: &OwnedFd, count: u16, size: u32) -> Result<Rc<Pool>, String> {
    let pool = Pool::new(count, size)?;
    let mut registration = io_uring_buf_reg::default();
    registration.ring_addr = io_uring_ptr::new(pool.list());
    registration.ring_entries = u32::from(count);
    registration.bgid = GROUP;
    let operation = IoringRegisterOp::RegisterPbufRing;
    // SAFETY: the list stays mapped as long as the pool is shared, and the driver that
    // registers it unregisters it before it is dropped.
    unsafe { io_uring_register(fd, operation, ptr::from_ref(&registration).cast(), 1) }
        .map_err(|errno| std::format!("io_uring: no pool of buffers: {errno}"))?;
    pool.fill();
    Ok(Rc::new(pool))
}

/// Takes the registration back. No operation that may select is in flight any more.
pub(super) fn unregister(fd: &OwnedFd) {
    let mut registration = io_uring_buf_reg::default();
    registration.bgid = GROUP;
    let operation = IoringRegisterOp::UnregisterPbufRing;
    // SAFETY: names a group by number; the kernel forgets the list's memory.
    let gone = unsafe { io_uring_register(fd, operation, ptr::from_ref(&registration).cast(), 1) };
    debug_assert!(gone.is_ok(), "the group was registered");
}
