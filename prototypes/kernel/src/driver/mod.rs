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
pub mod epoll;
pub mod isr;
#[cfg(feature = "io")]
pub mod select;
pub mod sim;
#[cfg(feature = "io")]
pub mod uring;

use core::cell::Cell;
use core::fmt;
use core::marker::{PhantomData, PhantomPinned};
use core::ptr::NonNull;
use core::task::Waker;

use contract::{OpId, World};

use crate::Instant;
#[cfg(feature = "io")]
use crate::driver::select::Backend;
#[cfg(feature = "io")]
use crate::wake::bell::Bell;
#[cfg(feature = "io")]
use crate::wake::handle::Asleep;
use crate::wake::handle::{Handle, List};
use crate::wake::stored::let_go;

/// What [`Driver::park`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parked {
    /// Time passed or something was completed; look at the run queue again.
    Progress,
    /// Somebody was woken before the driver could block, so it has looked for nothing.
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
    /// [`contract::CANCELED`] or with its real result if that came first.
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

    /// Which driver this is.
    #[cfg(feature = "io")]
    fn backend(&self) -> Backend {
        Backend::Sim
    }

    /// Hands over what was submitted and takes what has happened, without waiting.
    #[cfg(feature = "io")]
    fn poll(&self) {}

    /// Cancels everything in flight and waits until it has ended. Called before frames go
    /// whose operations may not have ended, as when a root panics.
    #[cfg(feature = "io")]
    fn drain(&self) {}

    /// What sources are registered with, if this driver waits for readiness.
    #[cfg(feature = "io")]
    fn epoll(&self) -> Option<&std::rc::Rc<epoll::Core>> {
        None
    }

    /// Makes sure that the system has looked up the descriptor of an operation in flight.
    /// Called when nobody keeps it open any more: a number that is closed and given to
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
    fn waitable(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
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
    fn provide(&self, count: u16, bytes: u32) -> Result<(), std::string::String> {
        let _ = (count, bytes);
        Err(std::string::String::from("only io_uring chooses buffers"))
    }

    /// The buffers that [`OpKind::RecvProvided`] chooses from, if there are any.
    #[cfg(feature = "io")]
    fn pool(&self) -> Option<std::rc::Rc<uring::provided::Pool>> {
        None
    }

    /// Where a socket is registered, if this driver has such a place.
    #[cfg(feature = "io")]
    fn sockets(&self) -> Option<&std::rc::Rc<uring::sockets::Sockets>> {
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

    /// Waits for the wakes that other threads have begun. False if somebody is woken by then.
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
    /// another thread rings the bell. `None` if somebody was woken meanwhile: do not block.
    #[cfg(feature = "io")]
    #[must_use]
    pub fn sleep(self, bell: &'q Bell) -> Option<Asleep<'q>> {
        self.queue.sleep(bell)
    }
}

/// What a completion operation does. Descriptors are plain numbers: whoever submits keeps
/// them open until the end. Results are bytes moved, a descriptor or zero; errors are
/// negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpKind {
    /// A simulated device fills the buffer; `ms` is nominal, the script decides.
    Device {
        /// Milliseconds.
        ms: u32,
    },
    /// A simulated device opens a resource and logs [`contract::OPENED`]; the result is
    /// the resource's number.
    Claim {
        /// Milliseconds.
        ms: u32,
    },
    /// Receives into the buffer; zero at the end of the stream.
    #[cfg(feature = "io")]
    Recv {
        /// The socket.
        fd: i32,
    },
    /// Sends from the buffer.
    #[cfg(feature = "io")]
    Send {
        /// The socket.
        fd: i32,
    },
    /// Accepts a connection; the result is its descriptor.
    #[cfg(feature = "io")]
    Accept {
        /// The listening socket.
        fd: i32,
    },
    /// Connects; the result is zero.
    #[cfg(feature = "io")]
    Connect {
        /// The socket.
        fd: i32,
        /// Whom to.
        addr: core::net::SocketAddrV4,
    },
    /// Reads a file at a place into the buffer; zero at its end.
    #[cfg(feature = "io")]
    ReadAt {
        /// The file.
        fd: i32,
        /// Where, in bytes.
        offset: u64,
    },
    /// Writes the buffer to a file at a place.
    #[cfg(feature = "io")]
    WriteAt {
        /// The file.
        fd: i32,
        /// Where, in bytes.
        offset: u64,
    },
    /// Receives into a buffer of the driver, chosen when there is data.
    #[cfg(feature = "io")]
    RecvProvided {
        /// The socket.
        fd: i32,
    },
}

#[cfg(feature = "io")]
impl OpKind {
    /// The descriptor that it names, if it names one.
    #[must_use]
    pub fn fd(self) -> Option<i32> {
        match self {
            OpKind::Device { .. } | OpKind::Claim { .. } => None,
            OpKind::Recv { fd }
            | OpKind::Send { fd }
            | OpKind::Accept { fd }
            | OpKind::Connect { fd, .. }
            | OpKind::ReadAt { fd, .. }
            | OpKind::WriteAt { fd, .. }
            | OpKind::RecvProvided { fd } => Some(fd),
        }
    }
}

/// Result of an operation that this driver does not have (`EOPNOTSUPP`).
pub const UNSUPPORTED: i32 = -95;

/// The part of a completion operation that the driver sees. Lives in the leaf, pinned.
pub struct OpHeader {
    /// Where to put the bytes.
    pub(crate) buffer: Cell<*mut u8>,
    /// How many bytes fit.
    pub(crate) capacity: Cell<usize>,
    pub(crate) kind: Cell<OpKind>,
    pub(crate) waker: Cell<Option<Waker>>,
    pub(crate) result: Cell<Option<i32>>,
    pub(crate) id: Cell<Option<OpId>>,
    /// The driver's word: what a ring says about a completion beside its result, the lease
    /// of a simulated operation.
    #[cfg(feature = "io")]
    pub(crate) flags: Cell<u32>,
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
    pub fn new(kind: OpKind) -> OpHeader {
        OpHeader {
            buffer: Cell::new(core::ptr::null_mut()),
            capacity: Cell::new(0),
            kind: Cell::new(kind),
            waker: Cell::new(None),
            result: Cell::new(None),
            id: Cell::new(None),
            #[cfg(feature = "io")]
            flags: Cell::new(0),
            next: Cell::new(None),
            _pin: PhantomPinned,
        }
    }

    /// Makes it another operation that was not submitted.
    #[cfg(feature = "io")]
    pub(crate) fn reset(&self, kind: OpKind) {
        self.kind.set(kind);
        self.waker.set(None);
        self.result.set(None);
        self.id.set(None);
        self.flags.set(0);
        self.next.set(None);
    }

    /// What it does.
    #[must_use]
    pub fn kind(&self) -> OpKind {
        self.kind.get()
    }

    /// Names the buffer that the driver fills, or sends from.
    pub fn lend(&self, buffer: *mut u8, capacity: usize) {
        self.buffer.set(buffer);
        self.capacity.set(capacity);
    }

    /// Whom to wake at the end. A waker of ours is copied without a call.
    #[inline]
    pub fn set_waker(&self, waker: &Waker) {
        let waker = match Handle::of(waker) {
            Some(handle) => handle.waker(),
            None => waker.clone(),
        };
        let_go(self.waker.replace(Some(waker)));
    }

    /// The result once the operation has ended: bytes moved or a negative error.
    #[must_use]
    pub fn result(&self) -> Option<i32> {
        self.result.get()
    }

    /// Called by a driver, once: stores the result and wakes.
    #[inline]
    pub(crate) fn complete(&self, result: i32) {
        self.result.set(Some(result));
        let Some(waker) = self.waker.take() else { return };
        match Handle::of(&waker) {
            Some(handle) => {
                let_go(Some(waker));
                handle.wake();
            }
            None => waker.wake(),
        }
    }
}
