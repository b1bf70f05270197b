//! A completion operation, as a driver sees it.

use core::cell::Cell;
use core::fmt;
use core::marker::PhantomPinned;
#[cfg(feature = "io")]
use core::net::SocketAddrV4;
use core::ptr::{self, NonNull};
use core::task::Waker;

use contract::OpId;

use crate::wake::handle::Handle;
use crate::wake::stored::let_go;

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
    OpenResource {
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
        addr: SocketAddrV4,
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
            OpKind::Device { .. } | OpKind::OpenResource { .. } => None,
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

/// Result of an operation that a device had no place for (`EBUSY`).
pub const BUSY: i32 = -16;

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
            buffer: Cell::new(ptr::null_mut()),
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
