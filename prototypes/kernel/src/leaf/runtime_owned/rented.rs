//! A runtime-owned operation with a buffer that the caller gives away for its time.
//!
//! The driver works in the caller's own memory, so nothing is copied; the value that owns the
//! memory is in the leaf. It comes back with the result. If the leaf is dropped first, the
//! value moves into the slot of the orphan, and is dropped at the operation's own end; if the
//! leaf is forgotten, so is the value, and the memory stays.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::{Data, Operation};
use crate::driver::OpKind;
use crate::run::kept::Kept;

/// An operation of the driver in memory that `B` owns. Ready with the driver's result and `B`.
///
/// # Cancellation
/// Dropping it orphans the operation: the driver is asked for an early end, and `B` is dropped
/// when that end has come. Bytes that had arrived are lost; they are counted
/// ([`Totals::lost_bytes`](super::Totals::lost_bytes)).
///
/// # Panics
/// When polled outside a runtime of ours, or after it was ready.
pub struct Rented<B: 'static> {
    buffer: Option<B>,
    pub(super) operation: Operation,
    data: Data<'static>,
}

impl<B> fmt::Debug for Rented<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rented").field("operation", &self.operation).finish_non_exhaustive()
    }
}

impl<B> Rented<B> {
    /// An operation in the `len` bytes at `pointer`.
    ///
    /// # Safety
    /// The bytes are valid for what the operation does (reads for one that sends, else
    /// writes) until `buffer` is dropped, wherever it is moved meanwhile, and for ever if it
    /// is forgotten; nothing else touches them as long. Dropping `buffer` does not call into
    /// the runtime: a driver may do it. For a descriptor that `kind` names, as
    /// [`RuntimeOwned::filling`](super::RuntimeOwned::filling).
    pub unsafe fn new(
        kind: impl Into<OpKind>,
        pointer: *mut u8,
        len: usize,
        buffer: B,
    ) -> Rented<B> {
        Rented {
            buffer: Some(buffer),
            operation: Operation::new(kind.into()),
            data: Data::Rent(pointer, len),
        }
    }

    /// The value, unless the driver has its memory. The operation is over then, begun or not.
    pub fn take_back(&mut self) -> Option<B> {
        if self.in_flight() { None } else { self.buffer.take() }
    }

    fn in_flight(&self) -> bool {
        self.operation.ticket.as_ref().is_some_and(|ticket| ticket.slot().header.result().is_none())
    }
}

// Nothing of it is pinned: what the driver knows is in the slot and behind `B`.
impl<B> Unpin for Rented<B> {}

impl<B> Future for Rented<B> {
    type Output = (i32, B);

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<(i32, B)> {
        let this = self.get_mut();
        assert!(this.buffer.is_some(), "a leaf is not polled after it was ready");
        let Some(result) = this.operation.poll(cx, &this.data) else { return Poll::Pending };
        let ticket = this.operation.ticket.take().expect("what has a result has a slot");
        ticket.op_slots.put(ticket.slot());
        let buffer = this.buffer.take().expect("looked at above");
        Poll::Ready((result, buffer))
    }
}

impl<B> Drop for Rented<B> {
    fn drop(&mut self) {
        if !self.in_flight() {
            return;
        }
        if let (Some(buffer), Some(ticket)) = (self.buffer.take(), &self.operation.ticket) {
            ticket.slot().kept.set(Some(Kept::new(buffer)));
        }
        // The operation is dropped next and becomes the orphan.
    }
}
