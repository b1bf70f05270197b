//! Receives that wait for the sends of their batch.
//!
//! Entries are taken in order and a send is done when it was taken. A receive behind the send
//! that it waits for finds its bytes there: no wait is set up, none ends, and what the send
//! has touched is still in the cache. In front of it, it pays for all three. So receives are
//! written last, [`SENDS`] sends later at the earliest, and always before the driver sleeps.
//!
//! It helps where both ends of a connection belong to one ring, as in a test, a pipeline or a
//! benchmark over loopback; where the other end is elsewhere it changes nothing, because no
//! bytes of it come within a batch.
//!
//! An operation in here is in flight for everybody: only [`Later::pop`] lets go of it, and the
//! driver writes what it got at once. Before an operation is cancelled or its descriptor
//! closed, everything is written.

use core::cell::Cell;
use core::ptr::NonNull;
use std::boxed::Box;
use std::os::fd::RawFd;

use crate::driver::OpHeader;

/// Sends that a receive lets pass, if there are as many.
pub(super) const SENDS: u32 = 64;
/// Places, a power of two. Whoever finds none pushes the oldest out.
const PLACES: u32 = 1024;

/// The receives, oldest first.
#[derive(Debug)]
pub(super) struct Later {
    ops: Box<[Cell<NonNull<OpHeader>>]>,
    head: Cell<u32>,
    tail: Cell<u32>,
}

impl Later {
    pub(super) fn new() -> Later {
        let ops = (0..PLACES).map(|_| Cell::new(NonNull::dangling())).collect();
        Later { ops, head: Cell::new(0), tail: Cell::new(0) }
    }

    #[inline(always)]
    fn at(&self, number: u32) -> &Cell<NonNull<OpHeader>> {
        &self.ops[crate::uring::ring::index(number & (PLACES - 1))]
    }

    /// Takes an operation. Returns the oldest where there is no place.
    #[inline(always)]
    #[must_use]
    pub(super) fn push(&self, op: NonNull<OpHeader>) -> Option<NonNull<OpHeader>> {
        let full = self.tail.get().wrapping_sub(self.head.get()) == PLACES;
        let oldest = if full { self.pop() } else { None };
        self.at(self.tail.get()).set(op);
        self.tail.set(self.tail.get().wrapping_add(1));
        oldest
    }

    /// Whether one of them names a descriptor.
    pub(super) fn names(&self, fd: RawFd) -> bool {
        let waiting = self.tail.get().wrapping_sub(self.head.get());
        (0..waiting).any(|nth| {
            let op = self.at(self.head.get().wrapping_add(nth)).get();
            // SAFETY: in flight, and alive by `submit`'s contract.
            unsafe { op.as_ref() }.kind().fd() == Some(fd)
        })
    }

    /// The oldest, which nobody keeps from now on.
    #[inline(always)]
    #[must_use]
    pub(super) fn pop(&self) -> Option<NonNull<OpHeader>> {
        let head = self.head.get();
        if head == self.tail.get() {
            return None;
        }
        self.head.set(head.wrapping_add(1));
        Some(self.at(head).get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_leaves_first_and_a_full_line_pushes_it_out() {
        let later = Later::new();
        let heads: Box<[OpHeader]> = (0..PLACES + 2)
            .map(|fd| OpHeader::new(crate::driver::OpKind::Recv { fd: fd.cast_signed() }))
            .collect();
        assert_eq!(later.pop(), None);
        assert!(!later.names(1000), "nobody is in it");
        for (number, head) in heads.iter().enumerate() {
            let pushed = later.push(NonNull::from(head));
            let oldest = number.checked_sub(1024).map(|number| NonNull::from(&heads[number]));
            assert_eq!(pushed, oldest);
        }
        assert_eq!([1, 2, 1025, 1026].map(|fd| later.names(fd)), [false, true, true, false]);
        for head in &heads[2..] {
            assert_eq!(later.pop(), Some(NonNull::from(head)));
        }
        assert_eq!(later.pop(), None);
    }
}
