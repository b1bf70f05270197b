//! The driver over io_uring.
//!
//! # What the kernel may hold, and for how long
//!
//! An operation's name in the ring is the address of its header, so nothing is looked up:
//! no slab, no table, no reference count. In return header and buffer stay put until the
//! *operation's own* completion was read. A request to cancel is answered by a completion
//! too, but that one says nothing about the target and is ignored; closing a descriptor
//! ends nothing. A driver that is dropped cancels everything by one request and reads completions
//! until nothing is in flight; it does so in a panic too, and in a forked child not at all,
//! because the ring is the parent's.
//!
//! # System calls
//!
//! Submitting writes an entry and makes no call. [`Driver::park`] makes one
//! `io_uring_enter`, which hands over everything that was written since and waits; it makes
//! none when completions lie there already. A full submission queue is flushed in between.
//! Timers are the timeout of that call. Completions that find no place are kept by the kernel
//! and handed over by the next call.
//!
//! Another thread's wake rings a notifier that the ring watches; a run that is woken by its own
//! completions only pays nothing for it but one entry at its first wait.
//!
//! # Foreign code
//!
//! The end of an operation wakes, and a waker may do what it likes: drop leaves and sockets,
//! which comes back into this driver, or panic. Wakers are called in [`Uring::reap`] alone, which
//! runs at a wait and wherever room is made in the submission queue. So room is made *before* an
//! operation is taken from where it is: between that and its entry nothing foreign runs, and an
//! operation is either kept, or written, or not begun. What a reap has not seen when a waker
//! panics, the next one sees; a drain goes on to its end.
//!
//! # Order
//!
//! Operations end in no promised order. Receives are written last
//! (`deferred.rs`), and of the completions that are there together the newest is seen first
//! (`Ring::pop`): both for the sake of the cache. Each has its turn in every batch.

mod buffers;
mod deferred;
mod entry;
mod face;
mod ring;
pub mod sockets;
#[cfg(test)]
mod tests;

use core::cell::{Cell, OnceCell};
use core::ptr::NonNull;
use std::boxed::Box;
use std::rc::Rc;
use std::string::String;

use contract::World;
use rustix::io::Errno;
use rustix::io_uring::{IoringCqeFlags, io_uring_sqe};
use rustix::time::Timespec;

use crate::driver::clock::monotonic_us;
use crate::driver::ops::{Entry, Form, TakeEntry, Way};
use crate::driver::pool::Pool;
use crate::driver::real::Real;
use crate::driver::uring::deferred::Deferred;
use crate::driver::uring::entry::{NOTIFIER, SockAddr};
use crate::driver::uring::ring::Ring;
use crate::driver::uring::sockets::Sockets;
use crate::driver::{Driver, OpHeader};
use crate::io_error::IoError;
use crate::wake::notifier::Notifier;

/// Entries of a ring: enough for a send and a receive of a thousand connections in one call.
const ENTRIES: u32 = 2048;
/// Addresses that entries not yet taken by the kernel may point to.
const ADDRS: usize = 16;
/// How long a driver that is dropped waits before it asks again for the end of everything.
const AGAIN: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// The driver. Not `Send`: a ring belongs to the thread that made it, and so do the
/// operations in it.
#[derive(Debug)]
pub struct Uring {
    ring: Ring,
    notifier: Notifier,
    watching: Cell<bool>,
    in_flight: Cell<u32>,
    /// Microseconds of the system's clock at our epoch.
    epoch_us: u64,
    /// Each with the number of the entry that points to it.
    addrs: Box<[(Cell<SockAddr>, Cell<u32>); ADDRS]>,
    /// The one that is used next.
    next_addr: Cell<usize>,
    pool: OnceCell<Rc<Pool>>,
    sockets: Sockets,
    deferred: Deferred,
    /// Sends that were written since the last call.
    sends: Cell<u32>,
    /// Whether the last call handed over any.
    sent: Cell<bool>,
    world: Option<&'static World>,
}

impl Uring {
    /// A driver for one run.
    ///
    /// # Errors
    /// Those of the system calls that set it up; [`probe`] says more.
    pub fn new(world: Option<&'static World>) -> Result<Uring, IoError> {
        Uring::with_entries(ENTRIES, world)
    }

    /// A driver whose submission queue has room for `entries` entries, a power of two; its
    /// completion queue for four times as many. More operations than that may be in flight.
    ///
    /// # Errors
    /// As [`Uring::new`].
    pub fn with_entries(entries: u32, world: Option<&'static World>) -> Result<Uring, IoError> {
        let ring =
            Ring::new(entries, 4 * entries).map_err(|refused| IoError::from(refused.errno))?;
        let sockets = Sockets::new(ring.fd(), ring.features());
        Ok(Uring {
            ring,
            notifier: Notifier::take()?,
            watching: Cell::new(false),
            in_flight: Cell::new(0),
            epoch_us: monotonic_us(),
            addrs: Box::new([const { (Cell::new(SockAddr::NONE), Cell::new(u32::MAX)) }; ADDRS]),
            next_addr: Cell::new(0),
            pool: OnceCell::new(),
            sockets,
            deferred: Deferred::new(),
            sends: Cell::new(0),
            sent: Cell::new(false),
            world,
        })
    }

    /// Registers `count` buffers (a power of two) of `bytes` bytes each, for operations that
    /// let the kernel choose one. Once a ring.
    ///
    /// # Errors
    /// Why the kernel has no such buffers.
    ///
    /// # Panics
    /// When this ring has its buffers already.
    pub fn provide(&self, count: u16, bytes: u32) -> Result<Rc<Pool>, String> {
        let pool = buffers::register(self.ring.fd(), count, bytes)?;
        assert!(self.pool.set(Rc::clone(&pool)).is_ok(), "a ring has one pool of buffers");
        Ok(pool)
    }

    /// What it knows of sockets.
    #[must_use]
    pub fn sockets(&self) -> &Sockets {
        &self.sockets
    }

    /// Operations that have not ended.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.in_flight.get()
    }

    /// System calls that this driver has made to submit or to wait.
    #[must_use]
    pub fn enters(&self) -> u64 {
        self.ring.enters()
    }

    #[inline(always)]
    fn make_room(&self) {
        if self.ring.is_full() {
            self.flush();
        }
    }

    /// Writes an entry; flushes first if there is no room.
    fn push(&self, entry: io_uring_sqe) {
        self.make_room();
        self.ring.push(entry);
    }

    /// Makes room in the submission queue. Calls wakers.
    #[cold]
    fn flush(&self) {
        while self.ring.is_full() {
            self.call(0, None);
            // The kernel may refuse entries while it keeps completions without a place.
            self.reap();
        }
    }

    /// Writes an operation that has an entry of its own, for which the caller has made room.
    #[inline(always)]
    fn write(&self, op: NonNull<OpHeader>) -> bool {
        // SAFETY: in flight: its submitter keeps it alive until its result is set.
        let header = unsafe { op.as_ref() };
        let written = header.kind().entry(header.memory(), Write { uring: self, op });
        if written {
            header.flags.set(self.ring.last());
        }
        written
    }

    /// Writes the oldest receive that was kept back, for which there is room.
    #[inline(always)]
    fn write_oldest(&self) {
        if let Some(op) = self.deferred.pop() {
            let written = self.write(op);
            debug_assert!(written, "a receive that is kept has a place for bytes");
        }
    }

    /// Makes a place for a receive that is to be kept back. Calls wakers.
    #[cold]
    fn make_place(&self) {
        while self.deferred.is_full() {
            self.make_room();
            self.write_oldest();
        }
    }

    /// Writes the receives that were kept back. True if any operation may have ended meanwhile,
    /// because completions were read to make room.
    #[inline(always)]
    fn write_deferred(&self) -> bool {
        let mut any = false;
        while !self.deferred.is_empty() {
            any |= self.ring.is_full();
            // Before the operation leaves its place; see the module docs.
            self.make_room();
            self.write_oldest();
        }
        any
    }

    /// Hands over everything, and waits for `wanted` completions unless there was one already.
    #[inline(always)]
    fn enter(&self, wanted: u32, timeout: Option<&Timespec>) {
        let any = self.write_deferred();
        let (wanted, timeout) = if any { (0, None) } else { (wanted, timeout) };
        self.call(wanted, timeout);
    }

    /// One system call. What it says is not needed: entries that were not taken stay queued
    /// and completions are looked for afterwards.
    fn call(&self, wanted: u32, timeout: Option<&Timespec>) {
        self.sent.set(self.sends.replace(0) > 0);
        match self.ring.enter(wanted, timeout) {
            Ok(()) | Err(Errno::INTR | Errno::TIME | Errno::AGAIN | Errno::BUSY) => {}
            Err(errno) => lost(errno),
        }
    }

    /// Calls until the kernel has taken an entry of the present round.
    fn until_taken(&self, number: u32) {
        while self.ring.is_queued(number) {
            self.call(0, None);
            if self.ring.is_queued(number) {
                // As in `flush`.
                self.reap();
            }
        }
    }

    /// Ends every operation whose completion is there. False if there was none at all. Every
    /// tick asks twice, hence the attribute.
    #[inline(always)]
    fn reap(&self) -> bool {
        if !self.ring.batch() {
            return false;
        }
        while let Some(done) = self.ring.pop() {
            let op = done.user_data.ptr();
            if op.addr() <= NOTIFIER {
                self.note(op.addr(), done.flags);
                continue;
            }
            if done.flags & IoringCqeFlags::BUFFER.bits() != 0
                && let Some(pool) = self.pool.get()
            {
                pool.note_selected();
            }
            self.in_flight.set(self.in_flight.get() - 1);
            // SAFETY: a completion's user data is the address of the header that was
            // submitted, which by the contract of `submit` is alive until it is told of
            // its end, here and only here: no entry of ours completes more than once.
            let header = unsafe { &*op.cast::<OpHeader>() };
            let number = header.flags.replace(done.flags);
            if let Some(fd) = header.kind().receives_from() {
                let at_once = self.sent.get() && self.ring.is_of_last_call(number);
                self.sockets.note(fd, done.flags, at_once);
            }
            // FOREIGN: wake. The rest of the batch is in the ring's cells, which are read again.
            header.complete(done.result);
        }
        true
    }

    /// A completion that ends no operation.
    #[cold]
    fn note(&self, user_data: usize, flags: u32) {
        if user_data == NOTIFIER && flags & IoringCqeFlags::MORE.bits() == 0 {
            self.watching.set(false);
        }
    }

    /// Asks for the end of everything, and waits for what comes of it.
    fn end_all(&self) {
        self.write_deferred();
        self.push(entry::cancel_all());
        self.watching.set(false);
        // Until the first answer; then everything that came with it.
        self.enter(1, Some(&AGAIN));
        while self.reap() && self.in_flight.get() > 0 {
            self.enter(1, Some(&AGAIN));
        }
    }

    /// What is not an entry of its own: what names an address needs a place for it, and there are
    /// operations that a ring does not have, and places that no file has.
    #[cold]
    #[inline(never)]
    fn submit_rarely(&self, op: NonNull<OpHeader>, header: &OpHeader) {
        let (entry, addr) = match header.kind().form(header.memory()) {
            Form::Named(entry, addr) => (entry, addr),
            Form::Refused(result) => return header.complete(result),
            Form::Entry(_) => unreachable!("what has an entry of its own was written"),
        };
        // The kernel reads an address when it takes the entry. Wakers that are called meanwhile may
        // connect too, so all of it is looked at again.
        let (sent_to, taken_with) = loop {
            let place = &self.addrs[self.next_addr.get()];
            if !self.ring.is_queued(place.1.get()) && !self.ring.is_full() {
                break place;
            }
            self.until_taken(place.1.get());
            self.make_room();
        };
        self.next_addr.set((self.next_addr.get() + 1) % ADDRS);
        sent_to.set(SockAddr::from(addr));
        self.ring.push(entry::named(op, entry, sent_to.as_ptr(), &self.sockets));
        taken_with.set(self.ring.last());
        header.flags.set(self.ring.last());
        self.in_flight.set(self.in_flight.get() + 1);
    }
}

/// Writes the entry of an operation into its place.
struct Write<'u> {
    uring: &'u Uring,
    op: NonNull<OpHeader>,
}

impl TakeEntry for Write<'_> {
    #[inline(always)]
    fn take(self, entry: Entry, stream: Option<Way>) {
        let Write { uring, op } = self;
        uring.ring.push(entry::operation(op, entry, stream, &uring.sockets));
    }
}

impl Drop for Uring {
    fn drop(&mut self) {
        if self.ring.is_forked() {
            return;
        }
        self.drain();
        if self.pool.get().is_some() {
            buffers::unregister(self.ring.fd());
        }
    }
}

/// The ring cannot be used any more: it was taken to another thread or process, or the
/// kernel lost a completion. Operations may be in flight of whose end nothing will tell, so
/// neither returning nor unwinding, which would free their memory, is possible.
#[cold]
fn lost(errno: Errno) -> ! {
    let line = std::format!("io_uring_enter: {errno}; operations in flight are lost\n");
    let _nobody_reads = rustix::io::write(rustix::stdio::stderr(), line.as_bytes());
    std::process::abort()
}

impl Real for Uring {
    fn open(world: Option<&'static World>) -> Result<Uring, IoError> {
        Uring::new(world)
    }

    fn probe() -> Result<(), String> {
        probe()
    }
}

/// Whether io_uring can be had on this machine.
///
/// # Errors
/// Which system call failed, and why.
pub fn probe() -> Result<(), String> {
    Ring::new(2, 8).map(drop).map_err(|refused| refused.reason)
}
