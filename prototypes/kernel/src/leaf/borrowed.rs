//! The completion leaf: an operation that the driver holds meanwhile, with its buffer.
//!
//! This is the leaf that a future which may be dropped or forgotten cannot offer safely:
//! the driver writes into the buffer at a time of its own. It is therefore unsafe to poll,
//! and only a design whose futures must complete wraps it in a safe one.
//!
//! The header lies in the leaf and the buffer is borrowed, so an operation allocates
//! nothing and copies nothing.

use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

use crate::count::{self, Counter};
use crate::driver::{OpHeader, OpKind, ops};
use crate::run::context;

/// An operation of the driver whose header is in this value and whose buffer is borrowed
/// for `'b`. Results are the driver's: bytes, a descriptor, zero, or a negative error.
pub struct Borrowed<'b> {
    op: OpHeader,
    submitted: bool,
    cancel_sent: bool,
    _buffer: PhantomData<&'b mut [u8]>,
}

impl fmt::Debug for Borrowed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Borrowed")
            .field("kind", &self.op.kind())
            .field("submitted", &self.submitted)
            .finish_non_exhaustive()
    }
}

impl<'b> Borrowed<'b> {
    fn new(kind: impl Into<OpKind>) -> Borrowed<'b> {
        Borrowed {
            op: OpHeader::new(kind),
            submitted: false,
            cancel_sent: false,
            _buffer: PhantomData,
        }
    }

    fn into(kind: impl Into<OpKind>, buffer: &'b mut [u8]) -> Borrowed<'b> {
        let borrowed = Borrowed::new(kind);
        borrowed.op.lend(buffer.as_mut_ptr(), buffer.len());
        borrowed
    }

    #[cfg(feature = "io")]
    fn from(kind: impl Into<OpKind>, buffer: &'b [u8]) -> Borrowed<'b> {
        let borrowed = Borrowed::new(kind);
        // A driver only reads what it sends.
        borrowed.op.lend(buffer.as_ptr().cast_mut(), buffer.len());
        borrowed
    }

    /// A read from the simulated device of nominally `ms` milliseconds.
    pub fn device(buffer: &'b mut [u8], ms: u32) -> Borrowed<'b> {
        Borrowed::into(ops::Device { ms }, buffer)
    }

    /// Opens a resource of the simulated device in nominally `ms` milliseconds. Ready with
    /// its number, which is then the caller's to close.
    #[must_use]
    pub fn open_resource(ms: u32) -> Borrowed<'b> {
        Borrowed::new(ops::OpenResource { ms })
    }

    /// Whether the driver has it.
    #[must_use]
    pub fn in_flight(&self) -> bool {
        self.submitted && self.op.result().is_none()
    }

    /// Asks the driver for an early end, once. The end itself still comes through `poll`;
    /// it may have come when this returns.
    pub fn request_cancel(self: Pin<&mut Self>) {
        // SAFETY: nothing is moved out.
        let this = unsafe { self.get_unchecked_mut() };
        if this.in_flight() && !this.cancel_sent {
            this.cancel_sent = true;
            context::with(|runtime| runtime.driver.cancel(&this.op));
        }
    }

    /// Makes it the same operation on what is left of its buffer after `moved` bytes, not
    /// submitted yet: a part of a larger read or write needs no header of its own.
    ///
    /// # Panics
    /// While the driver has it, and when it moved less.
    #[inline]
    pub fn go_on(self: Pin<&mut Self>, moved: usize) {
        // SAFETY: nothing is moved out.
        let this = unsafe { self.get_unchecked_mut() };
        assert!(!this.in_flight(), "the driver still has the buffer");
        let left = this.op.capacity.get().checked_sub(moved).expect("no more than was lent");
        this.op.lend(this.op.buffer.get().wrapping_add(moved), left);
        this.op.result.set(None);
        (this.submitted, this.cancel_sent) = (false, false);
    }

    /// Bytes of its buffer.
    #[must_use]
    pub fn len(&self) -> usize {
        self.op.capacity.get()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Submits at the first call; ready with the driver's result.
    ///
    /// # Safety
    /// After the first call, `self`, the buffer and the descriptor stay where they are, and
    /// nothing else touches the buffer, until this has returned ready. Dropping or forgetting
    /// `self` before is not allowed: the driver would write into memory that is not
    /// its own.
    pub unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<i32> {
        count::add(Counter::LeafPolls, 1);
        // SAFETY: nothing is moved out.
        let this = unsafe { self.get_unchecked_mut() };
        if let Some(result) = this.op.result() {
            return Poll::Ready(result);
        }
        if !this.submitted {
            this.submitted = true;
            context::with(|runtime| {
                // SAFETY: header and buffer stay put until ready, by the caller's promise.
                unsafe { runtime.driver.submit(NonNull::from(&this.op)) };
            });
            // An end that came at once needs no wake.
            if let Some(result) = this.op.result() {
                return Poll::Ready(result);
            }
        }
        this.op.set_waker(cx.waker());
        Poll::Pending
    }
}

/// Operations on sockets and files.
#[cfg(feature = "io")]
impl<'b> Borrowed<'b> {
    /// Receives at most the buffer's length; ready with zero at the end of the stream.
    pub fn recv(fd: i32, buffer: &'b mut [u8]) -> Borrowed<'b> {
        Borrowed::into(ops::Recv { fd }, buffer)
    }

    /// Sends some of the buffer; ready with how many bytes.
    #[must_use]
    pub fn send(fd: i32, buffer: &'b [u8]) -> Borrowed<'b> {
        Borrowed::from(ops::Send { fd }, buffer)
    }

    /// Accepts a connection. Ready with its descriptor, which is then the caller's to close.
    #[must_use]
    pub fn accept(fd: i32) -> Borrowed<'b> {
        Borrowed::new(ops::Accept { fd })
    }

    /// Connects a socket; ready with zero.
    #[must_use]
    pub fn connect(fd: i32, addr: core::net::SocketAddrV4) -> Borrowed<'b> {
        Borrowed::new(ops::Connect { fd, addr })
    }

    /// Reads a file at `offset`; ready with zero at its end.
    pub fn read_at(fd: i32, buffer: &'b mut [u8], offset: u64) -> Borrowed<'b> {
        Borrowed::into(ops::ReadAt { fd, offset }, buffer)
    }

    /// Writes some of the buffer to a file at `offset`; ready with how many bytes.
    #[must_use]
    pub fn write_at(fd: i32, buffer: &'b [u8], offset: u64) -> Borrowed<'b> {
        Borrowed::from(ops::WriteAt { fd, offset }, buffer)
    }
}
