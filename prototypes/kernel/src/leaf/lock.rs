//! The core of a lock: a semaphore of one permit around a value.

use core::cell::UnsafeCell;
use core::fmt;
use core::future::Future;
use core::ops::{Deref, DerefMut};
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::leaf::sem::{Acquire, Permit, Sem};

/// A fair lock, handed over on release.
pub struct Lock<T> {
    sem: Sem,
    value: UnsafeCell<T>,
}

impl<T> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock").field("sem", &self.sem).finish_non_exhaustive()
    }
}

impl<T> Lock<T> {
    /// An open lock around a value.
    pub const fn new(value: T) -> Lock<T> {
        Lock { sem: Sem::new(1), value: UnsafeCell::new(value) }
    }

    /// Takes the lock, waiting in line for it.
    ///
    /// # Cancellation
    /// Dropping it gives the place in the line up, and the lock if it was granted.
    pub fn lock(&self) -> Locking<'_, T> {
        Locking { acquire: self.sem.acquire(), lock: self }
    }
}

/// The leaf of [`Lock::lock`].
pub struct Locking<'a, T> {
    acquire: Acquire<'a>,
    lock: &'a Lock<T>,
}

impl<T> fmt::Debug for Locking<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locking").finish_non_exhaustive()
    }
}

impl<T> Locking<'_, T> {
    /// Gives the wait up, as dropping does.
    pub fn withdraw(&self) {
        self.acquire.withdraw();
    }
}

impl<'a, T> Future for Locking<'a, T> {
    type Output = Guard<'a, T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Guard<'a, T>> {
        let lock = self.lock;
        // SAFETY: a pinned `Locking` pins its only pinned field; `Locking` has no `Drop`,
        // is `Unpin` only if that field is, and never moves it.
        let acquire = unsafe { self.map_unchecked_mut(|this| &mut this.acquire) };
        acquire.poll(cx).map(|permit| Guard { lock, _permit: permit })
    }
}

/// Exclusive access; dropping it hands the lock to the waiter at the head of the line.
pub struct Guard<'a, T> {
    lock: &'a Lock<T>,
    _permit: Permit<'a>,
}

impl<T> fmt::Debug for Guard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the lock's one permit is held, so no other guard exists.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the lock's one permit is held, so no other guard exists, and this guard
        // is borrowed exclusively.
        unsafe { &mut *self.lock.value.get() }
    }
}
