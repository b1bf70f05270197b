//! Where time and events come from.
//!
//! A driver has two faces. *Completion*: submit an operation whose memory stays put,
//! request its cancellation, learn its end exactly once. *Readiness*: look, and register a
//! waker when there is nothing to see. A design uses the face that its model asks for and
//! pays nothing for the other: a poll leaf has no operation header, a completion leaf no
//! registration.
//!
//! The readiness face of sockets is not in the trait: a leaf there talks to its `Source`
//! (module `leaf::ready`) and needs the driver only to be registered, once.

#[cfg(feature = "io")]
pub mod attached;
#[cfg(feature = "io")]
mod clock;
#[cfg(feature = "io")]
pub(crate) mod direction;
#[cfg(feature = "io")]
pub mod epoll;
pub mod isr;
#[cfg(feature = "io")]
pub mod kind;
#[cfg(feature = "io")]
mod mapping;
pub(crate) mod of_world;
mod op;
pub mod ops;
#[cfg(feature = "io")]
pub mod pool;
#[cfg(feature = "io")]
pub mod real;
#[cfg(feature = "io")]
pub mod registry;
#[cfg(feature = "io")]
pub mod select;
pub mod sim;
#[cfg(feature = "io")]
pub mod source;
#[cfg(feature = "io")]
pub mod uring;

use core::marker::PhantomData;
use core::ptr::NonNull;
use core::task::Waker;
#[cfg(feature = "io")]
use std::os::fd::{BorrowedFd, OwnedFd};
#[cfg(feature = "io")]
use std::rc::Rc;
#[cfg(feature = "io")]
use std::string::String;

use contract::World;

use crate::Instant;
#[cfg(feature = "io")]
use crate::driver::attached::Attached;
#[cfg(feature = "io")]
use crate::driver::pool::Pool;
#[cfg(feature = "io")]
use crate::driver::source::Sources;
#[cfg(feature = "io")]
use crate::io_error::IoError;
#[cfg(feature = "io")]
use crate::wake::handle::Asleep;
use crate::wake::handle::List;
#[cfg(feature = "io")]
use crate::wake::notifier::Notifier;

pub use op::OpHeader;
pub use ops::{BUSY, OpKind, UNSUPPORTED};

/// What [`Driver::park`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parked {
    /// Time passed or something was completed; look at the run queue again.
    Progress,
    /// A task was woken before the driver could block, so it has looked for nothing.
    Woken,
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
    /// [`contract::CANCELLED`] or with its real result if that came first.
    fn cancel(&self, op: &OpHeader);

    /// Readiness face: edges seen on an input line so far.
    fn edges(&self, line: usize) -> u32;

    /// Readiness face: wakes the waker at the next edge of the line. One waker a line; a
    /// later call replaces it.
    fn register(&self, line: usize, waker: &Waker);

    /// Waits until `deadline` or until something else happens. Called only when the run
    /// queue is empty. A driver that blocks says so to `idle` first.
    fn park(&self, deadline: Option<Instant>, idle: Idle<'_>) -> Parked;

    /// The simulated world behind this driver, if there is one.
    fn world(&self) -> Option<&'static World> {
        None
    }

    /// A cancelled root does not drain. Must not return: its frames may not be freed.
    fn stuck(&self) -> !;

    /// Whether it waits for a machine's events, on a machine's clock.
    #[cfg(feature = "io")]
    fn is_real(&self) -> bool {
        true
    }

    /// Hands over what was submitted and takes what has happened, without waiting.
    #[cfg(feature = "io")]
    fn poll(&self) {}

    /// Cancels everything in flight and waits until it has ended. Called before frames go
    /// whose operations may not have ended, as when a root panics.
    #[cfg(feature = "io")]
    fn drain(&self) {}

    /// Takes a socket under this driver; `streams` if bytes will go through it.
    ///
    /// # Errors
    /// Those of the system; the descriptor is closed then.
    #[cfg(feature = "io")]
    fn attach(&self, fd: OwnedFd, streams: bool) -> Result<Attached, IoError> {
        let _ = streams;
        Ok(Attached::Plain(fd))
    }

    /// What sources are registered with, if this driver waits for readiness. Its sockets do not
    /// block then. Those of other drivers do, because the system would return what does not block
    /// instead of waiting for it.
    #[cfg(feature = "io")]
    fn sources(&self) -> Option<&Rc<Sources>> {
        None
    }

    /// Makes sure that the system has looked up the descriptor of an operation in flight.
    /// Called when nothing keeps it open any more: a number that is closed and given to
    /// another file before an entry is handed over would name that file. Where that cannot
    /// be, the operation is cancelled or waited for; it may have ended when this returns.
    #[cfg(feature = "io")]
    fn hand_over(&self, op: &OpHeader) {
        let _ = op;
    }

    /// The same for all operations that name a descriptor, which is about to be closed. A leaf
    /// that was dropped has seen to that; one that was forgotten has not.
    #[cfg(feature = "io")]
    fn closing(&self, fd: i32) {
        let _ = fd;
    }

    /// What becomes readable when [`Driver::poll`] would find something: for a host that
    /// waits in our place.
    #[cfg(feature = "io")]
    fn waitable(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// Registers buffers for the kernel to choose from when bytes are there
    /// ([`OpKind::RecvProvided`]); once per driver.
    ///
    /// # Errors
    /// When this driver has no such operation, or the system refuses.
    ///
    /// # Panics
    /// When there is a pool already.
    #[cfg(feature = "io")]
    fn provide(&self, count: u16, bytes: u32) -> Result<(), String> {
        let _ = (count, bytes);
        Err(String::from("this driver does not choose buffers"))
    }

    /// The buffers that [`OpKind::RecvProvided`] chooses from, if there are any.
    #[cfg(feature = "io")]
    fn pool(&self) -> Option<Rc<Pool>> {
        None
    }
}

/// The run queue of the executor, for a driver that is about to block.
#[derive(Clone, Copy, Debug)]
pub struct Idle<'q> {
    #[cfg(feature = "std")]
    queue: &'q List,
    _queue: PhantomData<&'q List>,
}

impl<'q> Idle<'q> {
    pub(crate) fn new(queue: &'q List) -> Idle<'q> {
        let _ = queue;
        Idle {
            #[cfg(feature = "std")]
            queue,
            _queue: PhantomData,
        }
    }

    /// Waits for the wakes that other threads have begun. False if a task is woken by then.
    #[must_use]
    pub(crate) fn settled(self) -> bool {
        #[cfg(all(feature = "std", not(loom)))]
        {
            crate::wake::underway::settle();
            self.queue.is_idle()
        }
        #[cfg(not(all(feature = "std", not(loom))))]
        true
    }

    /// Says that the driver blocks from now on. Until the answer is dropped, a wake from
    /// another thread rings the notifier. `None` if a task was woken meanwhile: do not block.
    #[cfg(feature = "io")]
    #[must_use]
    pub fn sleep(self, notifier: &'q Notifier) -> Option<Asleep<'q>> {
        self.queue.sleep(notifier)
    }
}
