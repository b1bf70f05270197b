//! The simulated driver: virtual time, a scripted environment, no surprises.
//!
//! Virtual time stands still while anything is runnable. When nothing is, it jumps to the
//! next event: the earliest of the timers, the device and the input lines that are
//! waited for. When there is no such event the run is stuck and the watchdog of virtual
//! time fires, once; a design gets that much time again to drain.
//!
//! A wake from another thread comes at no instant of virtual time. One that the thread has begun
//! is waited for (module `underway`); one that it has not begun is no event, so a run that waits
//! for nothing else is stuck and ends as any other that is: by the watchdog, and, where a root may
//! not be dropped and does not end when it is cancelled, by [`World::stuck`] and its message.
//!
//! Deterministic: two runs on the same script are identical, event for event.

use core::cell::Cell;
use core::fmt;
use core::ptr::NonNull;
use core::task::Waker;

use contract::{LINES, Lease, WATCHDOG_MS, World};

use crate::Instant;
use crate::driver::ops::Yields;
use crate::driver::{BUSY, Driver, Idle, OpHeader, Parked, UNSUPPORTED};
use crate::foreign::Finally;

/// The driver over a [`World`].
pub struct Sim {
    world: &'static World,
    /// Lines whose next edge was asked for since their last one.
    awaited: [Cell<bool>; LINES],
    in_flight: Cell<Option<NonNull<OpHeader>>>,
    watchdog: Cell<bool>,
    /// Tells who waits that a line has seen so many edges now.
    edge: fn(usize, u32),
    #[cfg(all(feature = "std", not(loom)))]
    _watch: crate::wake::underway::Watch,
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sim").field("now_us", &self.world.now_us()).finish_non_exhaustive()
    }
}

const WATCHDOG_US: u64 = WATCHDOG_MS as u64 * 1000;

impl Sim {
    /// A driver for one run. `edge` is told of each edge of a line that is waited for, with how
    /// many there were: [`context::edge`](crate::run::context::edge), in a run of ours.
    #[must_use]
    pub fn new(world: &'static World, edge: fn(usize, u32)) -> Sim {
        Sim {
            world,
            awaited: [const { Cell::new(false) }; LINES],
            in_flight: Cell::new(None),
            watchdog: Cell::new(false),
            edge,
            #[cfg(all(feature = "std", not(loom)))]
            _watch: crate::wake::underway::Watch::new(),
        }
    }

    fn next_event_us(&self, deadline: Option<Instant>) -> Option<u64> {
        let line = (0..LINES).filter_map(|line| {
            self.world.lines()[line].next_at_us().filter(|_| self.awaited[line].get())
        });
        let timer = deadline.map(|deadline| deadline.0);
        line.chain(timer).chain(self.world.device().next_at_us()).min()
    }

    fn deliver(&self) {
        let now_us = self.world.now_us();
        // All of it, also when a waker panics: what has arrived is told once.
        let rest = Finally(|| self.deliver());
        for (number, line) in self.world.lines().iter().enumerate() {
            if line.arrive(now_us, self.world.script()) && self.awaited[number].take() {
                // FOREIGN: wakers of leaves. The line has been counted.
                (self.edge)(number, line.edges());
            }
        }
        while let Some((id, _, result)) = self.world.device().take_done(now_us) {
            if let Some(op) = self.unlink(|op| op.id.get() == Some(id)) {
                // SAFETY: unlinked just now, so still in flight; `submit` obliges its
                // caller to keep header and buffer alive until the result is set.
                let result = unsafe { self.opened(op, result) };
                // FOREIGN: wake, as the last thing that it does.
                // SAFETY: as above.
                unsafe { finish(op, result) };
            }
        }
        core::mem::forget(rest);
    }

    /// The result of an operation: for one that opens a resource, and was not cancelled, the number
    /// of that.
    ///
    /// # Safety
    /// The operation is in flight and alive.
    unsafe fn opened(&self, op: NonNull<OpHeader>, result: i32) -> i32 {
        // SAFETY: alive by the caller's promise.
        let yields = unsafe { op.as_ref() }.kind().yields();
        if yields == Yields::Resource && result >= 0 { self.world.open() } else { result }
    }

    /// Takes the operation in flight that matches out of the list.
    fn unlink(&self, wanted: impl Fn(&OpHeader) -> bool) -> Option<NonNull<OpHeader>> {
        let mut link = &self.in_flight;
        while let Some(op) = link.get() {
            // SAFETY: operations in the list are in flight and alive by `submit`'s contract.
            let header = unsafe { op.as_ref() };
            if wanted(header) {
                link.set(header.next.take());
                return Some(op);
            }
            link = &header.next;
        }
        None
    }
}

/// Fills the buffer with the device's bytes (0, 1, 2, …) and completes the operation.
///
/// # Safety
/// The operation is in flight and alive.
unsafe fn finish(op: NonNull<OpHeader>, result: i32) {
    // SAFETY: alive by the caller's promise.
    let header = unsafe { op.as_ref() };
    let moved = usize::try_from(result).unwrap_or(0).min(header.capacity.get());
    for (offset, value) in (0..moved).zip((0..=u8::MAX).cycle()) {
        // SAFETY: within the capacity that was lent.
        let byte = unsafe { header.buffer.get().add(offset) };
        // SAFETY: lent for writing until the result is set.
        unsafe { byte.write(value) };
    }
    header.complete(result);
}

impl Driver for Sim {
    fn now(&self) -> Instant {
        Instant(self.world.now_us())
    }

    fn deadline(&self, ms: u32) -> Instant {
        let now_us = self.world.now_us();
        Instant(now_us.saturating_add(self.world.script().interval_us(now_us, ms)))
    }

    fn tie(&self, deadline: Instant, sequence: u32) -> u32 {
        self.world.script().tie(deadline.0, sequence)
    }

    unsafe fn submit(&self, op: NonNull<OpHeader>) {
        // SAFETY: the caller keeps it alive until its result is set.
        let header = unsafe { op.as_ref() };
        let Some(ms) = header.kind().device_ms() else { return header.complete(UNSUPPORTED) };
        let at = self.deadline(ms);
        let capacity = u32::try_from(header.capacity.get()).unwrap_or(u32::MAX);
        #[cfg(feature = "io")]
        let lease = Lease(header.flags.get());
        #[cfg(not(feature = "io"))]
        let lease = Lease(0);
        match self.world.device().submit(lease, capacity, at.0) {
            Some(id) => {
                header.id.set(Some(id));
                header.next.set(self.in_flight.replace(Some(op)));
            }
            // The device is full: an error value, as a full submission queue gives.
            None => header.complete(BUSY),
        }
    }

    fn cancel(&self, op: &OpHeader) {
        if let Some(id) = op.id.get() {
            self.world.device().cancel(id, self.world.now_us());
        }
    }

    fn edges(&self, line: usize) -> u32 {
        self.world.lines()[line].edges()
    }

    /// The waiter itself stands in the runtime's line.
    fn register(&self, line: usize, _: &Waker) {
        self.awaited[line].set(true);
    }

    fn park(&self, deadline: Option<Instant>, idle: Idle<'_>) -> Parked {
        if !idle.settled() {
            return Parked::Woken;
        }
        let limit_us = if self.watchdog.get() { 2 * WATCHDOG_US } else { WATCHDOG_US };
        match self.next_event_us(deadline) {
            Some(at_us) if at_us < limit_us => {
                self.world.advance_to_us(at_us);
                self.deliver();
                Parked::Progress
            }
            _ if self.watchdog.replace(true) => Parked::Stuck,
            _ => {
                self.world.fire_watchdog();
                Parked::Watchdog
            }
        }
    }

    fn world(&self) -> Option<&'static World> {
        Some(self.world)
    }

    #[cfg(feature = "io")]
    fn is_real(&self) -> bool {
        false
    }

    fn stuck(&self) -> ! {
        self.world.stuck()
    }

    #[cfg(feature = "io")]
    fn drain(&self) {
        let mut next = self.in_flight.get();
        if next.is_none() {
            return;
        }
        while let Some(op) = next {
            // SAFETY: operations in the list are in flight and alive by `submit`'s contract.
            let header = unsafe { op.as_ref() };
            self.cancel(header);
            next = header.next.get();
        }
        self.deliver();
    }
}
