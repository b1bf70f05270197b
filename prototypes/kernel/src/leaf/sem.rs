//! The core of a semaphore: first in, first out, handed over on release.
//!
//! A permit that is released goes to the waiter at the head, whether or not it is
//! polled. That is what tokio's semaphore does, and what several hazards of the suite need to
//! be visible: a granted waiter that is not polled owns what others wait for.

use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::count::{self, Counter};
use crate::leaf::wait::{Stage, WaitList, Waiter};

/// A counting semaphore without a task type.
pub struct Sem {
    permits: Cell<u32>,
    waiters: WaitList,
}

impl fmt::Debug for Sem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sem").field("permits", &self.permits).finish_non_exhaustive()
    }
}

impl Sem {
    /// A semaphore with this many permits.
    #[must_use]
    pub const fn new(permits: u32) -> Sem {
        Sem { permits: Cell::new(permits), waiters: WaitList::new() }
    }

    /// Takes one permit, waiting in line for it.
    ///
    /// # Cancellation
    /// Dropping it gives the place in the line up, and the permit if it was granted.
    pub fn acquire(&self) -> Acquire<'_> {
        Acquire { sem: self, waiter: Waiter::new() }
    }

    /// Permits that are not held and were not granted.
    #[must_use]
    pub fn available(&self) -> u32 {
        self.permits.get()
    }

    /// Takes a permit unless a waiter is before us in line.
    fn try_take(&self) -> bool {
        let free = self.waiters.is_empty() && self.permits.get() > 0;
        if free {
            self.permits.set(self.permits.get() - 1);
        }
        free
    }

    fn release(&self) {
        match self.waiters.grant() {
            // The permit is the waiter's now; nothing is left to write.
            Some(granted) => granted.now(),
            None => self.permits.set(self.permits.get() + 1),
        }
    }
}

/// The leaf of [`Sem::acquire`].
pub struct Acquire<'a> {
    sem: &'a Sem,
    waiter: Waiter,
}

impl fmt::Debug for Acquire<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acquire").finish_non_exhaustive()
    }
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        count::add(Counter::LeafPolls, 1);
        let this = self.into_ref().get_ref();
        match this.waiter.stage() {
            Stage::New if this.sem.try_take() => {}
            Stage::New => {
                this.waiter.set_waker(cx.waker());
                // Looked at again: the clone may have given one back.
                if !this.sem.try_take() {
                    this.sem.waiters.push(&this.waiter);
                    return Poll::Pending;
                }
            }
            Stage::Waiting => {
                count::add(Counter::SpuriousPolls, 1);
                this.waiter.set_waker(cx.waker());
                // Looked at again: the clone may have given one to this very waiter.
                if this.waiter.stage() == Stage::Waiting {
                    return Poll::Pending;
                }
            }
            Stage::Granted => {}
            Stage::Over => panic!("polled after it was ready"),
        }
        this.waiter.set_stage(Stage::Over);
        Poll::Ready(Permit { sem: this.sem })
    }
}

impl Acquire<'_> {
    /// Gives the wait up, as dropping does.
    pub fn withdraw(&self) {
        match self.waiter.stage() {
            Stage::Waiting => self.sem.waiters.remove(&self.waiter),
            Stage::Granted => {
                self.waiter.set_stage(Stage::Over);
                self.sem.release();
            }
            Stage::New | Stage::Over => self.waiter.set_stage(Stage::Over),
        }
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        self.withdraw();
    }
}

/// One permit; dropping it hands it to the waiter at the head of the line.
#[derive(Debug)]
pub struct Permit<'a> {
    sem: &'a Sem,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.sem.release();
    }
}
