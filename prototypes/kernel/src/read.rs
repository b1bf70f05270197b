//! The completion leaf: a read into a borrowed buffer that the driver holds meanwhile.
//!
//! This is the leaf that a future which may be dropped or forgotten cannot offer safely:
//! the driver writes into the buffer at a time of its own. It is therefore unsafe to poll,
//! and only a design whose futures must complete wraps it in a safe one.

use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

use crate::context;
use crate::count::{self, Counter};
use crate::driver::OpHeader;

/// A read of nominally `ms` milliseconds into `buffer`.
pub struct ReadOp<'b> {
    op: OpHeader,
    buffer: *mut [u8],
    submitted: bool,
    cancel_sent: bool,
    _buffer: PhantomData<&'b mut [u8]>,
}

impl fmt::Debug for ReadOp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadOp").field("submitted", &self.submitted).finish_non_exhaustive()
    }
}

impl<'b> ReadOp<'b> {
    /// A read that was not submitted.
    pub fn new(buffer: &'b mut [u8], ms: u32) -> ReadOp<'b> {
        ReadOp {
            op: OpHeader::new(ms),
            buffer,
            submitted: false,
            cancel_sent: false,
            _buffer: PhantomData,
        }
    }

    /// Whether the driver has it.
    #[must_use]
    pub fn in_flight(&self) -> bool {
        self.submitted && self.op.result().is_none()
    }

    /// Asks the driver for an early end, once. The end itself still comes through `poll`.
    pub fn request_cancel(self: Pin<&mut Self>) {
        // SAFETY: nothing is moved out.
        let this = unsafe { self.get_unchecked_mut() };
        if this.submitted && !this.cancel_sent {
            this.cancel_sent = true;
            context::with(|runtime| runtime.driver.cancel(&this.op));
        }
    }

    /// Submits at the first call; ready with the driver's result: bytes read, or negative.
    ///
    /// # Safety
    /// After the first call, `self` and the buffer stay where they are, and nobody touches
    /// the buffer, until this has returned ready. Dropping or forgetting `self` before is
    /// not allowed: the driver would write into memory that is somebody else's.
    pub unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<i32> {
        count::add(Counter::LeafPolls, 1);
        // SAFETY: nothing is moved out.
        let this = unsafe { self.get_unchecked_mut() };
        if let Some(result) = this.op.result() {
            return Poll::Ready(result);
        }
        this.op.set_waker(cx.waker().clone());
        if !this.submitted {
            this.submitted = true;
            this.op.lend(this.buffer.cast(), this.buffer.len());
            context::with(|runtime| {
                // SAFETY: header and buffer stay put until ready, by the caller's promise.
                unsafe { runtime.driver.submit(NonNull::from(&this.op)) };
            });
        }
        this.op.result().map_or(Poll::Pending, Poll::Ready)
    }
}
