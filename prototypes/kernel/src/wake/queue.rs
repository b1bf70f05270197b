//! The intrusive run queue of pointer-woken tasks.
//!
//! Many may push, one pops. Pushing is one exchange on a stack of headers; the owner takes
//! the whole stack at once and reverses it, so tasks run in the order of their wakes and
//! the consumer never contends with more than one exchange per batch. Modelled in
//! `tests/loom.rs`.

use core::cell::Cell;
use core::fmt;
use core::ptr::{self, NonNull};

use crate::sync::{AtomicPtr, Ordering};
use crate::wake::task::TaskHeader;

/// What became of a pushed task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// Queued, and nothing was queued before it: wake the queue's owner.
    First,
    /// Queued behind others: the code that pushed the first of them wakes the owner.
    Behind,
    /// Not queued: the owner is gone. The reference is the caller's again.
    Closed,
}

/// A queue of woken tasks. Every entry carries one reference.
pub struct RunQueue {
    stack: AtomicPtr<TaskHeader>,
    /// The batch in work; owner only.
    taken: Cell<*mut TaskHeader>,
}

impl fmt::Debug for RunQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunQueue").finish_non_exhaustive()
    }
}

// SAFETY: `stack` is atomic; `taken` is touched only by `collect` and `pop`, whose contract
// makes them the owner's.
unsafe impl Sync for RunQueue {}
// SAFETY: the queue owns references to headers, which are shared between threads anyway.
unsafe impl Send for RunQueue {}

impl Default for RunQueue {
    fn default() -> Self {
        RunQueue::new()
    }
}

impl RunQueue {
    /// An empty queue.
    #[must_use]
    pub fn new() -> RunQueue {
        RunQueue { stack: AtomicPtr::new(ptr::null_mut()), taken: Cell::new(ptr::null_mut()) }
    }

    /// Adds a task; any thread.
    ///
    /// # Safety
    /// The task is live, is in no queue, and the caller gives one reference to the queue,
    /// unless it comes back with [`Pushed::Closed`].
    pub unsafe fn push(&self, task: NonNull<TaskHeader>) -> Pushed {
        // SAFETY: live by the caller's promise; nothing else writes `next` of a task that
        // is in no queue.
        let next = unsafe { &task.as_ref().next };
        let mut top = self.stack.load(Ordering::Relaxed);
        loop {
            if top == closed() {
                return Pushed::Closed;
            }
            next.store(top, Ordering::Relaxed);
            match self.stack.compare_exchange_weak(
                top,
                task.as_ptr(),
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) if top.is_null() => return Pushed::First,
                Ok(_) => return Pushed::Behind,
                Err(now) => top = now,
            }
        }
    }

    /// Lets no further task in. What is queued stays to be popped. The owner calls it before
    /// it is dropped, so that a task that holds the queue alive is not held by it.
    ///
    /// # Safety
    /// Only the queue's one owner calls it, once, and [`RunQueue::collect`] not afterwards.
    pub unsafe fn close(&self) {
        let last = self.taken.get();
        // SAFETY: the caller is the owner.
        self.taken.set(unsafe { self.reversed(self.stack.swap(closed(), Ordering::AcqRel)) });
        let mut tail = None;
        let mut task = self.taken.get();
        while let Some(header) = NonNull::new(task) {
            // SAFETY: entries are live: the queue holds a reference to each.
            let next = unsafe { &header.as_ref().next };
            task = next.load(Ordering::Relaxed);
            tail = Some(next);
        }
        match tail {
            Some(tail) => tail.store(last, Ordering::Relaxed),
            None => self.taken.set(last),
        }
    }

    /// Turns a chain that was taken from the stack into order of arrival.
    ///
    /// # Safety
    /// Only the queue's one owner calls it, on what it took.
    unsafe fn reversed(&self, mut task: *mut TaskHeader) -> *mut TaskHeader {
        let mut first = ptr::null_mut();
        while let Some(header) = NonNull::new(task) {
            // SAFETY: entries are live: the queue holds a reference to each.
            let next = unsafe { &header.as_ref().next };
            task = next.load(Ordering::Relaxed);
            next.store(first, Ordering::Relaxed);
            first = header.as_ptr();
        }
        first
    }

    /// Takes what was pushed until now as one batch, unless a batch is in work.
    ///
    /// # Safety
    /// Only the queue's one owner calls it.
    pub unsafe fn collect(&self) {
        if !self.taken.get().is_null() {
            return;
        }
        let task = self.stack.swap(ptr::null_mut(), Ordering::AcqRel);
        // SAFETY: the caller is the owner.
        self.taken.set(unsafe { self.reversed(task) });
    }

    /// The next task of the batch, with its reference.
    ///
    /// # Safety
    /// Only the queue's one owner calls it.
    pub unsafe fn pop(&self) -> Option<NonNull<TaskHeader>> {
        let task = NonNull::new(self.taken.get())?;
        // SAFETY: entries are live: the queue holds a reference to each.
        let next = unsafe { &task.as_ref().next };
        self.taken.set(next.load(Ordering::Relaxed));
        Some(task)
    }
}

/// What the stack of a closed queue holds. Never dereferenced: no header has this address.
fn closed() -> *mut TaskHeader {
    ptr::without_provenance_mut(1)
}
