//! The leaf that receives into a buffer of the kernel's choice, for operations that must complete.
//!
//! What the pool promises: [`pool`](crate::driver::pool).

use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};
use std::rc::Rc;

use crate::count::{self, Counter};
use crate::driver::pool::{Pool, Provided};
use crate::driver::{OpHeader, UNSUPPORTED, ops};
use crate::run::context;

/// Receives into a buffer that the kernel chooses when bytes are there: the leaf that
/// corresponds to [`Borrowed`](crate::leaf::borrowed::Borrowed), with the header in this value.
#[derive(Debug)]
pub struct RecvProvided {
    op: OpHeader,
    /// Kept from the submission on, so that a selected buffer finds back from wherever.
    pool: Option<Rc<Pool>>,
    cancel_sent: bool,
}

impl RecvProvided {
    /// A receive that was not submitted.
    #[must_use]
    pub fn new(fd: i32) -> RecvProvided {
        RecvProvided { op: OpHeader::new(ops::RecvProvided { fd }), pool: None, cancel_sent: false }
    }

    /// Whether the driver has it.
    #[must_use]
    pub fn in_flight(&self) -> bool {
        self.pool.is_some() && self.op.result().is_none()
    }

    /// Asks the driver for an early end, once. The end itself still comes through `poll`.
    pub fn request_cancel(self: Pin<&mut Self>) {
        // SAFETY: nothing is moved out.
        let this = unsafe { self.get_unchecked_mut() };
        if this.in_flight() && !this.cancel_sent {
            this.cancel_sent = true;
            context::with(|runtime| runtime.driver.cancel(&this.op));
        }
    }

    /// Submits at the first call. Ready with the bytes, with `None` at the end of the
    /// stream, or with the driver's negative error: `-ENOBUFS` when bytes are there and all
    /// buffers are out.
    ///
    /// # Safety
    /// After the first call, `self` and the descriptor stay where they are until this has
    /// returned ready, and it is not polled after that. Dropping or forgetting `self` before
    /// is not allowed.
    pub unsafe fn poll(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Provided>, i32>> {
        count::add(Counter::LeafPolls, 1);
        // SAFETY: nothing is moved out.
        let this = unsafe { self.get_unchecked_mut() };
        if this.op.result().is_none() {
            this.op.set_waker(cx.waker());
            if this.pool.is_none() && !this.submit() {
                return Poll::Ready(Err(UNSUPPORTED));
            }
        }
        let Some(result) = this.op.result() else { return Poll::Pending };
        let bytes = this.take();
        Poll::Ready(if result < 0 { Err(result) } else { Ok(bytes) })
    }

    fn submit(&mut self) -> bool {
        context::with(|runtime| {
            self.pool = runtime.driver.pool();
            if self.pool.is_some() {
                // SAFETY: the header stays put until ready, by the promise of `poll`'s caller.
                unsafe { runtime.driver.submit(NonNull::from(&self.op)) };
            }
        });
        self.pool.is_some()
    }

    /// Takes what the completion selected, at most once.
    fn take(&self) -> Option<Provided> {
        let result = self.op.result()?;
        self.pool.as_ref()?.take(result, self.op.flags.take())
    }
}

impl Drop for RecvProvided {
    fn drop(&mut self) {
        // A buffer that was not taken goes back.
        drop(self.take());
    }
}
