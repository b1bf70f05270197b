//! One direction of a source: may it be ready, and who waits for it.

use core::cell::Cell;
use core::ptr::NonNull;
use core::task::Waker;

use crate::count::{self, Counter};
use crate::driver::OpHeader;
use crate::foreign::Finally;
use crate::wake::stored::{Wake, store_waker};

/// The call may succeed.
///
/// Set at the beginning, where nothing is known, by every edge, and where a connect begins; cleared
/// by a call that would block, and by one that moves less than was asked for unless [`CLOSED`] is
/// set. While it is down no call is made: leaves and operations wait for the edge.
pub(crate) const READY: u8 = 1;
/// There was an end or an error, which is told once: a short count does not clear the flags.
///
/// Set by the edge that tells of it, with [`READY`]; cleared by a call that would block, or where a
/// connect begins.
pub(crate) const CLOSED: u8 = 2;

/// One direction of a source.
pub(crate) struct Direction {
    pub(crate) flags: Cell<u8>,
    /// A readiness leaf that waits. One a direction; a later one replaces it.
    waker: Cell<Option<Waker>>,
    waiting: Cell<bool>,
    /// Completion operations that wait, first in, first out.
    pub(crate) ops: Cell<Option<NonNull<OpHeader>>>,
}

impl Direction {
    pub(crate) const fn new() -> Direction {
        Direction {
            // Not known: the first call finds out.
            flags: Cell::new(READY),
            waker: Cell::new(None),
            waiting: Cell::new(false),
            ops: Cell::new(None),
        }
    }

    #[inline]
    pub(crate) fn is_ready(&self) -> bool {
        self.flags.get() & READY != 0
    }

    /// The call would block.
    pub(crate) fn clear(&self) {
        self.flags.set(0);
    }

    /// The call moved less than was asked for.
    #[inline]
    pub(crate) fn was_short(&self) {
        if self.flags.get() & CLOSED == 0 {
            self.flags.set(0);
        }
    }

    /// Lets the waker be called at the next edge.
    #[inline]
    pub(crate) fn wait(&self, waker: &Waker) {
        if self.waiting.get() {
            count::add(Counter::SpuriousPolls, 1);
        }
        store_waker(&self.waker, waker);
        self.waiting.set(true);
    }

    /// Whether a leaf waits for an edge.
    #[inline]
    pub(crate) fn is_awaited(&self) -> bool {
        self.waiting.get()
    }

    #[inline]
    pub(crate) fn raise(&self, flags: u8) {
        self.flags.set(READY | self.flags.get() | flags);
        if self.waiting.replace(false) {
            Wake::take(&self.waker).now();
        }
    }

    pub(crate) fn push(&self, op: NonNull<OpHeader>) {
        let mut link = &self.ops;
        while let Some(waiting) = link.get() {
            // SAFETY: what is in line is in flight, and alive by `submit`'s contract. It
            // lives longer than this loop, which ends nothing.
            link = unsafe { &waiting.as_ref().next };
        }
        link.set(Some(op));
    }

    /// Takes an operation out of the line. False if it is not there.
    pub(crate) fn unlink(&self, op: &OpHeader) -> bool {
        let mut link = &self.ops;
        while let Some(waiting) = link.get() {
            // SAFETY: as in `push`.
            let header = unsafe { waiting.as_ref() };
            if core::ptr::eq(header, op) {
                link.set(header.next.take());
                return true;
            }
            link = &header.next;
        }
        false
    }

    pub(crate) fn cancel_all(&self) {
        // The others end too when a waker panics.
        let rest = Finally(|| self.cancel_all());
        while let Some(op) = self.ops.get() {
            // SAFETY: as in `push`.
            let header = unsafe { op.as_ref() };
            self.ops.set(header.next.take());
            // FOREIGN: wake. It is out of the line, which is read again.
            header.complete(contract::CANCELLED);
        }
        core::mem::forget(rest);
    }
}
