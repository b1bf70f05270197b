//! Where time and events come from.
//!
//! A driver has two faces. *Completion*: submit an operation whose memory stays put,
//! request its cancellation, learn its end exactly once. *Readiness*: look, and register a
//! waker when there is nothing to see. A design uses the face that its model asks for and
//! pays nothing for the other: a poll leaf has no operation header, a completion leaf no
//! registration.

use core::cell::Cell;
use core::fmt;
use core::marker::PhantomPinned;
use core::ptr::NonNull;
use core::task::Waker;

use contract::{OpId, World};

use crate::Instant;

/// What [`Driver::park`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parked {
    /// Time passed or something was completed; look at the run queue again.
    Progress,
    /// Nothing can happen any more, or virtual time reached the watchdog. Reported once.
    Watchdog,
    /// Nothing can happen any more, and the watchdog has fired already.
    Stuck,
}

/// A source of time and events. Object safe, `no_std`.
pub trait Driver {
    /// The present.
    fn now(&self) -> Instant;

    /// The end of an interval of nominally `ms` milliseconds that starts now.
    fn deadline(&self, ms: u32) -> Instant;

    /// Order among timers of the same deadline: lower fires first.
    fn tie(&self, deadline: Instant, sequence: u32) -> u32 {
        let _ = deadline;
        sequence
    }

    /// Completion face: starts an operation. Its end is reported through the header,
    /// exactly once, also after [`Driver::cancel`].
    ///
    /// # Safety
    /// The header and the buffer that it names stay valid and are not touched by anyone
    /// else until [`OpHeader::result`] is `Some`.
    unsafe fn submit(&self, op: NonNull<OpHeader>);

    /// Completion face: asks for an early end. The operation still ends exactly once, with
    /// [`contract::CANCELED`] or with its real result if that came first.
    fn cancel(&self, op: &OpHeader);

    /// Readiness face: edges seen on an input line so far.
    fn edges(&self, line: usize) -> u32;

    /// Readiness face: wakes the waker at the next edge of the line. One waker a line; a
    /// later call replaces it.
    fn register(&self, line: usize, waker: &Waker);

    /// Waits until `deadline` or until something else happens. Called only when the run
    /// queue is empty.
    fn park(&self, deadline: Option<Instant>) -> Parked;

    /// The simulated world behind this driver, if there is one.
    fn world(&self) -> Option<&'static World> {
        None
    }

    /// A cancelled root does not drain. Must not return: its frames may not be freed.
    fn stuck(&self) -> !;
}

/// The part of a completion operation that the driver sees. Lives in the leaf, pinned.
pub struct OpHeader {
    /// Where to put the bytes.
    pub(crate) buffer: Cell<*mut u8>,
    /// How many bytes fit.
    pub(crate) capacity: Cell<usize>,
    /// Nominal duration in milliseconds; a simulated device takes it from its script.
    pub(crate) nominal_ms: Cell<u32>,
    pub(crate) waker: Cell<Option<Waker>>,
    pub(crate) result: Cell<Option<i32>>,
    pub(crate) id: Cell<Option<OpId>>,
    /// Link in a driver's list of operations in flight.
    pub(crate) next: Cell<Option<NonNull<OpHeader>>>,
    _pin: PhantomPinned,
}

impl fmt::Debug for OpHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpHeader").field("result", &self.result).finish_non_exhaustive()
    }
}

impl OpHeader {
    /// An operation that was not submitted.
    #[must_use]
    pub fn new(nominal_ms: u32) -> OpHeader {
        OpHeader {
            buffer: Cell::new(core::ptr::null_mut()),
            capacity: Cell::new(0),
            nominal_ms: Cell::new(nominal_ms),
            waker: Cell::new(None),
            result: Cell::new(None),
            id: Cell::new(None),
            next: Cell::new(None),
            _pin: PhantomPinned,
        }
    }

    /// Names the buffer that the driver fills.
    pub fn lend(&self, buffer: *mut u8, capacity: usize) {
        self.buffer.set(buffer);
        self.capacity.set(capacity);
    }

    /// Whom to wake at the end.
    pub fn set_waker(&self, waker: Waker) {
        self.waker.set(Some(waker));
    }

    /// The result once the operation has ended: bytes moved or a negative error.
    #[must_use]
    pub fn result(&self) -> Option<i32> {
        self.result.get()
    }

    /// Called by a driver, once: stores the result and wakes.
    pub(crate) fn complete(&self, result: i32) {
        self.result.set(Some(result));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}
