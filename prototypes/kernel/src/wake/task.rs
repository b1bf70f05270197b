//! Pointer wakers: a waker is a pointer with a reference count.
//!
//! The encoding of servers, for tasks that own a heap allocation: no bound on their
//! number, one word of state, and the task lives as long as any waker. `state` holds the
//! flags below and, above them, the number of references.

use core::fmt;
use core::ptr::NonNull;
use core::task::{RawWaker, RawWakerVTable, Waker};

use crate::count::{self, Counter};
use crate::sync::{AtomicPtr, AtomicUsize, Ordering};
use crate::wake::underway;

/// In a run queue or about to be pushed.
///
/// Set by a wake, on any thread, unless this or [`CLOSED`] is set; cleared by the queue's owner
/// alone, before it polls. While it is set no other wake pushes, and the queue holds one reference.
/// So a wake that comes during a poll is not lost: the bit was cleared before.
pub const QUEUED: usize = 1;
/// The future is gone.
///
/// Set once, by the owner, in whatever state the task is; never cleared. From then on no wake
/// pushes. A task that was queued before stays in the queue, and its reference with it.
pub const CLOSED: usize = 2;
/// One reference.
///
/// Added by who holds one already; given up on any thread. The last one frees the allocation, so
/// while there is one the header is alive. The others of these bits do not matter to that.
pub const REFERENCE: usize = 4;

/// What a kind of task does when it is woken or freed.
#[derive(Debug)]
pub struct TaskVTable {
    /// Pushes the task on its queue and wakes the queue's owner. Takes over one reference.
    ///
    /// # Safety
    /// The pointer is to a live header of this kind.
    pub schedule: unsafe fn(NonNull<TaskHeader>),
    /// Frees the allocation. The future was dropped before.
    ///
    /// # Safety
    /// The last reference is gone; nothing uses the pointer afterwards.
    pub free: unsafe fn(NonNull<TaskHeader>),
}

/// The head of a task's allocation. Put it first in a `repr(C)` struct.
pub struct TaskHeader {
    state: AtomicUsize,
    /// Link in a [`RunQueue`](crate::wake::queue::RunQueue).
    pub(crate) next: AtomicPtr<TaskHeader>,
    vtable: &'static TaskVTable,
}

impl fmt::Debug for TaskHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskHeader").field("state", &self.state).finish_non_exhaustive()
    }
}

impl TaskHeader {
    /// A header with one reference, the owner's.
    #[must_use]
    pub fn new(vtable: &'static TaskVTable) -> TaskHeader {
        TaskHeader {
            state: AtomicUsize::new(REFERENCE),
            next: AtomicPtr::new(core::ptr::null_mut()),
            vtable,
        }
    }

    /// Clears QUEUED: wakes from now on queue the task again. The owner calls it right
    /// before polling.
    pub fn begin_poll(&self) {
        self.state.fetch_and(!QUEUED, Ordering::AcqRel);
    }

    /// Makes further wakes ineffective.
    pub fn close(&self) {
        self.state.fetch_or(CLOSED, Ordering::AcqRel);
    }

    /// Number of references, for tests and for reuse of an allocation nothing else knows.
    #[must_use]
    pub fn references(&self) -> usize {
        self.state.load(Ordering::Acquire) / REFERENCE
    }

    /// Wakes the task: queues it unless it is queued or closed.
    ///
    /// # Safety
    /// `task` is a live header; the caller holds a reference for the time of the call.
    pub unsafe fn wake_by_ref(task: NonNull<TaskHeader>) {
        // SAFETY: live by the caller's promise.
        let header = unsafe { task.as_ref() };
        let mut state = header.state.load(Ordering::Relaxed);
        loop {
            let wanted = match state & (QUEUED | CLOSED) {
                0 => (state | QUEUED) + REFERENCE,
                // Exchange all the same: what was written before the wake must be visible
                // to the poll that clears QUEUED.
                _ => state,
            };
            let exchanged = header.state.compare_exchange_weak(
                state,
                wanted,
                Ordering::AcqRel,
                Ordering::Relaxed,
            );
            match exchanged {
                Ok(_) if wanted == state => return,
                Ok(_) => break,
                Err(now) => state = now,
            }
        }
        count::add(Counter::Wakes, 1);
        // SAFETY: the reference added above is the queue's.
        unsafe { (header.vtable.schedule)(task) };
    }

    /// Gives one reference up; frees the task when it was the last.
    ///
    /// # Safety
    /// The caller owns one reference and does not use it afterwards.
    pub unsafe fn release(task: NonNull<TaskHeader>) {
        // SAFETY: live until the reference is given up.
        let header = unsafe { task.as_ref() };
        let vtable = header.vtable;
        let before = header.state.fetch_sub(REFERENCE, Ordering::AcqRel);
        if before < 2 * REFERENCE {
            // SAFETY: that was the last reference, so nothing else can reach the header.
            unsafe { (vtable.free)(task) };
        }
    }

    /// A waker with a reference of its own.
    ///
    /// # Safety
    /// `task` is a live header to which the caller holds a reference.
    #[must_use]
    pub unsafe fn waker(task: NonNull<TaskHeader>) -> Waker {
        // SAFETY: live by the caller's promise.
        unsafe { retain(task.as_ptr().cast()) };
        // SAFETY: VTABLE's functions keep the reference count of exactly this type.
        unsafe { Waker::new(task.as_ptr().cast(), &VTABLE) }
    }

    /// A waker that takes over a reference: the one that came with a popped task, for the time
    /// of its poll.
    ///
    /// # Safety
    /// `task` is a live header; the caller owns one reference and does not use it afterwards.
    #[must_use]
    pub unsafe fn into_waker(task: NonNull<TaskHeader>) -> Waker {
        // SAFETY: VTABLE's functions keep the reference count of exactly this type.
        unsafe { Waker::new(task.as_ptr().cast(), &VTABLE) }
    }
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(
    |data| {
        // SAFETY: a waker's data is a header to which the waker holds a reference.
        unsafe { retain(data) };
        RawWaker::new(data, &VTABLE)
    },
    |data| {
        // SAFETY: as above; waking by value also gives the waker's reference up.
        underway::counted(|| unsafe { TaskHeader::wake_by_ref(header(data)) });
        // SAFETY: the waker's own reference.
        unsafe { TaskHeader::release(header(data)) };
    },
    |data| {
        // SAFETY: a waker's data is a header to which the waker holds a reference.
        underway::counted(|| unsafe { TaskHeader::wake_by_ref(header(data)) });
    },
    |data| {
        // SAFETY: the waker's own reference.
        unsafe { TaskHeader::release(header(data)) };
    },
);

fn header(data: *const ()) -> NonNull<TaskHeader> {
    NonNull::new(data.cast_mut().cast()).expect("TaskHeader::waker made it from a NonNull")
}

/// # Safety
/// `data` is a live header.
unsafe fn retain(data: *const ()) {
    let task = header(data);
    // SAFETY: live by the caller's promise.
    let header = unsafe { task.as_ref() };
    let before = header.state.fetch_add(REFERENCE, Ordering::Relaxed);
    // Leaked clones cannot overflow the count into reuse: stop at half the range.
    assert!(before <= usize::MAX / 2, "too many clones of one waker");
}
