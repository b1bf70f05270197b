//! Members of sets and scopes. The links are in the heads of the tasks, so a member costs nothing
//! more.

use core::cell::Cell;
use core::marker::PhantomPinned;
use core::mem;
use core::ptr::{self, NonNull};
use core::task::{Context, Poll, Waker};

use kernel::foreign::{Finally, Plant, planted};
use kernel::list::IntrusiveList;
use kernel::wake::stored::{Wake, store_waker};

use crate::head::{Head, Stage};

/// The untyped part of a set. Pinned: its members point at it.
pub(crate) struct Members {
    /// Members that have not ended, in the order of spawning.
    live: IntrusiveList<Head>,
    len: Cell<usize>,
    /// Whether the set holds its members and keeps those that have ended.
    keeps: bool,
    /// Kept members that have ended, in the order of their ends. They point at no set.
    ended: IntrusiveList<Head>,
    ended_len: Cell<usize>,
    waiter: Cell<Option<Waker>>,
    _pin: PhantomPinned,
}

impl Members {
    pub(crate) const fn new(keeps: bool) -> Members {
        Members {
            live: IntrusiveList::new(),
            len: Cell::new(0),
            keeps,
            ended: IntrusiveList::new(),
            ended_len: Cell::new(0),
            waiter: Cell::new(None),
            _pin: PhantomPinned,
        }
    }

    /// Members that have not ended.
    pub(crate) fn live(&self) -> usize {
        self.len.get()
    }

    /// Adds a task that was just spawned. A set that keeps takes over the handle's hold.
    ///
    /// # Safety
    /// `head` is live, in no set, and the pointer is to its whole block. The set is pinned.
    pub(crate) unsafe fn add(&self, head: NonNull<Head>) {
        // SAFETY: the caller's promise; a live member leaves the queue in `finished`, which
        // comes before its block is freed, or when the set ends.
        unsafe { self.live.push(head) };
        // SAFETY: live by the caller's promise.
        unsafe { head.as_ref() }.set.set(ptr::from_ref(self).cast());
        self.len.set(self.len.get() + 1);
    }

    /// A member has ended; the answer wakes who waits for that. Nothing of the set is used
    /// afterwards, so the waker may drop it.
    ///
    /// # Safety
    /// `head` is live and a live member.
    pub(crate) unsafe fn finished(&self, head: NonNull<Head>) -> Wake {
        // SAFETY: the caller's promise.
        unsafe { self.take_out(head) };
        if self.keeps {
            // SAFETY: live, held by this set, and in no queue any more.
            unsafe { self.ended.push(head) };
            self.ended_len.set(self.ended_len.get() + 1);
        }
        if self.keeps || self.len.get() == 0 {
            return Wake::take(&self.waiter);
        }
        Wake::nothing()
    }

    /// # Safety
    /// `head` is live and a live member.
    unsafe fn take_out(&self, head: NonNull<Head>) {
        // SAFETY: the caller's promise.
        unsafe { self.live.remove(head) };
        // SAFETY: as above.
        unsafe { head.as_ref() }.set.set(ptr::null());
        self.len.set(self.len.get() - 1);
    }

    /// Asks for the end of all members.
    pub(crate) fn abort_all(&self) {
        let mut next = self.live.first();
        while let Some(head) = next {
            // SAFETY: a live member. Aborting queues the task in its executor and runs no foreign
            // code, so the list stays as it is.
            unsafe { head.as_ref() }.abort();
            // SAFETY: as above.
            next = unsafe { self.live.after(head) };
        }
    }

    /// Waits for the next end of a member that is kept: the set's own hold on it.
    pub(crate) fn poll_ended(&self, cx: &mut Context<'_>) -> Poll<Option<NonNull<Head>>> {
        if self.ended.is_empty() && self.live() > 0 {
            store_waker(&self.waiter, cx.waker());
        }
        // Looked at after that: foreign code may have seen a member end.
        match self.next_ended() {
            None if self.live() > 0 => Poll::Pending,
            ended => Poll::Ready(ended),
        }
    }

    /// Members that have ended and are kept.
    pub(crate) fn ended(&self) -> usize {
        self.ended_len.get()
    }

    /// Waits until no member lives.
    pub(crate) fn poll_empty(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.len.get() > 0 {
            store_waker(&self.waiter, cx.waker());
        }
        // Looked at after that: foreign code may have seen the last one end.
        if self.len.get() == 0 { Poll::Ready(()) } else { Poll::Pending }
    }

    /// The member that ended first of those that are kept, with the set's hold on it.
    fn next_ended(&self) -> Option<NonNull<Head>> {
        let head = self.ended.pop()?;
        self.ended_len.set(self.ended_len.get() - 1);
        Some(head)
    }
}

impl Members {
    fn give_up_ended(&self) {
        // The others go too when a destructor panics; a second panic ends the process.
        let rest = Finally(|| {
            if !planted(Plant::MissingGuard) {
                self.give_up_ended();
            }
        });
        while let Some(head) = self.next_ended() {
            // FOREIGN: the destructor of an output. The task is out of the list.
            // SAFETY: the set's hold.
            unsafe { Head::give_up(head) };
        }
        mem::forget(rest);
    }
}

impl Drop for Members {
    fn drop(&mut self) {
        // First what would point at a dead set: this runs no code of a task.
        while let Some(head) = self.live.first() {
            // SAFETY: a live member.
            unsafe { self.take_out(head) };
            // SAFETY: as above.
            unsafe { head.as_ref() }.abort();
            if self.keeps {
                // SAFETY: the set's hold. Not the last one: the executor holds a task that has
                // not ended.
                unsafe { Head::give_up(head) };
            }
        }
        self.give_up_ended();
    }
}

/// Who is told of a task's end when this is dropped: the code that awaits the handle, then the code
/// that waits for the set. It points at neither task nor set, which may be gone by then.
#[must_use = "the end is told where this is dropped"]
pub(crate) struct Told {
    _joiner: Wake,
    _waiter: Wake,
}

/// The task has ended: stage and set know of it. The code that waits is told by the answer, after
/// everything else: a waker may drop the set, and may panic.
///
/// # Safety
/// `head` is live, and the pointer is to the whole block.
pub(crate) unsafe fn finish(head: NonNull<Head>, stage: Stage) -> Told {
    // SAFETY: live by the caller's promise.
    let task = unsafe { head.as_ref() };
    task.stage.set(stage);
    // SAFETY: a set takes its members out before it ends.
    let waiter = match unsafe { task.set.get().cast::<Members>().as_ref() } {
        // SAFETY: live, and a member of that set.
        Some(set) => unsafe { set.finished(head) },
        None => Wake::nothing(),
    };
    Told { _joiner: Wake::take(&task.joiner), _waiter: waiter }
}
