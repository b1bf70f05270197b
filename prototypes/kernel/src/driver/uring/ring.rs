//! The two rings of one io_uring, mapped: entries are written in place, completions are read
//! in place, and the one system call is `io_uring_enter`.
//!
//! Nothing here knows an operation. Indices run freely and are masked at use, as the kernel
//! does it; the tail of the submission queue is published once per system call, not once per
//! entry. Written against `io_uring_setup(2)`, `io_uring_enter(2)` and the header
//! `linux/io_uring.h`.

use core::cell::Cell;
use core::fmt;
use core::mem::ManuallyDrop;
use core::ptr;
use std::os::fd::{OwnedFd, RawFd};
use std::rc::Rc;
use std::string::String;

use rustix::io::Errno;
use rustix::io_uring::{
    IORING_OFF_SQ_RING, IORING_OFF_SQES, IoringEnterFlags, IoringFeatureFlags, IoringSetupFlags,
    io_uring_cqe, io_uring_enter, io_uring_enter_arg, io_uring_getevents_arg, io_uring_params,
    io_uring_ptr, io_uring_setup, io_uring_sqe, io_uring_user_data,
};
use rustix::process::{Pid, getpid};
use rustix::time::Timespec;

use crate::driver::mapping::{Mapping, index};
use crate::sync::{AtomicU32, Ordering};

/// One completion as the kernel wrote it.
pub(super) struct Done {
    pub(super) user_data: io_uring_user_data,
    pub(super) result: i32,
    pub(super) flags: u32,
}

/// One io_uring and what is mapped of it.
pub(super) struct Ring {
    fd: Rc<OwnedFd>,
    /// The process that made it; a forked child may only close it.
    owner: Pid,
    features: IoringFeatureFlags,
    entries: u32,
    /// Next entry to be written; published by `enter`.
    tail: Cell<u32>,
    /// Entries that the kernel has taken, as far as we know.
    taken: Cell<u32>,
    /// The same before the last system call.
    before: Cell<u32>,
    kernel_head: *const AtomicU32,
    kernel_tail: *const AtomicU32,
    slots: *mut io_uring_sqe,
    cq_head: *const AtomicU32,
    cq_tail: *const AtomicU32,
    cq_mask: u32,
    completions: *const io_uring_cqe,
    /// Of the batch of completions that is being seen, those from here to before `unseen` were
    /// not; earlier batches were, whole.
    seen: Cell<u32>,
    unseen: Cell<u32>,
    /// Where the batch ends and the next one begins.
    batch_end: Cell<u32>,
    enters: Cell<u64>,
    /// Calls to come of which the kernel takes nothing, as when it has no memory.
    #[cfg(test)]
    pub(super) refusals: Cell<u32>,
    // Left mapped in a forked child: not mapped there, and what lies there by then is not ours.
    _rings: ManuallyDrop<Mapping>,
    _slots: ManuallyDrop<Mapping>,
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring")
            .field("fd", &self.fd)
            .field("entries", &self.entries)
            .field("queued", &self.queued())
            .finish_non_exhaustive()
    }
}

/// Why there is no ring.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) errno: Errno,
    /// For the person who has to change it.
    pub(super) reason: String,
}

/// What a ring cannot do without, with the kernel that brought it.
const NEEDED: [(IoringFeatureFlags, &str); 5] = [
    (IoringFeatureFlags::SINGLE_MMAP, "IORING_FEAT_SINGLE_MMAP (Linux 5.4)"),
    (IoringFeatureFlags::NODROP, "IORING_FEAT_NODROP (Linux 5.5)"),
    (IoringFeatureFlags::SUBMIT_STABLE, "IORING_FEAT_SUBMIT_STABLE (Linux 5.5)"),
    (IoringFeatureFlags::FAST_POLL, "IORING_FEAT_FAST_POLL (Linux 5.7)"),
    (IoringFeatureFlags::EXT_ARG, "IORING_FEAT_EXT_ARG (Linux 5.11)"),
];

impl Ring {
    /// Makes a ring. The error says what the kernel refuses, and why if that can be told.
    pub(super) fn new(entries: u32, completions: u32) -> Result<Ring, Refused> {
        let (fd, params) = set_up(entries, completions)?;
        for (feature, name) in NEEDED {
            if !params.features.contains(feature) {
                let reason = std::format!("io_uring: the kernel has no {name}");
                return Err(Refused { errno: Errno::NOSYS, reason });
            }
        }
        Ring::map(fd, &params).map_err(|errno| {
            let reason = std::format!("io_uring: the rings cannot be mapped: {errno}");
            Refused { errno, reason }
        })
    }

    fn map(fd: OwnedFd, params: &io_uring_params) -> Result<Ring, Errno> {
        let (sq, cq) = (&params.sq_off, &params.cq_off);
        let array = index(sq.array) + index(params.sq_entries) * size_of::<u32>();
        let queue = index(cq.cqes) + index(params.cq_entries) * size_of::<io_uring_cqe>();
        let rings = Mapping::of(&fd, IORING_OFF_SQ_RING, array.max(queue))?;
        let slots_bytes = index(params.sq_entries) * size_of::<io_uring_sqe>();
        let slots = Mapping::of(&fd, IORING_OFF_SQES, slots_bytes)?;
        for slot in 0..params.sq_entries {
            let place = rings.at::<u32>(index(sq.array) + index(slot) * size_of::<u32>());
            // SAFETY: within the array that the kernel described; nothing reads it before
            // the first entry is published.
            unsafe { place.write(slot) };
        }
        Ok(Ring {
            owner: getpid(),
            features: params.features,
            entries: params.sq_entries,
            tail: Cell::new(0),
            taken: Cell::new(0),
            before: Cell::new(0),
            kernel_head: rings.at(index(sq.head)),
            kernel_tail: rings.at(index(sq.tail)),
            slots: slots.at(0),
            cq_head: rings.at(index(cq.head)),
            cq_tail: rings.at(index(cq.tail)),
            cq_mask: params.cq_entries - 1,
            completions: rings.at(index(cq.cqes)),
            seen: Cell::new(0),
            unseen: Cell::new(0),
            batch_end: Cell::new(0),
            enters: Cell::new(0),
            #[cfg(test)]
            refusals: Cell::new(0),
            fd: Rc::new(fd),
            _rings: ManuallyDrop::new(rings),
            _slots: ManuallyDrop::new(slots),
        })
    }

    /// Descriptor of the ring: readable when completions wait.
    pub(super) fn fd(&self) -> &Rc<OwnedFd> {
        &self.fd
    }

    /// What the kernel says that it has.
    pub(super) fn features(&self) -> IoringFeatureFlags {
        self.features
    }

    /// System calls made so far.
    pub(super) fn enters(&self) -> u64 {
        self.enters.get()
    }

    /// Entries written and not taken by the kernel.
    #[inline]
    pub(super) fn queued(&self) -> u32 {
        self.tail.get().wrapping_sub(self.taken.get())
    }

    /// The number of the entry that was written last.
    #[inline(always)]
    pub(super) fn last(&self) -> u32 {
        self.tail.get().wrapping_sub(1)
    }

    /// Whether the kernel has not taken an entry of the present round yet.
    pub(super) fn is_queued(&self, number: u32) -> bool {
        number.wrapping_sub(self.taken.get()) < self.queued()
    }

    /// Whether an entry that the kernel has not taken yet names a descriptor, or the place of a
    /// table that has its number.
    pub(super) fn names(&self, fd: RawFd) -> bool {
        (0..self.queued()).any(|nth| {
            let slot = self.slot(self.taken.get().wrapping_add(nth));
            // SAFETY: within the mapping (masked), written by `push`, and nothing but `push`
            // writes entries.
            unsafe { &*slot }.fd == fd
        })
    }

    #[inline(always)]
    fn slot(&self, number: u32) -> *mut io_uring_sqe {
        self.slots.wrapping_add(index(number & (self.entries - 1)))
    }

    /// Whether the kernel took an entry in the last system call.
    #[inline(always)]
    pub(super) fn is_of_last_call(&self, number: u32) -> bool {
        let before = self.before.get();
        number.wrapping_sub(before) < self.taken.get().wrapping_sub(before)
    }

    /// Whether no further entry fits before the next system call.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.queued() == self.entries
    }

    /// Whether this is a forked copy in another process.
    pub(super) fn is_forked(&self) -> bool {
        self.owner != getpid()
    }

    /// Writes an entry. There must be room.
    #[inline(always)]
    pub(super) fn push(&self, entry: io_uring_sqe) {
        debug_assert!(!self.is_full(), "the caller has looked");
        let tail = self.tail.get();
        let slot = self.slot(tail);
        // SAFETY: within the mapping (masked), and the kernel does not read this slot: it
        // lies between the published tail and the head.
        unsafe { slot.write(entry) };
        self.tail.set(tail.wrapping_add(1));
    }

    /// Makes a batch of all completions that are there, unless one is being seen. False if there
    /// are none.
    #[inline(always)]
    pub(super) fn batch(&self) -> bool {
        if self.unseen.get() != self.seen.get() {
            return true;
        }
        // SAFETY: in the mapped ring; the kernel publishes it with a release.
        let tail = unsafe { &*self.cq_tail }.load(Ordering::Acquire);
        let through = self.batch_end.get();
        if tail == through {
            return false;
        }
        self.seen.set(through);
        self.unseen.set(tail);
        self.batch_end.set(tail);
        true
    }

    /// The newest completion of the batch that was not seen: what the kernel touched last may
    /// still be in the cache, and what is handed over in this order comes back in it, so that the
    /// order turns round from batch to batch. Oldest first, everything would be cold at each turn
    /// as soon as all of it does not fit.
    ///
    /// Nothing is seen twice, whatever the caller does with it. The places go back to the kernel
    /// with the last of the batch.
    #[inline(always)]
    pub(super) fn pop(&self) -> Option<Done> {
        let (seen, unseen) = (self.seen.get(), self.unseen.get());
        if unseen == seen {
            return None;
        }
        let newest = unseen.wrapping_sub(1);
        self.unseen.set(newest);
        let entry = self.completions.wrapping_add(index(newest & self.cq_mask));
        // SAFETY: within the mapping (masked), published by the tail when the batch began, and
        // not overwritten before the head moves.
        let entry = unsafe { &*entry };
        let done =
            Done { user_data: entry.user_data, result: entry.res, flags: entry.flags.bits() };
        if newest == seen {
            // SAFETY: in the mapped ring; only this thread writes the head.
            unsafe { &*self.cq_head }.store(self.batch_end.get(), Ordering::Release);
        }
        Some(done)
    }

    /// Hands over what is queued and waits for `wanted` completions, or for the timeout.
    /// Pending work of the kernel runs in it, also when `wanted` is 0.
    #[inline]
    pub(super) fn enter(&self, wanted: u32, timeout: Option<&Timespec>) -> Result<(), Errno> {
        let tail = self.tail.get();
        // SAFETY: in the mapped ring.
        unsafe { &*self.kernel_tail }.store(tail, Ordering::Release);
        self.enters.set(self.enters.get() + 1);
        #[cfg(test)]
        if let Some(left) = self.refusals.get().checked_sub(1) {
            self.refusals.set(left);
            self.before.set(self.taken.get());
            return Err(Errno::AGAIN);
        }
        let queued = self.queued();
        let flags = IoringEnterFlags::GETEVENTS;
        let entered = match timeout {
            // SAFETY: the entries were written by callers who answer for what they name.
            None => unsafe { io_uring_enter(&self.fd, queued, wanted, flags) },
            Some(timeout) => {
                let ts = io_uring_ptr::new(ptr::from_ref(timeout).cast_mut().cast());
                let argument = io_uring_getevents_arg { ts, ..Default::default() };
                let flags = flags | IoringEnterFlags::EXT_ARG;
                // SAFETY: as above; the argument and what it points to live for the call.
                unsafe { io_uring_enter_arg(&self.fd, queued, wanted, flags, Some(&argument)) }
            }
        };
        self.before.set(self.taken.get());
        // SAFETY: in the mapped ring.
        self.taken.set(unsafe { &*self.kernel_head }.load(Ordering::Acquire));
        entered.map(|_| ())
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        if self.is_forked() {
            return;
        }
        // SAFETY: dropped once, here, and not used afterwards.
        unsafe { ManuallyDrop::drop(&mut self._rings) };
        // SAFETY: as above.
        unsafe { ManuallyDrop::drop(&mut self._slots) };
    }
}

/// The best ring that this kernel has. Older ones than 5.19 are refused: a driver that is dropped
/// cancels all that is in flight by one request (`IORING_ASYNC_CANCEL_ANY`), because it keeps
/// no list.
///
/// Cooperative work of the kernel, which runs at its next entry, and not deferred work
/// (`IORING_SETUP_DEFER_TASKRUN`, 6.1): a wait for one completion runs at most twenty pieces
/// of deferred work, so that a thousand connections that become ready together take fifty
/// calls instead of one; the kernel's own time was the same.
fn set_up(entries: u32, completions: u32) -> Result<(OwnedFd, io_uring_params), Refused> {
    let common = IoringSetupFlags::CQSIZE | IoringSetupFlags::CLAMP | IoringSetupFlags::SUBMIT_ALL;
    let wishes = [
        IoringSetupFlags::COOP_TASKRUN | IoringSetupFlags::SINGLE_ISSUER,
        IoringSetupFlags::COOP_TASKRUN,
    ];
    for wish in wishes {
        let mut params = io_uring_params::default();
        params.flags = common | wish;
        params.cq_entries = completions;
        // SAFETY: no work queue is shared, so no descriptor is named.
        match unsafe { io_uring_setup(entries, &mut params) } {
            Ok(fd) => return Ok((fd, params)),
            Err(Errno::INVAL) => {}
            Err(errno) => return Err(refused(errno)),
        }
    }
    let reason = String::from("io_uring: the kernel is older than Linux 5.19");
    Err(Refused { errno: Errno::INVAL, reason })
}

fn refused(errno: Errno) -> Refused {
    let switch = std::fs::read_to_string("/proc/sys/kernel/io_uring_disabled");
    let reason = reason(errno, switch.as_deref().map_or("", str::trim));
    Refused { errno, reason: std::format!("io_uring_setup: {errno}{reason}") }
}

/// Why `io_uring_setup` failed, for the person who has to change it. `switch` is what
/// `kernel.io_uring_disabled` is set to.
fn reason(errno: Errno, switch: &str) -> &'static str {
    match (errno, switch) {
        (Errno::NOSYS, _) => " (the kernel is built without it, or a filter hides it)",
        (Errno::PERM, "2") => " (kernel.io_uring_disabled=2)",
        (Errno::PERM, "1") => " (kernel.io_uring_disabled=1, and the process is not allowed)",
        (Errno::PERM | Errno::ACCESS, _) => " (a seccomp filter or a security module forbids it)",
        (Errno::NOMEM, _) => " (memory that may be locked: RLIMIT_MEMLOCK)",
        (Errno::MFILE | Errno::NFILE, _) => " (descriptor limit)",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ring, or nothing where it is known that this machine has none.
    fn ring() -> Option<Ring> {
        let refused = match Ring::new(4, 8) {
            Ok(ring) => return Some(ring),
            Err(refused) => refused.reason,
        };
        let known = std::env::var_os("KERNEL_WITHOUT_URING").is_some();
        assert!(known, "{refused}; if that is known, set KERNEL_WITHOUT_URING");
        let line = std::format!("not run: {refused}\n");
        let _nobody_reads = rustix::io::write(rustix::stdio::stderr(), line.as_bytes());
        None
    }

    /// Hands over entries that do nothing, with these numbers, and waits for their completions.
    fn complete(ring: &Ring, numbers: core::ops::Range<u64>) {
        let count = u32::try_from(numbers.clone().count()).expect("few");
        for number in numbers {
            let user_data = io_uring_user_data::from_u64(number);
            ring.push(io_uring_sqe { user_data, ..Default::default() });
        }
        ring.enter(count, None).expect("there is room");
    }

    fn numbers(ring: &Ring) -> std::vec::Vec<u64> {
        core::iter::from_fn(|| if ring.batch() { ring.pop() } else { None })
            .map(|done| done.user_data.u64_())
            .collect()
    }

    #[test]
    fn the_newest_of_a_batch_is_seen_first_and_a_batch_before_what_comes_later() {
        let Some(ring) = ring() else { return };
        complete(&ring, 0..3);
        assert!(ring.batch());
        assert_eq!(ring.pop().map(|done| done.user_data.u64_()), Some(2));
        complete(&ring, 3..5);
        assert_eq!(numbers(&ring), [1, 0, 4, 3]);
        assert!(!ring.batch() && ring.pop().is_none());
    }

    #[test]
    fn places_of_completions_that_were_seen_are_used_again() {
        let Some(ring) = ring() else { return };
        for round in 0..100 {
            let first = 4 * round;
            complete(&ring, first..first + 4);
            assert_eq!(numbers(&ring), [first + 3, first + 2, first + 1, first]);
        }
    }

    #[test]
    fn who_has_to_change_something_is_told_what() {
        let told = [
            (Errno::PERM, "2", "kernel.io_uring_disabled=2"),
            (Errno::PERM, "1", "kernel.io_uring_disabled=1"),
            (Errno::PERM, "0", "seccomp"),
            (Errno::NOSYS, "", "built without it"),
            (Errno::MFILE, "0", "descriptor limit"),
        ];
        for (errno, switch, what) in told {
            assert!(reason(errno, switch).contains(what), "{errno} {switch}");
        }
    }
}
