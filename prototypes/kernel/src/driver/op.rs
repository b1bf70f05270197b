//! A completion operation, as a driver sees it.

use core::cell::Cell;
use core::fmt;
use core::marker::PhantomPinned;
use core::ptr::{self, NonNull};
use core::task::Waker;

use contract::OpId;

#[cfg(feature = "io")]
use crate::driver::ops::Memory;
use crate::driver::ops::OpKind;
use crate::wake::handle::Handle;
use crate::wake::stored::let_go;

/// The part of a completion operation that the driver sees. Lives in the leaf, pinned.
pub struct OpHeader {
    /// Where to put the bytes.
    pub(crate) buffer: Cell<*mut u8>,
    /// How many bytes fit.
    pub(crate) capacity: Cell<usize>,
    pub(crate) kind: Cell<OpKind>,
    pub(crate) waker: Cell<Option<Waker>>,
    pub(crate) result: Cell<Option<i32>>,
    pub(crate) id: Cell<Option<OpId>>,
    /// The driver's word: what a ring says about a completion beside its result, the lease
    /// of a simulated operation.
    #[cfg(feature = "io")]
    pub(crate) flags: Cell<u32>,
    /// Link in a driver's list of operations in flight.
    pub(crate) next: Cell<Option<NonNull<OpHeader>>>,
    _pin: PhantomPinned,
}

impl fmt::Debug for OpHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpHeader").field("result", &self.result).finish_non_exhaustive()
    }
}

impl OpHeader {
    /// An operation that was not submitted.
    #[must_use]
    pub fn new(kind: impl Into<OpKind>) -> OpHeader {
        OpHeader {
            buffer: Cell::new(ptr::null_mut()),
            capacity: Cell::new(0),
            kind: Cell::new(kind.into()),
            waker: Cell::new(None),
            result: Cell::new(None),
            id: Cell::new(None),
            #[cfg(feature = "io")]
            flags: Cell::new(0),
            next: Cell::new(None),
            _pin: PhantomPinned,
        }
    }

    /// Makes it another operation that was not submitted.
    #[cfg(feature = "io")]
    pub(crate) fn reset(&self, kind: OpKind) {
        self.kind.set(kind);
        self.waker.set(None);
        self.result.set(None);
        self.id.set(None);
        self.flags.set(0);
        self.next.set(None);
    }

    /// What it does.
    #[must_use]
    pub fn kind(&self) -> OpKind {
        self.kind.get()
    }

    /// The buffer that it names.
    #[cfg(feature = "io")]
    #[inline(always)]
    pub(crate) fn memory(&self) -> Memory {
        Memory { pointer: self.buffer.get(), len: self.capacity.get() }
    }

    /// Names the buffer that the driver fills, or sends from.
    pub fn lend(&self, buffer: *mut u8, capacity: usize) {
        self.buffer.set(buffer);
        self.capacity.set(capacity);
    }

    /// Whom to wake at the end. A waker of ours is copied without a call.
    #[inline]
    pub fn set_waker(&self, waker: &Waker) {
        let waker = match Handle::of(waker) {
            Some(handle) => handle.waker(),
            None => waker.clone(),
        };
        let_go(self.waker.replace(Some(waker)));
    }

    /// The result once the operation has ended: bytes moved or a negative error.
    #[must_use]
    pub fn result(&self) -> Option<i32> {
        self.result.get()
    }

    /// Called by a driver, once: stores the result and wakes.
    #[inline]
    pub(crate) fn complete(&self, result: i32) {
        self.result.set(Some(result));
        let Some(waker) = self.waker.take() else { return };
        match Handle::of(&waker) {
            Some(handle) => {
                let_go(Some(waker));
                handle.wake();
            }
            None => waker.wake(),
        }
    }
}
