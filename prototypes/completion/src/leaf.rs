//! Waits: timers, lines, channels, locks, semaphores.
//!
//! A wait lives in a list of ours, so it may be abandoned at any time. Polled under
//! cancellation it is *withdrawn*:
//!
//! | stage of the wait          | polled under cancellation                                 |
//! |----------------------------|-----------------------------------------------------------|
//! | not begun                  | `Err(Cancelled)`, also if there was something to take      |
//! | waiting                    | leaves the line, `Err(Cancelled)`                          |
//! | granted, not taken yet     | passes the grant on to the next in line, `Err(Cancelled)`  |
//! | a timer that fired, a line that moved | `Ok`: there is nothing that could be passed on |
//!
//! Passing a grant on loses nothing: an item stays in the channel, an item that was to be
//! sent comes back in [`SendError::Cancelled`]. The mode is looked at in the first poll, and
//! later only when there is nothing to take, so a wake costs what it costs in `poll`.

use core::fmt;
use core::future::Future;
use core::ops::{Deref, DerefMut};
use core::pin::Pin;
use core::task::{Context, Poll};

use kernel::leaf::{chan, line, lock, sem, sleep};
use kernel::run::context;

use crate::must::Completion;
use crate::op::{Error, SendError};

/// A kernel leaf that can be given up.
trait Withdraw: Future {
    /// What giving up leaves behind: the item of a send.
    type Back;
    /// Whether a grant must be passed on instead of taken under cancellation.
    const PASSES_ON: bool;
    /// Whether what giving up leaves behind is the caller's.
    const GIVES_BACK: bool = false;

    fn withdraw(&self) -> Self::Back;
}

impl Withdraw for sleep::Sleep {
    type Back = ();
    const PASSES_ON: bool = false;

    fn withdraw(&self) {
        self.disarm();
    }
}

impl Withdraw for line::Edge {
    type Back = ();
    const PASSES_ON: bool = false;

    fn withdraw(&self) {}
}

impl<T, const N: usize> Withdraw for chan::Recv<'_, T, N> {
    type Back = ();
    const PASSES_ON: bool = true;

    fn withdraw(&self) {
        chan::Recv::withdraw(self);
    }
}

impl<T, const N: usize> Withdraw for chan::Send<'_, T, N> {
    type Back = T;
    const PASSES_ON: bool = true;
    const GIVES_BACK: bool = true;

    fn withdraw(&self) -> T {
        chan::Send::withdraw(self).expect("a send that is not ready still has its item")
    }
}

impl<T> Withdraw for lock::Locking<'_, T> {
    type Back = ();
    const PASSES_ON: bool = true;

    fn withdraw(&self) {
        lock::Locking::withdraw(self);
    }
}

impl Withdraw for sem::Acquire<'_> {
    type Back = ();
    const PASSES_ON: bool = true;

    fn withdraw(&self) {
        sem::Acquire::withdraw(self);
    }
}

/// A kernel leaf and whether it was polled.
struct Wait<F> {
    leaf: F,
    begun: bool,
}

impl<F: Withdraw> Wait<F> {
    const fn new(leaf: F) -> Wait<F> {
        Wait { leaf, begun: false }
    }

    /// The table of the module docs. `Err` carries what the withdrawn leaf gave back.
    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<F::Output, F::Back>> {
        // SAFETY: the leaf is polled in place and never moved out.
        let this = unsafe { self.get_unchecked_mut() };
        let first = !this.begun;
        this.begun = true;
        if (first || F::PASSES_ON) && context::cancelling() {
            return Poll::Ready(Err(this.leaf.withdraw()));
        }
        // SAFETY: pinned with the wait.
        let polled = unsafe { Pin::new_unchecked(&mut this.leaf) }.poll(cx);
        if !F::PASSES_ON && !first && polled.is_pending() && context::cancelling() {
            return Poll::Ready(Err(this.leaf.withdraw()));
        }
        polled.map(Ok)
    }
}

/// Defines a leaf of this design around a kernel leaf.
macro_rules! wait {
    ($(#[$doc:meta])* $name:ident [$($generics:tt)*] [$($arguments:tt)*],
     $leaf:ty => $output:ty, |$polled:ident| $map:expr) => {
        $(#[$doc])*
        pub struct $name<$($generics)*> {
            wait: Wait<$leaf>,
        }

        impl<$($generics)*> fmt::Debug for $name<$($arguments)*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }

        // SAFETY: the kernel leaf is a future that may be dropped at any time.
        unsafe impl<$($generics)*> Completion for $name<$($arguments)*> {
            type Output = $output;

            #[inline]
            unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<$output> {
                // SAFETY: the only field, pinned with the leaf and never moved out.
                let wait = unsafe { self.map_unchecked_mut(|this| &mut this.wait) };
                wait.poll(cx).map(|$polled| $map)
            }

            fn abandonable(&self) -> bool {
                true
            }

            fn holds_output(&self) -> bool {
                <$leaf as Withdraw>::GIVES_BACK
            }
        }
    };
}

wait!(
    /// See [`sleep`].
    Sleep [] [], sleep::Sleep => Result<(), Error>,
    |polled| polled.map_err(|()| Error::Cancelled)
);
wait!(
    /// See [`edge`].
    Edge [] [], line::Edge => Result<u32, Error>,
    |polled| polled.map_err(|()| Error::Cancelled)
);
wait!(
    /// See [`Chan::send`].
    Send ['a, T, const N: usize] ['a, T, N], chan::Send<'a, T, N> => Result<(), SendError<T>>,
    |polled| match polled {
        Ok(sent) => sent.map_err(SendError::Closed),
        Err(item) => Err(SendError::Cancelled(item)),
    }
);
wait!(
    /// See [`Chan::recv`].
    Recv ['a, T, const N: usize] ['a, T, N], chan::Recv<'a, T, N> => Result<Option<T>, Error>,
    |polled| polled.map_err(|()| Error::Cancelled)
);
wait!(
    /// See [`Lock::lock`].
    Locking ['a, T] ['a, T], lock::Locking<'a, T> => Result<Guard<'a, T>, Error>,
    |polled| polled.map(|guard| Guard { guard }).map_err(|()| Error::Cancelled)
);
wait!(
    /// See [`Sem::acquire`].
    Acquire ['a] ['a], sem::Acquire<'a> => Result<Permit<'a>, Error>,
    |polled| polled.map(|permit| Permit { _permit: permit }).map_err(|()| Error::Cancelled)
);

/// Waits `ms` milliseconds of the driver's time, counted from the first poll.
pub fn sleep(ms: u32) -> Sleep {
    Sleep { wait: Wait::new(sleep::sleep(ms)) }
}

/// Waits for an edge of an input line beyond the `seen` ones; ready with their number.
pub fn edge(line: usize, seen: u32) -> Edge {
    Edge { wait: Wait::new(line::edge(line, seen)) }
}

/// Lets everything else that is runnable run once.
pub fn yield_now() -> YieldNow {
    YieldNow { yielded: false }
}

/// See [`yield_now`].
#[derive(Debug)]
pub struct YieldNow {
    yielded: bool,
}

// SAFETY: it lends nothing.
unsafe impl Completion for YieldNow {
    type Output = Result<(), Error>;

    unsafe fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.yielded {
            return Poll::Ready(Ok(()));
        }
        if context::cancelling() {
            return Poll::Ready(Err(Error::Cancelled));
        }
        self.yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn abandonable(&self) -> bool {
        true
    }
}

/// Ends a computation that never waits: `Err` under cancellation, else ready at once.
pub fn checkpoint() -> Checkpoint {
    Checkpoint(())
}

/// See [`checkpoint`].
#[derive(Debug)]
pub struct Checkpoint(());

// SAFETY: it lends nothing.
unsafe impl Completion for Checkpoint {
    type Output = Result<(), Error>;

    unsafe fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(if context::cancelling() { Err(Error::Cancelled) } else { Ok(()) })
    }

    fn abandonable(&self) -> bool {
        true
    }
}

/// A bounded channel, first in, first out on both sides, in place.
#[derive(Debug)]
pub struct Chan<T, const N: usize> {
    core: chan::Chan<T, N>,
}

impl<T, const N: usize> Default for Chan<T, N> {
    fn default() -> Self {
        Chan::new()
    }
}

impl<T, const N: usize> Chan<T, N> {
    /// An open, empty channel.
    #[must_use]
    pub const fn new() -> Chan<T, N> {
        Chan { core: chan::Chan::new() }
    }

    /// Offers an item, waiting in line for a slot. The item moves in the poll that finds the
    /// slot granted. Under cancellation it comes back in [`SendError::Cancelled`].
    pub fn send(&self, item: T) -> Send<'_, T, N> {
        Send { wait: Wait::new(self.core.send(item)) }
    }

    /// Takes the next item, waiting in line for it; `None` once closed and empty.
    pub fn recv(&self) -> Recv<'_, T, N> {
        Recv { wait: Wait::new(self.core.recv()) }
    }

    /// Lets no further item in.
    pub fn close(&self) {
        self.core.close();
    }

    /// Items in the channel, those granted to a receiver included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.core.len()
    }

    /// Whether no item is in the channel.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.core.is_empty()
    }
}

/// A fair lock, handed over on release.
#[derive(Debug)]
pub struct Lock<T> {
    core: lock::Lock<T>,
}

impl<T> Lock<T> {
    /// An open lock around a value.
    pub const fn new(value: T) -> Lock<T> {
        Lock { core: lock::Lock::new(value) }
    }

    /// Takes the lock, waiting in line for it.
    pub fn lock(&self) -> Locking<'_, T> {
        Locking { wait: Wait::new(self.core.lock()) }
    }
}

/// Exclusive access to what a [`Lock`] holds.
#[derive(Debug)]
pub struct Guard<'a, T> {
    guard: lock::Guard<'a, T>,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

/// A counting semaphore, fair, handed over on release.
#[derive(Debug)]
pub struct Sem {
    core: sem::Sem,
}

impl Sem {
    /// A semaphore with this many permits.
    #[must_use]
    pub const fn new(permits: u32) -> Sem {
        Sem { core: sem::Sem::new(permits) }
    }

    /// Takes one permit, waiting in line for it.
    pub fn acquire(&self) -> Acquire<'_> {
        Acquire { wait: Wait::new(self.core.acquire()) }
    }

    /// Permits that nothing holds and nothing was granted.
    #[must_use]
    pub fn available(&self) -> u32 {
        self.core.available()
    }
}

/// One permit of a [`Sem`].
#[derive(Debug)]
pub struct Permit<'a> {
    _permit: sem::Permit<'a>,
}
