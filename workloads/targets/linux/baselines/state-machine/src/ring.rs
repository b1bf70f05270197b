//! One ring, set up as fast as the kernel has it for this work: its work is deferred to our
//! own calls, the sockets are registered, a receive stays armed for the life of its socket,
//! and what arrives lies in buffers that the kernel chose and that are sent from as they lie.
//!
//! Nothing is general here. Sockets are numbers from 0, of each at most one send is on its
//! way, and all memory is allocated before the first operation. After `io_uring(7)`,
//! `io_uring_prep_recv_multishot(3)` and `io_uring_setup_buf_ring(3)`.

use std::io;
use std::mem;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicU16, Ordering};

use io_uring::types::{BufRingEntry, CancelBuilder, Fixed};
use io_uring::{IoUring, cqueue, opcode, squeue};

/// Entries for submissions: one send from each end of a thousand connections.
const ENTRIES: u32 = 2048;
/// Completions that find a place: those, and as many receives.
const COMPLETIONS: u32 = 8192;
/// The one group of buffers.
const GROUP: u16 = 0;
/// What tells a send from a receive in a completion's user data.
const SEND: u64 = 1 << 32;

/// Bytes that arrived, in a buffer of the pool. Nothing else may give the buffer back.
#[derive(Debug)]
pub(crate) struct Filled {
    buffer: u16,
    len: usize,
}

impl Filled {
    pub(crate) fn len(&self) -> usize {
        self.len
    }
}

/// What a completion says of a socket.
#[derive(Debug)]
pub(crate) enum Event {
    Received { socket: u32, filled: Filled },
    Closed,
    Sent { socket: u32, len: usize },
}

/// A page, as the kernel wants the ring of buffers to be aligned.
#[repr(align(4096))]
#[derive(Clone, Debug)]
struct Page(
    #[expect(dead_code, reason = "the kernel's side of it is reached by address")] [u8; 4096],
);

/// The ring with everything that the kernel may read or write.
pub(crate) struct Ring {
    ring: IoUring,
    sockets: u32,
    /// Receives that have not ended.
    armed: u32,
    /// Sockets whose receive found no buffer; armed again when one comes back.
    starved: Vec<u32>,
    /// Sockets whose receive the kernel has ended, as it does now and then.
    ended: Vec<u32>,
    /// What is sent, a message for each socket, though only clients have one.
    messages: Box<[u8]>,
    pool: Box<[u8]>,
    entries: Box<[Page]>,
    size: usize,
    buffers: u16,
    tail: u16,
}

impl Ring {
    /// A ring for these sockets, with a message of `size` bytes for each and two buffers of
    /// `size` bytes, and every receive armed.
    ///
    /// # Errors
    /// What the kernel refuses; Linux 6.1 has all of it.
    pub(crate) fn new(sockets: &[RawFd], size: usize) -> io::Result<Ring> {
        let ring = IoUring::builder()
            .setup_single_issuer()
            .setup_defer_taskrun()
            .setup_cqsize(COMPLETIONS)
            .build(ENTRIES)?;
        ring.submitter().register_files(sockets)?;
        let buffers = u16::try_from((2 * sockets.len()).next_power_of_two())
            .map_err(|_| io::Error::from_raw_os_error(libc::E2BIG))?;
        let pages = (usize::from(buffers) * size_of::<BufRingEntry>()).div_ceil(4096);
        let mut ring = Ring {
            ring,
            sockets: u32::try_from(sockets.len()).expect("as many as fit a u16"),
            armed: 0,
            starved: Vec::with_capacity(sockets.len()),
            ended: Vec::with_capacity(sockets.len()),
            messages: vec![0; sockets.len() * size].into_boxed_slice(),
            pool: vec![0; usize::from(buffers) * size].into_boxed_slice(),
            entries: vec![Page([0; 4096]); pages].into_boxed_slice(),
            size,
            buffers,
            tail: 0,
        };
        let at = ring.entries.as_ptr().addr() as u64;
        // SAFETY: page-aligned memory of that many entries, which lives until `drop` has ended
        // every operation that may look at it.
        unsafe { ring.ring.submitter().register_buf_ring_with_flags(at, buffers, GROUP, 0) }?;
        for buffer in 0..buffers {
            ring.give_back(Filled { buffer, len: 0 })?;
        }
        for socket in 0..ring.sockets {
            ring.arm(socket)?;
        }
        Ok(ring)
    }

    /// Receives that have not ended.
    pub(crate) fn armed(&self) -> u32 {
        self.armed
    }

    /// The message of a socket. It is not on its way: who sends it waits for the answer.
    pub(crate) fn message(&mut self, socket: u32) -> &mut [u8] {
        let at = index(socket) * self.size;
        &mut self.messages[at..at + self.size]
    }

    /// What arrived.
    pub(crate) fn bytes(&self, filled: &Filled) -> &[u8] {
        let at = usize::from(filled.buffer) * self.size;
        &self.pool[at..at + filled.len]
    }

    /// Sends the message of a socket.
    pub(crate) fn send_message(&mut self, socket: u32) -> io::Result<()> {
        let at = self.message(socket).as_ptr();
        self.send(socket, at, self.size)
    }

    /// Sends what arrived, from where it lies. Given back by the caller when it was sent.
    pub(crate) fn send_back(&mut self, socket: u32, filled: &Filled) -> io::Result<()> {
        let at = self.bytes(filled).as_ptr();
        self.send(socket, at, filled.len)
    }

    /// Lets the kernel choose a buffer again.
    #[expect(clippy::needless_pass_by_value, reason = "who gives it back has it no more")]
    pub(crate) fn give_back(&mut self, filled: Filled) -> io::Result<()> {
        let at = usize::from(filled.buffer) * self.size;
        let place = usize::from(self.tail & (self.buffers - 1));
        let entries: *mut BufRingEntry = self.entries.as_mut_ptr().cast();
        // SAFETY: within the entries (masked). Before the tail moves the kernel does not look
        // at this one, and of the first one the setters leave alone what is the tail.
        let entry = unsafe { &mut *entries.wrapping_add(place) };
        entry.set_addr(self.pool[at..].as_ptr().addr() as u64);
        entry.set_len(u32::try_from(self.size).expect("a message is small"));
        entry.set_bid(filled.buffer);
        self.tail = self.tail.wrapping_add(1);
        // SAFETY: the first entry of a ring of buffers.
        let tail: *const AtomicU16 = unsafe { BufRingEntry::tail(entries) }.cast();
        // SAFETY: aligned as the u16 that it is; only this thread writes it.
        unsafe { &*tail }.store(self.tail, Ordering::Release);
        match self.starved.pop() {
            Some(socket) => self.arm(socket),
            None => Ok(()),
        }
    }

    /// Hands over what was written, waits for a completion, and says what all that are there
    /// say. One system call, unless the queue of submissions was too small.
    pub(crate) fn wait(&mut self, events: &mut Vec<Event>) -> io::Result<()> {
        match self.ring.submit_and_wait(1) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for done in self.ring.completion() {
            let sent = done.user_data() & SEND != 0;
            let socket = u32::try_from(done.user_data() & !SEND).expect("as it was given");
            let buffer = cqueue::buffer_select(done.flags());
            if !sent && !cqueue::more(done.flags()) {
                self.armed -= 1;
            }
            let len = match usize::try_from(done.result()) {
                Ok(len) => len,
                Err(_) if done.result() == -libc::ENOBUFS => {
                    self.starved.push(socket);
                    continue;
                }
                Err(_) => return Err(io::Error::from_raw_os_error(-done.result())),
            };
            events.push(match buffer {
                Some(buffer) => Event::Received { socket, filled: Filled { buffer, len } },
                None if sent => Event::Sent { socket, len },
                None => Event::Closed,
            });
            if !sent && len > 0 && !cqueue::more(done.flags()) {
                self.ended.push(socket);
            }
        }
        while let Some(socket) = self.ended.pop() {
            self.arm(socket)?;
        }
        Ok(())
    }

    fn arm(&mut self, socket: u32) -> io::Result<()> {
        let entry = opcode::RecvMulti::new(Fixed(socket), GROUP).build();
        self.armed += 1;
        // SAFETY: it writes to buffers of the group only, which live until it has ended.
        unsafe { self.push(&entry.user_data(socket.into())) }
    }

    fn send(&mut self, socket: u32, at: *const u8, len: usize) -> io::Result<()> {
        let len = u32::try_from(len).expect("a message is small");
        // All of it or an error: a short one would be a state more.
        let entry = opcode::Send::new(Fixed(socket), at, len).flags(libc::MSG_WAITALL).build();
        // SAFETY: a message or a buffer of ours, which live until all has ended; nothing writes
        // to it while it is on its way, see `message` and `send_back`.
        unsafe { self.push(&entry.user_data(u64::from(socket) | SEND)) }
    }

    /// # Safety
    /// What the entry points to stays until its last completion.
    unsafe fn push(&mut self, entry: &squeue::Entry) -> io::Result<()> {
        loop {
            // SAFETY: by the caller's promise.
            if unsafe { self.ring.submission().push(entry) }.is_ok() {
                return Ok(());
            }
            self.ring.submit()?;
        }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // Entries that were written and not handed over name our memory too.
        let ended = self.ring.submit().and_then(|_| {
            match self.ring.submitter().register_sync_cancel(None, CancelBuilder::any()) {
                Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
                other => other,
            }
        });
        if ended.is_err() {
            // The kernel may write there for as long as it likes.
            mem::forget(mem::take(&mut self.messages));
            mem::forget(mem::take(&mut self.pool));
            mem::forget(mem::take(&mut self.entries));
        }
    }
}

fn index(socket: u32) -> usize {
    socket as usize
}
