//! The driver over epoll: readiness, and completion made of it.
//!
//! Readiness leaves talk to their [`Source`] and never to the driver; the driver
//! waits, and tells each source what the system said about it. A completion operation on a socket
//! is tried at once and waits in its source's line if it would block; when the source is
//! ready the driver makes the call, so that bytes go straight into the lent buffer. Files
//! have no readiness: a helper thread reads them (module `files`).
//!
//! A source is found by its descriptor in a vector, which is how the system finds it too.
//! An event that comes late, for a descriptor that has a new owner, is a spurious one.

mod event;
mod files;

use core::cell::{Cell, RefCell};
use core::fmt;
use core::ptr::NonNull;
use core::task::Waker;
use std::format;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;
use std::string::String;
use std::vec::Vec;

use contract::World;
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::io::Errno;

use crate::Instant;
use crate::driver::attached::Attached;
use crate::driver::clock::{monotonic_us, timespec};
use crate::driver::epoll::event::{deliver, watch};
use crate::driver::epoll::files::Helper;
use crate::driver::ops::Waits;
use crate::driver::real::Real;
use crate::driver::source::{Source, Sources};
use crate::driver::{Driver, Idle, OpHeader, Parked, UNSUPPORTED};
use crate::foreign::Finally;
use crate::io_error::IoError;
use crate::wake::notifier::Notifier;

/// Events that are taken at once. Fewer than there may be, because what one call tells of is
/// touched by the program and again by the kernel: of a thousand connections, batches of this
/// size saved 7 % of an echo's time for one call in eighty.
const BATCH: usize = 128;

/// What the notifier's event carries; no descriptor is that large.
const NOTIFIER: u64 = u64::MAX;

/// The driver.
pub struct Epoll {
    sources: Rc<Sources>,
    notifier: Notifier,
    events: RefCell<Vec<epoll::Event>>,
    helper: Helper,
    /// Microseconds on the system's clock at the driver's epoch.
    epoch_us: u64,
    world: Option<&'static World>,
    /// Whether the batch that was taken last was full, so that there may be more.
    more: Cell<bool>,
}

impl fmt::Debug for Epoll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Epoll").field("sources", &self.sources).finish_non_exhaustive()
    }
}

impl Epoll {
    /// A driver for one run. `world` is where the run publishes what it counted.
    ///
    /// # Errors
    /// Those of `epoll_create1`, `eventfd` and `epoll_ctl`.
    pub fn new(world: Option<&'static World>) -> Result<Epoll, IoError> {
        let set = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let notifier = Notifier::take()?;
        let flags = epoll::EventFlags::IN | epoll::EventFlags::ET;
        epoll::add(&set, &notifier, epoll::EventData::new_u64(NOTIFIER), flags)?;
        Ok(Epoll {
            sources: Rc::new(Sources::new(set, watch)),
            helper: Helper::new(notifier.number()),
            notifier,
            events: RefCell::new(Vec::with_capacity(BATCH)),
            epoch_us: monotonic_us(),
            world,
            more: Cell::new(false),
        })
    }

    /// Waits at most until then, and delivers what there is.
    fn wait(&self, timeout: Option<&Timespec>, awake: impl FnOnce()) {
        // Held while wakers run. One that lets the driver look finds it looking.
        let Ok(mut events) = self.events.try_borrow_mut() else { return };
        events.clear();
        match epoll::wait(self.sources.set(), spare_capacity(&mut events), timeout) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => panic!("epoll_wait: {errno}"),
        }
        awake();
        self.more.set(events.len() == BATCH);
        self.deliver(&events);
    }

    /// Passes events on, all of them also when a waker panics: an edge is told once.
    fn deliver(&self, mut events: &[epoll::Event]) {
        while let Some((event, rest)) = events.split_first() {
            events = rest;
            let rest = Finally(|| self.deliver(rest));
            // FOREIGN: wakers of leaves and operations. The source is held by a share of its own,
            // and only the batch is borrowed.
            match event.data.u64() {
                NOTIFIER => self.helper.deliver(),
                fd => {
                    let fd = usize::try_from(fd).ok();
                    if let Some(source) = fd.and_then(|fd| self.sources.source(fd)) {
                        deliver(&source, event.flags);
                    }
                }
            }
            core::mem::forget(rest);
        }
    }
}

impl Driver for Epoll {
    fn now(&self) -> Instant {
        Instant(monotonic_us() - self.epoch_us)
    }

    fn deadline(&self, ms: u32) -> Instant {
        Instant(self.now().0.saturating_add(u64::from(ms) * 1000))
    }

    unsafe fn submit(&self, op: NonNull<OpHeader>) {
        // SAFETY: alive by the caller's promise.
        let header = unsafe { op.as_ref() };
        let kind = header.kind();
        let result = match (kind.waits(), kind.fd()) {
            (Waits::Blocks, _) => {
                // SAFETY: the caller's promise.
                unsafe { self.helper.submit(op) }
            }
            (Waits::Readable | Waits::Writable, Some(fd)) => {
                // SAFETY: the caller's promise.
                let tried = self.sources.with(fd, |source| unsafe { source.submit(op) });
                tried.unwrap_or(Some(UNSUPPORTED))
            }
            _ => Some(UNSUPPORTED),
        };
        if let Some(result) = result {
            header.complete(result);
        }
    }

    fn cancel(&self, op: &OpHeader) {
        let kind = op.kind();
        let waited = match (kind.waits(), kind.fd()) {
            (Waits::Blocks, _) => self.helper.cancel(op),
            (Waits::Readable | Waits::Writable, Some(fd)) => {
                self.sources.with(fd, |source| source.cancel(op)).unwrap_or(false)
            }
            _ => false,
        };
        if waited {
            op.complete(contract::CANCELLED);
        }
    }

    /// Real drivers have no input lines.
    fn edges(&self, _: usize) -> u32 {
        0
    }

    fn register(&self, _: usize, _: &Waker) {}

    fn park(&self, deadline: Option<Instant>, idle: Idle<'_>) -> Parked {
        if let Some(asleep) = idle.sleep(&self.notifier) {
            let timeout = deadline.map(|at| timespec(at.0.saturating_sub(self.now().0)));
            self.wait(timeout.as_ref(), || drop(asleep));
            Parked::Progress
        } else {
            Parked::Woken
        }
    }

    fn world(&self) -> Option<&'static World> {
        self.world
    }

    fn stuck(&self) -> ! {
        unreachable!("a real driver has no watchdog")
    }

    fn poll(&self) {
        loop {
            self.wait(Some(&timespec(0)), || ());
            if !self.more.get() {
                break;
            }
        }
    }

    fn drain(&self) {
        for fd in 0..self.sources.places() {
            if let Some(source) = self.sources.source(fd) {
                source.cancel_all();
            }
        }
        self.helper.drain();
    }

    /// Sockets wait in their source's line, which ends with them. A file's operation is cancelled
    /// or waited for: this blocks for one call on a file at most.
    fn hand_over(&self, op: &OpHeader) {
        if op.kind().waits() == Waits::Blocks {
            self.helper.settle(op);
        }
    }

    fn closing(&self, fd: i32) {
        self.helper.closing(fd);
    }

    fn waitable(&self) -> Option<BorrowedFd<'_>> {
        Some(self.sources.set().as_fd())
    }

    fn attach(&self, fd: OwnedFd, _: bool) -> Result<Attached, IoError> {
        Source::new(&self.sources, fd).map(Attached::Source)
    }

    fn sources(&self) -> Option<&Rc<Sources>> {
        Some(&self.sources)
    }
}

impl Real for Epoll {
    fn open(world: Option<&'static World>) -> Result<Epoll, IoError> {
        Epoll::new(world)
    }

    fn probe() -> Result<(), String> {
        Epoll::new(None).map(drop).map_err(|error| format!("epoll_create1: {error}"))
    }
}

impl Drop for Epoll {
    fn drop(&mut self) {
        self.drain();
    }
}
