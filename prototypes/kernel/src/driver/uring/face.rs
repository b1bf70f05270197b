//! The ring as a [`Driver`].

use core::ptr::NonNull;
use core::task::Waker;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::string::String;

use contract::World;

use super::Uring;
use crate::Instant;
use crate::driver::attached::Attached;
use crate::driver::clock::{monotonic_us, timespec};
use crate::driver::ops::Way;
use crate::driver::pool::Pool;
use crate::driver::uring::deferred::SENDS;
use crate::driver::uring::entry;
use crate::driver::{Driver, Idle, OpHeader, Parked};
use crate::io_error::IoError;

impl Driver for Uring {
    fn now(&self) -> Instant {
        Instant(monotonic_us() - self.epoch_us)
    }

    fn deadline(&self, ms: u32) -> Instant {
        Instant(self.now().0.saturating_add(u64::from(ms) * 1000))
    }

    #[inline]
    unsafe fn submit(&self, op: NonNull<OpHeader>) {
        // SAFETY: the caller keeps it alive until its result is set.
        let header = unsafe { op.as_ref() };
        if header.kind().stream() == Some(Way::In) {
            if header.kind().moves_nothing(header.memory()) {
                return header.complete(0);
            }
            if self.deferred.is_full() {
                self.make_place();
            }
            self.in_flight.set(self.in_flight.get() + 1);
            return self.deferred.push(op);
        }
        // Everything foreign comes before the operation is begun: one that panics leaves it alone.
        self.make_room();
        if self.write(op) {
            self.in_flight.set(self.in_flight.get() + 1);
        } else {
            return self.submit_rarely(op, header);
        }
        if header.kind().stream() == Some(Way::Out) {
            self.sends.set(self.sends.get() + 1);
            if self.sends.get() > SENDS && !self.ring.is_full() {
                self.write_oldest();
            }
        }
    }

    fn cancel(&self, op: &OpHeader) {
        // A request to cancel finds only what was written before it.
        self.write_deferred();
        self.make_room();
        if op.result().is_some() {
            return;
        }
        self.ring.push(entry::cancel(op));
        // One that is cancelled must have left its line before the next event, or what is behind it
        // is not woken.
        if op.kind().in_turn() {
            self.until_taken(self.ring.last());
        }
    }

    fn edges(&self, _: usize) -> u32 {
        0
    }

    fn register(&self, _: usize, _: &Waker) {}

    fn park(&self, deadline: Option<Instant>, idle: Idle<'_>) -> Parked {
        if self.reap() {
            return Parked::Progress;
        }
        let left_us = deadline.map(|deadline| deadline.0.saturating_sub(self.now().0));
        if left_us == Some(0) {
            self.enter(0, None);
        } else if let Some(_asleep) = idle.sleep(&self.notifier) {
            if !self.watching.replace(true) {
                self.push(entry::watch(self.notifier.as_raw_fd()));
            }
            self.enter(1, left_us.map(timespec).as_ref());
        } else {
            return Parked::Woken;
        }
        self.reap();
        Parked::Progress
    }

    fn world(&self) -> Option<&'static World> {
        self.world
    }

    fn stuck(&self) -> ! {
        unreachable!("a real driver has no watchdog")
    }

    fn poll(&self) {
        self.enter(0, None);
        self.reap();
    }

    fn drain(&self) {
        if self.in_flight.get() > 0 && self.ring.is_forked() {
            return;
        }
        // Wakers are called here whose run is over. What one panics with goes on when everything
        // has ended, unless the run ends by a panic already.
        let mut first = None;
        while self.in_flight.get() > 0 {
            let ending = AssertUnwindSafe(|| self.end_all());
            if let Err(panic) = catch_unwind(ending) {
                first.get_or_insert(panic);
            }
        }
        if let Some(panic) = first {
            if std::thread::panicking() {
                core::mem::forget(panic);
            } else {
                resume_unwind(panic);
            }
        }
    }

    fn hand_over(&self, op: &OpHeader) {
        self.write_deferred();
        if op.result().is_none() {
            self.until_taken(op.flags.get());
        }
    }

    fn closing(&self, fd: i32) {
        if self.deferred.names(fd) {
            self.write_deferred();
        }
        if self.ring.names(fd) {
            self.until_taken(self.ring.last());
        }
    }

    fn waitable(&self) -> Option<BorrowedFd<'_>> {
        Some(self.ring.fd().as_fd())
    }

    fn provide(&self, count: u16, bytes: u32) -> Result<(), String> {
        Uring::provide(self, count, bytes).map(drop)
    }

    fn pool(&self) -> Option<Rc<Pool>> {
        self.pool.get().map(Rc::clone)
    }

    /// Only what bytes go through is worth a place in the ring's table.
    fn attach(&self, fd: OwnedFd, streams: bool) -> Result<Attached, IoError> {
        Ok(if streams {
            Attached::Registered(self.sockets.register(fd))
        } else {
            Attached::Plain(fd)
        })
    }
}
