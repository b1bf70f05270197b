//! The head of a task's block, the same for futures of every type and for all modes.
//!
//! ```text
//!   Idle ⇄ Polling ──► Done ──► Taken        ready, then joined
//!     └────────┴──► Ending ──► Over          aborted, or the run ended
//! ```
//!
//! [`Stage`] says of each who enters it, from where, and what it excludes.
//!
//! A task that has ended has left its set: both are done in one step, in which no foreign code
//! runs.
//!
//! A block has at most two holders that count: the executor, until the task has ended, and
//! the code that may still ask for the output (a handle, or a set that keeps it). Wakers do not
//! count: they are integers.

use core::cell::Cell;
use core::ptr::{self, NonNull};
use core::task::{Context, Poll, Waker};

use kernel::list::{Links, Node};
use kernel::run::spawn::Header;
use kernel::wake::stored::store_waker;

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Has a future that is not being polled.
    ///
    /// Entered by `spawn`, and from `Polling` by the end of a poll that was pending, or that
    /// panicked where the mode does not catch it. Excludes the join.
    Idle,
    /// Its future is being polled.
    ///
    /// Entered from `Idle` by the executor's turn. Excludes another turn, the drop of the future
    /// (an abort is noted, and done at the next turn) and the join.
    Polling,
    /// Its future is being dropped.
    ///
    /// Entered from `Idle` by the turn after an abort and by the end of the run, and from `Polling`
    /// by a turn that was aborted while it polled. Excludes turns, aborts and the join.
    Ending,
    /// Has an output, or the panic that the mode has caught.
    ///
    /// Entered from `Polling` by the end of a poll, through `set::finish`, in one step with leaving
    /// the set. Excludes turns and aborts.
    Done,
    /// Its outcome was taken.
    ///
    /// Entered from `Done` and `Over` by the join. Excludes everything but the end of the block;
    /// a second join panics.
    Taken,
    /// Ended without an output.
    ///
    /// Entered from `Ending` by the end of the destructor, also by its panic, through
    /// `set::finish`. Excludes turns and aborts; the join is told that there is no output.
    Over,
}

/// What depends on the type of the future, beside what the executor knows.
pub(crate) struct VTable {
    /// Moves the outcome, a `Result<T, Aborted>`, to the pointer.
    pub(crate) take: unsafe fn(NonNull<Head>, *mut ()),
    /// Drops what is left in the block and gives its memory back.
    pub(crate) free: unsafe fn(NonNull<Head>),
}

/// The executor's header first, so that a pointer to one is a pointer to the other.
#[repr(C)]
pub(crate) struct Head {
    pub(crate) header: Header,
    /// Who awaits the handle.
    pub(crate) joiner: Cell<Option<Waker>>,
    /// The set that the task is in (`Members`), if any, and its neighbours there.
    pub(crate) set: Cell<*const ()>,
    links: Links<Head>,
    holds: Cell<u8>,
    pub(crate) stage: Cell<Stage>,
    pub(crate) aborted: Cell<bool>,
}

// SAFETY: its own field.
unsafe impl Node for Head {
    fn links(&self) -> &Links<Head> {
        &self.links
    }
}

impl Head {
    /// A head with two holds: the executor's and the handle's. The header's vtable names a
    /// [`VTable`] as the design's.
    pub(crate) fn new(header: Header) -> Head {
        Head {
            header,
            joiner: Cell::new(None),
            set: Cell::new(ptr::null()),
            links: Links::new(),
            holds: Cell::new(2),
            stage: Cell::new(Stage::Idle),
            aborted: Cell::new(false),
        }
    }

    fn vtable(&self) -> &'static VTable {
        // SAFETY: all tasks of this design have such a vtable (`Block::EXECUTOR`).
        unsafe { &*self.header.design().cast() }
    }

    /// Whether the task has ended, one way or the other.
    pub(crate) fn is_finished(&self) -> bool {
        matches!(self.stage.get(), Stage::Done | Stage::Taken | Stage::Over)
    }

    /// Asks for the end of the task: at its next turn its future is dropped instead of being
    /// polled, or told, as the mode says. Runs no code of the task.
    pub(crate) fn abort(&self) {
        if matches!(self.stage.get(), Stage::Idle | Stage::Polling) && !self.aborted.replace(true) {
            self.header.wake();
        }
    }

    /// Waits for the outcome and writes it to `to`, a `Result<T, Aborted>`. False: it is not
    /// there, and the task's waker will be woken.
    ///
    /// # Safety
    /// `head` is live and heads a task with the output `T`.
    ///
    /// # Panics
    /// When the outcome was taken before.
    pub(crate) unsafe fn poll_take(
        head: NonNull<Head>,
        cx: &mut Context<'_>,
        to: *mut (),
    ) -> Poll<()> {
        // SAFETY: live by the caller's promise.
        let task = unsafe { head.as_ref() };
        if !task.is_finished() {
            store_waker(&task.joiner, cx.waker());
        }
        // Looked at after that: foreign code may have waited for it.
        match task.stage.get() {
            Stage::Idle | Stage::Polling | Stage::Ending => return Poll::Pending,
            Stage::Taken => panic!("polled after it was ready"),
            Stage::Done | Stage::Over => {}
        }
        task.stage.set(Stage::Taken);
        // SAFETY: live, ended, and `to` has the type that the caller names.
        unsafe { (task.vtable().take)(head, to) };
        Poll::Ready(())
    }

    /// Gives one hold up; frees the block when it was the last. May run the destructor of an
    /// output.
    ///
    /// # Safety
    /// The caller has a hold and does not use the pointer afterwards.
    pub(crate) unsafe fn give_up(head: NonNull<Head>) {
        // SAFETY: live while there are holds.
        let task = unsafe { head.as_ref() };
        let left = task.holds.get() - 1;
        task.holds.set(left);
        if left == 0 {
            // FOREIGN: the destructor of an output that nothing took, and of a joiner's waker.
            // SAFETY: nothing else can reach the block any more.
            unsafe { (task.vtable().free)(head) };
        }
    }
}
