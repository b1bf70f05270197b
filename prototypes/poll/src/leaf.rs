//! The leaves: kernel leaves in the result types of the dialect.
//!
//! A wait of this design never ends with [`Error::Cancelled`]; the type is what makes one
//! source serve designs in which it does.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

pub use kernel::leaf::lock::Guard;
pub use kernel::leaf::sem::Permit;

use crate::op::{Error, SendError};

/// Declares a leaf around a kernel leaf: its name, what it wraps, what it is ready with.
macro_rules! leaf {
    ($(#[$doc:meta])* $name:ident [$($generics:tt)*] [$($arguments:tt)*],
     $inner:ty, $output:ty, $map:expr) => {
        $(#[$doc])*
        pub struct $name<$($generics)*> {
            inner: $inner,
        }

        impl<$($generics)*> fmt::Debug for $name<$($arguments)*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.inner.fmt(f)
            }
        }

        impl<$($generics)*> Future for $name<$($arguments)*> {
            type Output = $output;

            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<$output> {
                // SAFETY: the only field of a pinned struct without `Drop`; never moved.
                unsafe { self.map_unchecked_mut(|this| &mut this.inner) }.poll(cx).map($map)
            }
        }
    };
}

leaf!(
    /// See [`sleep`].
    Sleep [] [], kernel::leaf::sleep::Sleep, Result<(), Error>, Ok
);
leaf!(
    /// See [`edge`].
    Edge [] [], kernel::leaf::line::Edge, Result<u32, Error>, Ok
);
leaf!(
    /// See [`Chan::send`].
    Send ['a, T, const N: usize] ['a, T, N],
    kernel::leaf::chan::Send<'a, T, N>, Result<(), SendError<T>>,
    |sent| sent.map_err(SendError::Closed)
);
leaf!(
    /// See [`Chan::recv`].
    Recv ['a, T, const N: usize] ['a, T, N],
    kernel::leaf::chan::Recv<'a, T, N>, Result<Option<T>, Error>, Ok
);
leaf!(
    /// See [`Lock::lock`].
    Locking ['a, T] ['a, T], kernel::leaf::lock::Locking<'a, T>, Result<Guard<'a, T>, Error>, Ok
);
leaf!(
    /// See [`Sem::acquire`].
    Acquire ['a] ['a], kernel::leaf::sem::Acquire<'a>, Result<Permit<'a>, Error>, Ok
);

/// Waits `ms` milliseconds of the driver's time, counted from the first poll.
///
/// # Cancellation
/// Dropping it disarms the timer; nothing is lost.
#[must_use]
pub fn sleep(ms: u32) -> Sleep {
    Sleep { inner: kernel::leaf::sleep::sleep(ms) }
}

/// Waits for an edge of an input line beyond the `seen` ones; ready with their number.
///
/// # Cancellation
/// Dropping it loses nothing: the driver counts edges.
#[must_use]
pub fn edge(line: usize, seen: u32) -> Edge {
    Edge { inner: kernel::leaf::line::edge(line, seen) }
}

/// Lets everything else that is runnable have a turn.
#[must_use]
pub fn yield_now() -> YieldNow {
    YieldNow { yielded: false }
}

/// See [`yield_now`].
#[derive(Debug)]
pub struct YieldNow {
    yielded: bool,
}

impl Future for YieldNow {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.yielded {
            return Poll::Ready(Ok(()));
        }
        self.yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// A bounded channel in the frame, first in, first out on both sides.
#[derive(Debug)]
pub struct Chan<T, const N: usize> {
    inner: kernel::leaf::chan::Chan<T, N>,
}

impl<T, const N: usize> Chan<T, N> {
    /// An open, empty channel.
    #[must_use]
    pub const fn new() -> Chan<T, N> {
        Chan { inner: kernel::leaf::chan::Chan::new() }
    }

    /// Offers an item and waits in line for a slot.
    ///
    /// # Cancellation
    /// Dropping it drops the item: the sender cannot know whether it was taken.
    pub fn send(&self, item: T) -> Send<'_, T, N> {
        Send { inner: self.inner.send(item) }
    }

    /// Takes the next item; `None` once the channel is closed and empty.
    ///
    /// # Cancellation
    /// Dropping it loses nothing: an item that was granted goes to the next receiver.
    pub fn recv(&self) -> Recv<'_, T, N> {
        Recv { inner: self.inner.recv() }
    }

    /// Lets no further item in; waiting senders get theirs back.
    pub fn close(&self) {
        self.inner.close();
    }

    /// Items in the channel.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }
}

impl<T, const N: usize> Default for Chan<T, N> {
    fn default() -> Self {
        Chan::new()
    }
}

/// A fair lock around a value, handed over on release.
#[derive(Debug)]
pub struct Lock<T> {
    inner: kernel::leaf::lock::Lock<T>,
}

impl<T> Lock<T> {
    /// An open lock.
    pub const fn new(value: T) -> Lock<T> {
        Lock { inner: kernel::leaf::lock::Lock::new(value) }
    }

    /// Takes the lock, waiting in line for it.
    ///
    /// # Cancellation
    /// Dropping it gives the place in the line up. *Keeping it unpolled does not*: it may be
    /// granted the lock and then holds it until it is polled or dropped (futurelock).
    pub fn lock(&self) -> Locking<'_, T> {
        Locking { inner: self.inner.lock() }
    }
}

/// A fair counting semaphore, handed over on release.
#[derive(Debug)]
pub struct Sem {
    inner: kernel::leaf::sem::Sem,
}

impl Sem {
    /// A semaphore with this many permits.
    #[must_use]
    pub const fn new(permits: u32) -> Sem {
        Sem { inner: kernel::leaf::sem::Sem::new(permits) }
    }

    /// Takes one permit, waiting in line for it.
    ///
    /// # Cancellation
    /// As [`Lock::lock`].
    pub fn acquire(&self) -> Acquire<'_> {
        Acquire { inner: self.inner.acquire() }
    }
}
