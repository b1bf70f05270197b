//! Which sockets the last receive left empty.
//!
//! A receive tries first and waits only when there is nothing, and on a socket that was just
//! emptied the try is in vain nearly always: the peer has not answered yet. The kernel says
//! with every receive whether something is left (`IORING_CQE_F_SOCK_NONEMPTY`) and takes the
//! advice to wait before it tries (`IORING_RECVSEND_POLL_FIRST`), both since Linux 5.19
//! (`io_uring_enter(2)`, `io_uring_prep_recv(3)`). It is worth a few percent of an echo's time
//! over loopback.
//!
//! Where the bytes came within the batch of the receive, behind a send that brought them, the
//! try is not in vain, and the next receive is not told to wait.
//!
//! An advice, and nothing more: where something has come meanwhile, the wait is over at once.
//! So a stale one, whose number belongs to another socket by now, does no harm, and the driver
//! need not be told of closed descriptors.

use core::cell::Cell;
use std::boxed::Box;
use std::os::fd::RawFd;

use rustix::io_uring::{IoringCqeFlags, IoringRecvFlags};

/// Descriptors that are remembered. Receives of higher ones always try first.
const DESCRIPTORS: usize = 16 * 1024;

/// By descriptor: whether the last receive left nothing and had to wait.
#[derive(Debug)]
pub(super) struct Drained(Box<[Cell<bool>]>);

impl Drained {
    pub(super) fn new() -> Drained {
        Drained(core::iter::repeat_n(Cell::new(false), DESCRIPTORS).collect())
    }

    #[inline(always)]
    fn of(&self, fd: RawFd) -> Option<&Cell<bool>> {
        self.0.get(usize::try_from(fd).ok()?)
    }

    /// A receive has ended with these flags, `at_once` if within the batch of its entry.
    #[inline(always)]
    pub(super) fn note(&self, fd: RawFd, flags: u32, at_once: bool) {
        if let Some(drained) = self.of(fd) {
            drained.set(!at_once && flags & IoringCqeFlags::SOCK_NONEMPTY.bits() == 0);
        }
    }

    /// What a receive is told.
    #[inline(always)]
    pub(super) fn advice(&self, fd: RawFd) -> IoringRecvFlags {
        match self.of(fd).is_some_and(Cell::get) {
            true => IoringRecvFlags::POLL_FIRST,
            false => IoringRecvFlags::empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_first_where_the_last_receive_left_nothing() {
        let drained = Drained::new();
        assert!(drained.advice(70).is_empty(), "nothing is known of it");
        drained.note(70, 0, false);
        assert_eq!(drained.advice(70), IoringRecvFlags::POLL_FIRST);
        assert!(drained.advice(71).is_empty(), "of another nothing is known");
        drained.note(70, IoringCqeFlags::SOCK_NONEMPTY.bits(), false);
        assert!(drained.advice(70).is_empty(), "something is left");
        drained.note(70, 0, true);
        assert!(drained.advice(70).is_empty(), "it did not wait");
    }

    #[test]
    fn descriptors_out_of_range_try_first() {
        let drained = Drained::new();
        for fd in [-1, i32::MAX, i32::try_from(DESCRIPTORS).expect("small")] {
            drained.note(fd, 0, false);
            assert!(drained.advice(fd).is_empty());
        }
    }
}
