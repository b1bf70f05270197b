//! An island: our executor as one future inside a foreign runtime.
//!
//! A must-complete root cannot be a task of a runtime that may drop its tasks. The island
//! can: it owns a real driver and the root, drives the root until it is idle, and needs two
//! things of its host: to be told when the driver's descriptor is readable, and when a time
//! has come ([`Host`]). Operations are submitted on the island's own driver, by the thread
//! that polls it; the future is not `Send`.
//!
//! # Cancellation
//! Dropping the island before it is ready polls the root in cancel mode until it is ready,
//! and *blocks the thread* meanwhile: what the driver holds cannot be left behind. That is
//! the price of must-complete values in a world that drops.

use core::fmt;
use core::future::Future;
use core::marker::{PhantomData, PhantomPinned};
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};
use std::boxed::Box;
use std::os::fd::BorrowedFd;

use contract::World;

use crate::count::{self, Counter};
use crate::driver::select::{self, Backend};
use crate::driver::{Driver, Idle};
use crate::run::context::{self, Runtime};
use crate::run::executor::publish;
use crate::wake::handle::{List, Slot};
use crate::{Instant, IoError};

/// What an island needs of the runtime around it.
pub trait Host {
    /// Ready when the driver's descriptor ([`Driver::waitable`]) may have become readable
    /// since this was ready last. A host that remembers readiness forgets it *before* it says
    /// so, because the island looks afterwards and takes everything that is there.
    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<()>;

    /// Ready when the driver's clock, which shows `now`, has reached `at`. Called with the
    /// same `at` again and again until then, and with another one when plans change.
    fn poll_deadline(&mut self, cx: &mut Context<'_>, at: Instant, now: Instant) -> Poll<()>;
}

/// A driver for an island: the one that is selected on this thread if it is a real one
/// ([`select::select`]), else the first of [`Backend::REAL`] that can be had.
///
/// # Errors
/// Those of the system.
pub fn open(world: Option<&'static World>) -> Result<Box<dyn Driver>, IoError> {
    match select::selected() {
        Backend::Sim => {
            let [first, others @ ..] = Backend::REAL;
            others.into_iter().fold(select::open(first, world), |opened, next| {
                opened.or_else(|_| select::open(next, world))
            })
        }
        real => select::open(real, world),
    }
}

/// What readiness of an island's driver is told by.
///
/// # Panics
/// For the simulated driver, which no host can watch. [`open`] does not return it.
#[must_use]
pub fn waitable(driver: &dyn Driver) -> BorrowedFd<'_> {
    driver.waitable().expect("real drivers have a descriptor")
}

/// Slices after which the host's other tasks get a turn.
const SLICES: u32 = 61;

/// Where the root stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Was not polled.
    ///
    /// Entered by the making of the island. Excludes nothing: nothing of it is in flight, and it
    /// may be moved.
    New,
    /// May have anything in flight.
    ///
    /// Entered from `New` by the first poll. Excludes that the island is freed before the root has
    /// ended: a drop polls the root in cancel mode until it is ready.
    Begun,
    /// It was ready, or it panicked.
    ///
    /// Entered from `Begun` by the poll of the root that is ready, also within a drop, and by one
    /// that unwinds, which drains the driver. Excludes every further poll of the root.
    Over,
}

/// See the [module](self) docs.
pub struct Island<T, H, F: FnMut(&mut Context<'_>) -> Poll<T>> {
    root: F,
    host: H,
    stage: Stage,
    slot: Slot,
    queue: List,
    /// Borrows the driver. Timers point at it, so it stays where it is once polled.
    runtime: Runtime<'static>,
    /// Last, because fields go in this order: the host watches the driver's descriptor.
    _driver: OwnDriver,
    _output: PhantomData<T>,
    _pin: PhantomPinned,
}

impl<T, H, F: FnMut(&mut Context<'_>) -> Poll<T>> fmt::Debug for Island<T, H, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Island").field("stage", &self.stage).finish_non_exhaustive()
    }
}

impl<T, H: Host, F: FnMut(&mut Context<'_>) -> Poll<T>> Island<T, H, F> {
    /// An island with a root that owns all that it uses. The contract of the root is that of
    /// [`executor::run`](crate::run::executor::run) with
    /// [`CancelAndDrain`](crate::run::executor::OnWatchdog::CancelAndDrain): polled in cancel mode
    /// it becomes ready.
    ///
    /// # Panics
    /// When the table of wakers is full.
    pub fn new(driver: Box<dyn Driver>, host: H, root: F) -> Island<T, H, F>
    where
        F: 'static,
    {
        // SAFETY: the root borrows nothing that could end.
        unsafe { Island::borrowing(driver, host, root) }
    }

    /// An island with a root that borrows.
    ///
    /// # Panics
    /// When the table of wakers is full.
    ///
    /// # Safety
    /// Once it was polled, the island is polled to its end or dropped before anything that
    /// the root borrows ends. Forgetting it is not allowed.
    #[must_use]
    pub unsafe fn borrowing(driver: Box<dyn Driver>, host: H, root: F) -> Island<T, H, F> {
        let queue = List::new().expect("the waker table has room for one executor");
        // SAFETY: both go into the island, whose fields are dropped in order: the slot first.
        let slot = unsafe { queue.slot(NonNull::dangling()) };
        let slot = slot.expect("the waker table has room for the root");
        let driver = OwnDriver(NonNull::from(Box::leak(driver)));
        // SAFETY: freed with the island, after the runtime.
        let runtime = Runtime::new(unsafe { driver.0.as_ref() });
        Island {
            root,
            host,
            stage: Stage::New,
            slot,
            queue,
            runtime,
            _driver: driver,
            _output: PhantomData,
            _pin: PhantomPinned,
        }
    }
}

impl<T, H, F: FnMut(&mut Context<'_>) -> Poll<T>> Island<T, H, F> {
    /// Polls the root if it was woken.
    fn slice(&mut self, cancelling: bool) -> Option<T> {
        let waker = self.slot.waker();
        let mut cx = Context::from_waker(&waker);
        while self.queue.pop().is_some() {
            count::add(Counter::Turns, 1);
            count::add(Counter::TaskPolls, 1);
            // What the root lends ends before its frames go, also when it panics.
            let unwinding = Unwinding { stage: &mut self.stage, runtime: &self.runtime };
            let root = &mut self.root;
            // FOREIGN: the poll of the root.
            let polled = self.runtime.enter(|| context::with_mode(cancelling, || root(&mut cx)));
            core::mem::forget(unwinding);
            if let Poll::Ready(output) = polled {
                self.stage = Stage::Over;
                publish(&self.runtime);
                return Some(output);
            }
        }
        None
    }

    /// Polls the root in cancel mode until it is ready, and blocks in between.
    fn finish(&mut self) {
        self.queue.disown();
        self.slot.wake();
        loop {
            self.queue.collect();
            if self.slice(true).is_some() {
                return;
            }
            if self.queue.is_idle() {
                let (runtime, queue) = (&self.runtime, &self.queue);
                let deadline = runtime.timers.next_deadline();
                // FOREIGN: wakers of leaves. The driver delivers the rest when one panics.
                runtime.enter(|| runtime.driver.park(deadline, Idle::new(queue)));
                self.fire();
            }
        }
    }

    fn fire(&self) {
        let runtime = &self.runtime;
        if runtime.timers.next_deadline().is_some() {
            // FOREIGN: wakers of leaves. What is due and was not reached stays armed.
            runtime.enter(|| runtime.timers.fire(runtime.driver.now()));
        }
    }
}

impl<T, H: Host, F: FnMut(&mut Context<'_>) -> Poll<T>> Future for Island<T, H, F> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        // SAFETY: nothing is moved out.
        let this = unsafe { self.get_unchecked_mut() };
        assert!(this.stage != Stage::Over, "an island was polled after it was ready");
        // We are awake: nothing need call the host's waker until we wait.
        this.queue.disown();
        if this.stage == Stage::New {
            this.stage = Stage::Begun;
            this.slot.wake();
        }
        for _ in 0..SLICES {
            this.queue.collect();
            if let Some(output) = this.slice(false) {
                return Poll::Ready(output);
            }
            let runtime = &this.runtime;
            // FOREIGN: wakers of leaves. The driver delivers the rest when one panics.
            runtime.enter(|| runtime.driver.poll());
            this.fire();
            this.queue.collect();
            if !this.queue.is_idle() || this.host.poll_readable(cx).is_ready() {
                continue;
            }
            if let Some(at) = this.runtime.timers.next_deadline() {
                let now = this.runtime.driver.now();
                if this.host.poll_deadline(cx, at, now).is_ready() {
                    continue;
                }
            }
            this.queue.adopt(cx.waker());
            // After that: who was woken from another thread meanwhile is in the batch, who
            // will be calls the host's waker.
            this.queue.collect();
            if this.queue.is_idle() {
                return Poll::Pending;
            }
            this.queue.disown();
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Marks the end of a root that panics.
struct Unwinding<'a> {
    stage: &'a mut Stage,
    runtime: &'a Runtime<'static>,
}

impl Drop for Unwinding<'_> {
    fn drop(&mut self) {
        *self.stage = Stage::Over;
        self.runtime.enter(|| self.runtime.driver.drain());
    }
}

/// An island that is polled to its end, also when a waker panics meanwhile: its frames must not go
/// before. A second panic ends the process.
struct Ending<'a, T, H, F: FnMut(&mut Context<'_>) -> Poll<T>>(&'a mut Island<T, H, F>);

impl<T, H, F: FnMut(&mut Context<'_>) -> Poll<T>> Ending<'_, T, H, F> {
    fn finish(&mut self) {
        if self.0.stage == Stage::Begun {
            self.0.finish();
        }
        let runtime = &self.0.runtime;
        runtime.enter(|| runtime.driver.drain());
    }
}

impl<T, H, F: FnMut(&mut Context<'_>) -> Poll<T>> Drop for Ending<'_, T, H, F> {
    /// Reached by a panic only.
    fn drop(&mut self) {
        self.finish();
    }
}

impl<T, H, F: FnMut(&mut Context<'_>) -> Poll<T>> Drop for Island<T, H, F> {
    fn drop(&mut self) {
        let mut ending = Ending(self);
        ending.finish();
        core::mem::forget(ending);
    }
}

/// The driver of an island, which the runtime beside it borrows.
struct OwnDriver(NonNull<dyn Driver>);

impl Drop for OwnDriver {
    fn drop(&mut self) {
        // SAFETY: it came from a box, and this is the island's last field.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}
