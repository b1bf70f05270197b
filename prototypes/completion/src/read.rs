//! A read into a borrowed buffer that the driver holds meanwhile.
//!
//! The reason for this design: the buffer is a plain `&mut [u8]`, nothing is allocated, and
//! the driver (or a DMA engine) may write into it at a time of its own, because the frame
//! around the read can be neither dropped nor forgotten.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use kernel::leaf::borrowed::Borrowed;
use kernel::run::context;

use crate::must::Completion;

/// Why a read ended without bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The end was asked for, and the driver gave up before it had moved a byte.
    Cancelled,
    /// The driver's error, negative.
    Failed(i32),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Cancelled => f.write_str("cancelled"),
            ReadError::Failed(code) => write!(f, "the driver answered {code}"),
        }
    }
}

impl core::error::Error for ReadError {}

/// Reads into `buffer` with an operation of nominally `ms` milliseconds; ready with the number
/// of bytes, which may be fewer than fit.
///
/// # Cancellation
/// Not submitted: [`ReadError::Cancelled`] at once. In flight: one cancel request goes to the
/// driver, and the read waits for the driver's answer. If the bytes won it is ready with
/// their number: no byte is lost. Never abandoned while in flight.
pub fn device_read(buffer: &mut [u8], ms: u32) -> DeviceRead<'_> {
    DeviceRead { op: Borrowed::device(buffer, ms), begun: false }
}

/// See [`device_read`].
#[derive(Debug)]
pub struct DeviceRead<'b> {
    op: Borrowed<'b>,
    begun: bool,
}

// SAFETY: ready only with the driver's answer, after which the driver knows neither header nor
// buffer. Never abandonable: between the answer and the next poll dropping would be sound, but
// the bytes would be lost (trap T16).
unsafe impl Completion for DeviceRead<'_> {
    type Output = Result<usize, ReadError>;

    #[inline]
    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the operation is pinned with this and never moved out.
        let this = unsafe { self.get_unchecked_mut() };
        if !this.begun && context::cancelling() {
            return Poll::Ready(Err(ReadError::Cancelled));
        }
        this.begun = true;
        // SAFETY: as above.
        let mut op = unsafe { Pin::new_unchecked(&mut this.op) };
        // SAFETY: by our caller's promise this stays put, borrowing the buffer, until ready.
        let polled = unsafe { op.as_mut().poll(cx) };
        match polled {
            Poll::Pending => {
                if context::cancelling() {
                    op.request_cancel();
                }
                Poll::Pending
            }
            Poll::Ready(contract::CANCELLED) => Poll::Ready(Err(ReadError::Cancelled)),
            Poll::Ready(result) => {
                Poll::Ready(usize::try_from(result).map_err(|_| ReadError::Failed(result)))
            }
        }
    }
}
