//! The leaves of mode [`Production`]: those of the status quo, charged to
//! the budget of the turn. A poll that makes no progress is given back, as tokio does.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use design_poll as plain;

use crate::mode::Mode;
use crate::production::{self, Production};

/// An operation that is charged to the budget of the turn that polls it.
///
/// # Cancellation
/// As the operation in it.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Coop<O> {
    op: O,
}

/// Charges an operation.
pub fn coop<O>(op: O) -> Coop<O> {
    Coop { op }
}

impl<O: Future> Future for Coop<O> {
    type Output = O::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<O::Output> {
        ready!(Production::proceed(cx));
        // SAFETY: the only field of a pinned struct without `Drop`; never moved.
        let polled = unsafe { self.map_unchecked_mut(|this| &mut this.op) }.poll(cx);
        if polled.is_pending() {
            production::refund();
        }
        polled
    }
}

/// [`design_poll::sleep`], charged.
pub fn sleep(ms: u32) -> Coop<plain::Sleep> {
    coop(plain::sleep(ms))
}

/// [`design_poll::Chan`], charged.
#[derive(Debug, Default)]
pub struct Chan<T, const N: usize> {
    chan: plain::Chan<T, N>,
}

impl<T, const N: usize> Chan<T, N> {
    /// An open, empty channel.
    #[must_use]
    pub const fn new() -> Chan<T, N> {
        Chan { chan: plain::Chan::new() }
    }

    /// Offers an item and waits in line for a slot.
    ///
    /// # Cancellation
    /// Dropping it drops the item.
    pub fn send(&self, item: T) -> Coop<plain::Send<'_, T, N>> {
        coop(self.chan.send(item))
    }

    /// Takes the next item; `None` once the channel is closed and empty.
    ///
    /// # Cancellation
    /// Dropping it loses nothing.
    pub fn recv(&self) -> Coop<plain::Recv<'_, T, N>> {
        coop(self.chan.recv())
    }

    /// Lets no further item in; waiting senders get theirs back.
    pub fn close(&self) {
        self.chan.close();
    }

    /// Items in the channel.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chan.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chan.is_empty()
    }
}

/// [`design_poll::Lock`], charged.
#[derive(Debug)]
pub struct Lock<T> {
    lock: plain::Lock<T>,
}

impl<T> Lock<T> {
    /// An open lock.
    pub const fn new(value: T) -> Lock<T> {
        Lock { lock: plain::Lock::new(value) }
    }

    /// Takes the lock, waiting in line for it.
    ///
    /// # Cancellation
    /// As [`design_poll::Lock::lock`].
    pub fn lock(&self) -> Coop<plain::Locking<'_, T>> {
        coop(self.lock.lock())
    }
}

/// [`design_poll::Sem`], charged.
#[derive(Debug)]
pub struct Sem {
    sem: plain::Sem,
}

impl Sem {
    /// A semaphore with this many permits.
    #[must_use]
    pub const fn new(permits: u32) -> Sem {
        Sem { sem: plain::Sem::new(permits) }
    }

    /// Takes one permit, waiting in line for it.
    ///
    /// # Cancellation
    /// As [`design_poll::Sem::acquire`].
    pub fn acquire(&self) -> Coop<plain::Acquire<'_>> {
        coop(self.sem.acquire())
    }
}

/// Sockets and files, charged once per poll of an operation.
#[cfg(feature = "io")]
mod io {
    use design_poll::{self as plain, Orphan};
    use design_poll::{Accept, Buf, Conn, Counted, File, IoError, Listener, Read, Write};

    use super::{Coop, coop};

    /// [`design_poll::accept`], charged.
    pub fn accept(listener: &mut Listener) -> Coop<Accept<'_>> {
        coop(plain::accept(listener))
    }

    /// [`design_poll::accept_or`], charged.
    pub fn accept_or(listener: &mut Listener, orphan: Orphan) -> Coop<Accept<'_>> {
        coop(plain::accept_or(listener, orphan))
    }

    /// [`design_poll::read`], charged.
    pub fn read<'b>(stream: &'b mut Conn, buffer: &'b mut Buf) -> Coop<Read<'b>> {
        coop(plain::read(stream, buffer))
    }

    /// [`design_poll::write`], charged.
    ///
    /// # Panics
    /// When the buffer is shorter than `len`.
    pub fn write<'b>(stream: &'b mut Conn, buffer: &'b mut Buf, len: usize) -> Coop<Write<'b>> {
        coop(plain::write(stream, buffer, len))
    }

    /// [`design_poll::read_exact`], charged.
    ///
    /// # Errors
    /// As there.
    pub fn read_exact<'b>(
        stream: &'b mut Conn,
        buffer: &'b mut Buf,
        len: usize,
    ) -> Coop<impl Future<Output = Result<(), IoError>> + use<'b>> {
        coop(plain::read_exact(stream, buffer, len))
    }

    /// [`design_poll::write_all`], charged.
    ///
    /// # Errors
    /// As there.
    pub fn write_all<'b>(
        stream: &'b mut Conn,
        buffer: &'b mut Buf,
        len: usize,
    ) -> Coop<impl Future<Output = Result<(), IoError>> + use<'b>> {
        coop(plain::write_all(stream, buffer, len))
    }

    /// [`design_poll::read_at`], charged.
    pub fn read_at<'b>(file: &'b mut File, buffer: &'b mut Buf, offset: u64) -> Coop<Counted<'b>> {
        coop(plain::read_at(file, buffer, offset))
    }
}

#[cfg(feature = "io")]
pub use io::*;
