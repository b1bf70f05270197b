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
//! An operation in here is in flight, seen from outside: only [`Deferred::pop`] lets go of it, and
//! the driver writes what it got at once, into room that it has made before. Before an operation is
//! cancelled or its descriptor closed, everything is written.

use core::cell::Cell;
use core::ptr::NonNull;
use std::boxed::Box;
use std::os::fd::RawFd;

use crate::driver::OpHeader;

/// Sends that a receive lets pass, if there are as many.
pub(super) const SENDS: u32 = 64;
/// Places, a power of two. Where there is none, the oldest is written first.
const PLACES: u32 = 1024;

/// The receives, oldest first.
#[derive(Debug)]
pub(super) struct Deferred {
    ops: Box<[Cell<NonNull<OpHeader>>]>,
    head: Cell<u32>,
    tail: Cell<u32>,
}

impl Deferred {
    pub(super) fn new() -> Deferred {
        let ops = (0..PLACES).map(|_| Cell::new(NonNull::dangling())).collect();
        Deferred { ops, head: Cell::new(0), tail: Cell::new(0) }
    }

    #[inline(always)]
    fn at(&self, number: u32) -> &Cell<NonNull<OpHeader>> {
        &self.ops[crate::driver::mapping::index(number & (PLACES - 1))]
    }

    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.head.get() == self.tail.get()
    }

    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.tail.get().wrapping_sub(self.head.get()) == PLACES
    }

    /// Takes an operation, for which there is a place.
    #[inline(always)]
    pub(super) fn push(&self, op: NonNull<OpHeader>) {
        debug_assert!(!self.is_full(), "the caller has looked");
        self.at(self.tail.get()).set(op);
        self.tail.set(self.tail.get().wrapping_add(1));
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

    /// The oldest, which is not kept from now on.
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
    fn the_oldest_leaves_first_and_a_full_line_says_so() {
        let deferred = Deferred::new();
        let heads: Box<[OpHeader]> = (0..PLACES)
            .map(|fd| OpHeader::new(crate::driver::ops::Recv { fd: fd.cast_signed() }))
            .collect();
        assert!(deferred.is_empty() && deferred.pop().is_none());
        assert!(!deferred.names(1000), "it is empty");
        for head in &heads {
            assert!(!deferred.is_full());
            deferred.push(NonNull::from(head));
        }
        assert!(deferred.is_full());
        assert_eq!([1, 2, 1023, 1024].map(|fd| deferred.names(fd)), [true, true, true, false]);
        assert_eq!(deferred.pop(), Some(NonNull::from(&heads[0])));
        assert_eq!((deferred.is_full(), deferred.names(0)), (false, false));
        for head in &heads[1..] {
            assert_eq!(deferred.pop(), Some(NonNull::from(head)));
        }
        assert!(deferred.is_empty() && deferred.pop().is_none());
    }
}
