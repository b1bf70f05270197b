//! The leaves: those of `poll`, which do nothing more once they are asked to cancel.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use kernel::run::context;

/// A wait of `poll`. Under a request it is not polled: it stays as it is, and is dropped with the
/// frame that awaits it.
///
/// Any future may be made a wait: [`wait`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Wait<F> {
    inner: F,
}

/// Makes a future one that stops where it is once it is asked to cancel. For futures that know
/// nothing of requests: by themselves those go on.
pub const fn wait<F: Future>(future: F) -> Wait<F> {
    Wait { inner: future }
}

impl<F: Future> Future for Wait<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        if context::cancelling() {
            return Poll::Pending;
        }
        // SAFETY: the only field of a pinned struct without `Drop`; never moved.
        unsafe { self.map_unchecked_mut(|this| &mut this.inner) }.poll(cx)
    }
}

/// See [`sleep`].
pub type Sleep = Wait<design_poll::Sleep>;
/// See [`edge`].
pub type Edge = Wait<design_poll::Edge>;
/// See [`yield_now`].
pub type YieldNow = Wait<design_poll::YieldNow>;
/// See [`Chan::send`].
pub type Send<'a, T, const N: usize> = Wait<design_poll::Send<'a, T, N>>;
/// See [`Chan::recv`].
pub type Recv<'a, T, const N: usize> = Wait<design_poll::Recv<'a, T, N>>;
/// See [`Lock::lock`].
pub type Locking<'a, T> = Wait<design_poll::Locking<'a, T>>;
/// See [`Sem::acquire`].
pub type Acquire<'a> = Wait<design_poll::Acquire<'a>>;

/// Waits `ms` milliseconds of the driver's time, counted from the first poll.
///
/// # Cancellation
/// Dropping it disarms the timer; nothing is lost.
pub fn sleep(ms: u32) -> Sleep {
    wait(design_poll::sleep(ms))
}

/// Waits for an edge of an input line beyond the `seen` ones; ready with their number.
///
/// # Cancellation
/// Dropping it loses nothing: the driver counts edges.
pub fn edge(line: usize, seen: u32) -> Edge {
    wait(design_poll::edge(line, seen))
}

/// Lets everything else that is runnable have a turn.
pub fn yield_now() -> YieldNow {
    wait(design_poll::yield_now())
}

/// A bounded channel in the frame, first in, first out on both sides.
#[derive(Debug, Default)]
pub struct Chan<T, const N: usize> {
    inner: design_poll::Chan<T, N>,
}

impl<T, const N: usize> Chan<T, N> {
    /// An open, empty channel.
    #[must_use]
    pub const fn new() -> Chan<T, N> {
        Chan { inner: design_poll::Chan::new() }
    }

    /// Offers an item and waits in line for a slot.
    ///
    /// # Cancellation
    /// The item is dropped with it.
    ///
    /// # Errors
    /// [`SendError::Closed`](crate::SendError::Closed) with the item.
    pub fn send(&self, item: T) -> Send<'_, T, N> {
        wait(self.inner.send(item))
    }

    /// Takes the next item; `None` once the channel is closed and empty.
    ///
    /// # Cancellation
    /// Dropping it loses nothing: an item that was granted goes to the next receiver.
    pub fn recv(&self) -> Recv<'_, T, N> {
        wait(self.inner.recv())
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

/// A fair lock around a value, handed over on release.
#[derive(Debug)]
pub struct Lock<T> {
    inner: design_poll::Lock<T>,
}

impl<T> Lock<T> {
    /// An open lock.
    pub const fn new(value: T) -> Lock<T> {
        Lock { inner: design_poll::Lock::new(value) }
    }

    /// Takes the lock, waiting in line for it.
    ///
    /// # Cancellation
    /// Dropping it gives the place in the line up. *Keeping it unpolled does not* (futurelock).
    pub fn lock(&self) -> Locking<'_, T> {
        wait(self.inner.lock())
    }
}

/// A fair counting semaphore, handed over on release.
#[derive(Debug)]
pub struct Sem {
    inner: design_poll::Sem,
}

impl Sem {
    /// A semaphore with this many permits.
    #[must_use]
    pub const fn new(permits: u32) -> Sem {
        Sem { inner: design_poll::Sem::new(permits) }
    }

    /// Takes one permit, waiting in line for it.
    ///
    /// # Cancellation
    /// As [`Lock::lock`].
    pub fn acquire(&self) -> Acquire<'_> {
        wait(self.inner.acquire())
    }
}
