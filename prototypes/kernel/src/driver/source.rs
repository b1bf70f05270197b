//! Sources: descriptors that a driver watches, and what the system said about them.
//!
//! How the system is told to watch one is the driver's; what it has said, who waits for it and
//! what is tried then is the same for every driver that waits for readiness.
//!
//! A [`Source`] is registered once, for both directions and edge-triggered, so waiting
//! costs no system call. Each direction has a flag: *may be ready*. A leaf tries the call
//! only while the flag is up; the flag goes down when the call would block, and also when it
//! moved less than was asked for, because the system has no more then. So reading in a
//! steady state costs one call a read. (The second half is tokio's idea.) What arrives in
//! between makes a new edge, which raises the flag again when the driver looks.
//!
//! An end or an error makes no second edge. It keeps the flag up until a call would block.
//!
//! The completion face of the driver is made of the same parts: an operation that would block
//! waits in the source's line and is tried again when the flag goes up.

use core::cell::RefCell;
use core::fmt;
use core::net::SocketAddrV4;
use core::ptr::{self, NonNull};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::rc::Rc;
use std::vec::Vec;

use rustix::io::Errno;

use crate::driver::OpHeader;
use crate::driver::direction::{Direction, READY};
use crate::driver::ops::{OpKind, Waits, accept, connect, send};
use crate::foreign::Finally;
use crate::io_error::IoError;

/// Lets a set watch a descriptor in both directions, for changes. What the set tells of carries the
/// number.
pub(super) type Watch = fn(&OwnedFd, BorrowedFd<'_>, u64) -> Result<(), IoError>;

/// A set of watched descriptors and its sources. Sources keep it alive.
#[derive(Debug)]
pub struct Sources {
    set: OwnedFd,
    watch: Watch,
    /// By descriptor; null where there is none.
    sources: RefCell<Vec<*const Source>>,
}

impl Sources {
    pub(super) fn new(set: OwnedFd, watch: Watch) -> Sources {
        Sources { set, watch, sources: RefCell::new(Vec::new()) }
    }

    pub(super) fn set(&self) -> &OwnedFd {
        &self.set
    }

    /// One more than the highest descriptor that a source had.
    pub(super) fn places(&self) -> usize {
        self.sources.borrow().len()
    }

    /// Adds a source to the set.
    fn watch(&self, source: &Rc<Source>) -> Result<(), IoError> {
        let fd = index(source.as_fd().as_raw_fd());
        (self.watch)(&self.set, source.as_fd(), fd as u64)?;
        let mut sources = self.sources.borrow_mut();
        if sources.len() <= fd {
            sources.resize(fd + 1, ptr::null());
        }
        sources[fd] = Rc::as_ptr(source);
        Ok(())
    }

    /// A source is dropped.
    fn forget(&self, fd: RawFd) {
        // One that could not be added is not there.
        if let Some(source) = self.sources.borrow_mut().get_mut(index(fd)) {
            *source = ptr::null();
        }
    }

    /// Looks at the source of a descriptor. `f` may neither make nor end sources.
    #[inline]
    pub(super) fn with<R>(&self, fd: RawFd, f: impl FnOnce(&Source) -> R) -> Option<R> {
        let sources = self.sources.borrow();
        let source = sources.get(usize::try_from(fd).ok()?).copied()?;
        // SAFETY: null, or alive: a source that ends calls `forget`, which the borrow of the
        // table does not let happen before `f` returns.
        unsafe { source.as_ref() }.map(f)
    }

    /// The source of a descriptor. A share of it, because what it is told may end others.
    pub(super) fn source(&self, fd: usize) -> Option<Rc<Source>> {
        let source = self.sources.borrow().get(fd).copied().filter(|source| !source.is_null())?;
        // SAFETY: `watch` took it from an `Rc`, whose last owner calls `forget` first.
        unsafe { Rc::increment_strong_count(source) };
        // SAFETY: the share that was added just now.
        Some(unsafe { Rc::from_raw(source) })
    }
}

fn index(fd: RawFd) -> usize {
    usize::try_from(fd).expect("descriptors are not negative")
}

/// A descriptor that a driver watches. Closed on drop; operations that
/// the completion face has in line are cancelled then.
pub struct Source {
    pub(crate) fd: OwnedFd,
    pub(crate) set: Rc<Sources>,
    pub(crate) read: Direction,
    pub(crate) write: Direction,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("fd", &self.fd).finish_non_exhaustive()
    }
}

impl AsFd for Source {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // Closing the descriptor takes it out of the set.
        self.set.forget(self.fd.as_raw_fd());
        self.cancel_all();
    }
}

impl Source {
    /// Registers a descriptor that does not block.
    ///
    /// # Errors
    /// When the system does not watch it.
    pub fn new(set: &Rc<Sources>, fd: OwnedFd) -> Result<Rc<Source>, IoError> {
        let set = set.clone();
        let source = Rc::new(Source { fd, set, read: Direction::new(), write: Direction::new() });
        source.set.watch(&source)?;
        Ok(source)
    }

    /// The system said something about a direction.
    #[inline(always)]
    pub(super) fn raise(&self, direction: &Direction, flags: u8) {
        if direction.ops.get().is_some() {
            return self.raise_ops(direction, flags);
        }
        // FOREIGN: wake, as the last thing that it does.
        direction.raise(flags);
    }

    /// The same where operations stand in line. A leaf that waits beside them is rare.
    #[inline(never)]
    fn raise_ops(&self, direction: &Direction, flags: u8) {
        if direction.is_awaited() {
            let _ops = Finally(|| self.retry(direction));
            // FOREIGN: wake, as the last thing that it does.
            return direction.raise(flags);
        }
        direction.raise(flags);
        self.retry(direction);
    }

    /// Completion face: tries the operations in line until one would block.
    #[inline]
    fn retry(&self, direction: &Direction) {
        // The others are tried too when a waker panics.
        let rest = Finally(|| self.retry(direction));
        while let Some(op) = direction.ops.get()
            && direction.is_ready()
        {
            // SAFETY: in line, so in flight and alive by `submit`'s contract.
            let header = unsafe { op.as_ref() };
            // SAFETY: as above; nothing else touches its buffer until the result is set.
            if let Some(result) = unsafe { self.attempt(direction, header) } {
                direction.ops.set(header.next.take());
                // FOREIGN: wake. It is out of the line, which is read again.
                header.complete(result);
            }
        }
        core::mem::forget(rest);
    }

    fn direction(&self, kind: OpKind) -> &Direction {
        if kind.waits() == Waits::Writable { &self.write } else { &self.read }
    }

    /// Completion face: tries the operation at once if it may succeed, else lets it wait. An
    /// answer is its end; it is not in line then.
    ///
    /// # Safety
    /// As [`Driver::submit`](crate::driver::Driver::submit).
    #[inline]
    pub(super) unsafe fn submit(&self, op: NonNull<OpHeader>) -> Option<i32> {
        // SAFETY: alive by the caller's promise.
        let header = unsafe { op.as_ref() };
        let direction = self.direction(header.kind());
        if direction.is_ready() && direction.ops.get().is_none() {
            // SAFETY: alive, and the buffer is lent, by the caller's promise.
            let ended = unsafe { self.attempt(direction, header) };
            if ended.is_some() {
                return ended;
            }
        }
        if header.kind().moves_nothing(header.memory()) {
            return Some(0);
        }
        direction.push(op);
        None
    }

    /// Completion face: takes an operation out of the line. What it waited for stays in the
    /// system, so nothing is lost. False if it is not there.
    pub(super) fn cancel(&self, op: &OpHeader) -> bool {
        self.direction(op.kind()).unlink(op)
    }

    /// Completion face: ends all that wait.
    pub(super) fn cancel_all(&self) {
        self.read.cancel_all();
        self.write.cancel_all();
    }

    /// One try. `None` if it would block; the flag is down then.
    ///
    /// # Safety
    /// The header's buffer is lent to the driver.
    unsafe fn attempt(&self, direction: &Direction, op: &OpHeader) -> Option<i32> {
        let memory = op.memory().for_call();
        // SAFETY: the descriptor is open as the source is; the memory is lent, by our caller.
        match unsafe { op.kind().call(memory) } {
            Ok(moved) => {
                if moved < memory.len {
                    direction.was_short();
                }
                Some(i32::try_from(moved).expect("at most what was asked for"))
            }
            Err(Errno::AGAIN) => {
                direction.clear();
                None
            }
            Err(Errno::INPROGRESS) => {
                self.connect_has_begun();
                direction.clear();
                None
            }
            Err(errno) => Some(-errno.raw_os_error()),
        }
    }

    #[inline]
    pub(crate) fn try_send(&self, buffer: &[u8]) -> Result<usize, Errno> {
        let moved = send::now(self.fd.as_fd(), buffer)?;
        if moved < buffer.len() {
            self.write.was_short();
        }
        Ok(moved)
    }

    pub(crate) fn try_accept(&self) -> Result<OwnedFd, Errno> {
        accept::now(self.fd.as_fd())
    }

    pub(crate) fn try_connect(&self, addr: SocketAddrV4) -> Result<(), Errno> {
        let tried = connect::now(self.fd.as_fd(), addr);
        if tried == Err(Errno::INPROGRESS) {
            self.connect_has_begun();
            return Err(Errno::AGAIN);
        }
        tried
    }

    /// What the system said before was about a socket without a peer, which counts as closed.
    fn connect_has_begun(&self) {
        self.read.flags.set(READY);
    }
}
