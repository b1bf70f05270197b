//! Tasks beside the root: what the executor must know of a task that a design spawned.
//!
//! A task is a block of memory that begins with a [`Header`]. It has a slot in the *same*
//! ready list as the root, so all turns are first in, first out, whatever they belong to. The
//! executor knows two things about it, [`VTable::poll`] and [`VTable::release`]; what a handle
//! is, who may cancel and where the block comes from is the design's.
//!
//! ```text
//!   spawn ──► queued ──► polled ──► ready ──► released
//!                 ▲         │ pending             ▲
//!                 └── woken ┘      end of the run ┘
//! ```
//!
//! The executor holds every task from [`Tasks::start`] to [`VTable::release`], which it calls
//! exactly once: when the task's poll was ready, or at the end of the run, also by a panic, in
//! the order of spawning. Wakers are handles of the task's slot: the slot is dropped before the
//! block is, so a waker that is kept for ever names nothing from then on.
//!
//! [`Tasks::publish`] lets a value of a frame be found by an integer: a handle that may be
//! copied anywhere and is refused, not dangling, once the frame is gone.

use core::cell::Cell;
use core::fmt;
use core::marker::PhantomPinned;
use core::mem::ManuallyDrop;
use core::ptr::{self, NonNull};
use core::task::{Context, Poll};

use crate::foreign::{Finally, Plant, planted};
use crate::list::{IntrusiveList, Links, Node};
use crate::wake::handle::{Handle, List, Name, Slot};

/// What a kind of task does when the executor turns to it.
#[derive(Debug)]
pub struct VTable {
    /// Polls the task, or drops its future if it was cancelled. Ready: it wants no further
    /// turn.
    ///
    /// # Safety
    /// The header is one of this kind that was started and not released, and it is not being
    /// polled already.
    pub poll: unsafe fn(NonNull<Header>, &mut Context<'_>) -> Poll<()>,
    /// Drops the future if it is there, tells the waiter, and gives up the
    /// executor's hold on the block.
    ///
    /// # Safety
    /// As for `poll`. The executor does not use the pointer afterwards.
    pub release: unsafe fn(NonNull<Header>),
    /// What the design knows of the type besides. The executor does not look at it.
    pub design: *const (),
}

/// The head of a task's block. Put it first in a `repr(C)` struct that does not move.
pub struct Header {
    /// The slot from `start` to `release`, else [`Handle::NOTHING`].
    slot: Cell<Handle>,
    vtable: &'static VTable,
    /// Neighbours in the order of spawning.
    links: Links<Header>,
    _pin: PhantomPinned,
}

// SAFETY: its own field.
unsafe impl Node for Header {
    fn links(&self) -> &Links<Header> {
        &self.links
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header").finish_non_exhaustive()
    }
}

impl Header {
    /// A header of a task that was not started.
    #[must_use]
    pub fn new(vtable: &'static VTable) -> Header {
        Header {
            slot: Cell::new(Handle::NOTHING),
            vtable,
            links: Links::new(),
            _pin: PhantomPinned,
        }
    }

    /// Queues the task for a turn, as its waker would. Does nothing before it was started and
    /// after it was released.
    pub fn wake(&self) {
        self.slot.get().wake();
    }

    /// What the design put into the vtable.
    #[must_use]
    pub fn design(&self) -> *const () {
        self.vtable.design
    }
}

/// A run takes no tasks: it is ending, or it never took any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

/// The tasks of one run and the ready list that they share with its root.
pub struct Tasks {
    list: List,
    /// In the order of spawning.
    started: IntrusiveList<Header>,
    closed: Cell<bool>,
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").field("closed", &self.closed).finish_non_exhaustive()
    }
}

/// Users of slots that are no task have this bit; headers are aligned and never do.
const NO_TASK: usize = 1;

impl Tasks {
    /// No tasks, and none taken: an island has no turns for them.
    ///
    /// # Panics
    /// When the waker table is full.
    pub(crate) fn new() -> Tasks {
        Tasks {
            list: List::new().expect("the waker table has room for one executor"),
            started: IntrusiveList::new(),
            closed: Cell::new(true),
        }
    }

    /// Takes tasks from now on; the ready list, for the executor that pops it.
    pub(crate) fn open(&self) -> &List {
        self.closed.set(false);
        &self.list
    }

    /// The slot of the root.
    ///
    /// # Safety
    /// It is dropped before this.
    pub(crate) unsafe fn root(&self) -> Slot {
        let user = ptr::without_provenance_mut(NO_TASK);
        let user = NonNull::new(user).expect("one is not null");
        // SAFETY: the caller's promise.
        let slot = unsafe { self.list.slot(user) };
        slot.expect("the waker table has room for the root")
    }

    /// The task behind a user of the ready list; `None` is the root.
    pub(crate) fn task(user: NonNull<()>) -> Option<NonNull<Header>> {
        (user.addr().get() & NO_TASK == 0).then(|| user.cast())
    }

    /// Hands a task to the executor, which polls it after everything that is queued now.
    ///
    /// # Errors
    /// [`Closed`] while the run ends, and in an island; the task is not touched then.
    ///
    /// # Safety
    /// The header heads a block of the kind that its vtable serves, was not started before,
    /// and stays valid and where it is until its `release` was called. The pointer is to the
    /// whole block.
    ///
    /// # Panics
    /// When the waker table is full.
    pub unsafe fn start(&self, header: NonNull<Header>) -> Result<(), Closed> {
        if self.closed.get() {
            return Err(Closed);
        }
        // SAFETY: `release` drops it, and every task is released before the run ends.
        let slot = unsafe { self.list.queued_slot(header.cast()) };
        let slot = slot.expect("the waker table has room for a task");
        // SAFETY: valid by the caller's promise.
        let task = unsafe { header.as_ref() };
        task.slot.set(slot.into_handle());
        // SAFETY: in no list before it was started; `release` removes it.
        unsafe { self.started.push(header) };
        Ok(())
    }

    /// One turn of a task that was popped from the ready list.
    ///
    /// # Safety
    /// The task was started and not released.
    pub(crate) unsafe fn turn(&self, header: NonNull<Header>) {
        // SAFETY: valid until released.
        let task = unsafe { header.as_ref() };
        // It owns nothing, and dropping it would be a call through its table.
        let waker = ManuallyDrop::new(task.slot.get().waker());
        // FOREIGN: the poll of the task, its destructor, and whom its end wakes.
        // SAFETY: started, not released; a task that is being polled is in no batch twice.
        let polled = unsafe { (task.vtable.poll)(header, &mut Context::from_waker(&waker)) };
        if polled.is_ready() {
            // SAFETY: the caller's promise; not being polled any more.
            unsafe { self.release(header) };
        }
    }

    /// Unlinks a task, makes its wakers stale, and gives up the executor's hold.
    ///
    /// # Safety
    /// The task was started, is not released and not being polled.
    unsafe fn release(&self, header: NonNull<Header>) {
        // SAFETY: valid until released.
        let task = unsafe { header.as_ref() };
        // SAFETY: started and not released, so in the list.
        unsafe { self.started.remove(header) };
        let slot = Slot::from_handle(task.slot.replace(Handle::NOTHING));
        if planted(Plant::SlotFreedWhileListed) {
            core::mem::forget(slot);
        } else {
            drop(slot);
        }
        // FOREIGN: the task's destructors, and whom its end wakes. Unlinked, and its wakers name
        // nothing.
        // SAFETY: the caller's promise; called once, because it is in no list any more.
        unsafe { (task.vtable.release)(header) };
    }

    /// Ends the run: takes no further tasks and releases all that are left, in the order of
    /// spawning. If a destructor panics, the others still run; a second panic aborts.
    pub(crate) fn end(&self) {
        self.closed.set(true);
        let rest = Finally(|| self.end());
        // Read again each time: a destructor may wake, and abort others.
        while let Some(header) = self.started.first() {
            // SAFETY: in the list, so started and not released. Nothing polls any more; a task
            // whose poll panicked was left by the panic.
            unsafe { self.release(header) };
        }
        core::mem::forget(rest);
    }

    /// Makes a value of a frame known by a handle: [`Tasks::find`] returns the pointer until
    /// the name is dropped, which may be after the run. Waking the handle wakes nothing.
    ///
    /// # Safety
    /// All that is published in a process is of the kind that those who find it take it for, and
    /// stays where it is until the name is dropped: a handle is an integer, so a stale one may find
    /// what is published under it later.
    ///
    /// # Panics
    /// When the waker table is full, and when the pointer is not aligned to two bytes.
    #[must_use]
    pub unsafe fn publish(&self, value: NonNull<()>) -> Name {
        assert!(value.addr().get() & NO_TASK == 0, "a published value is aligned");
        let user = value.as_ptr().map_addr(|addr| addr | NO_TASK);
        let user = NonNull::new(user).expect("not null, with a bit set");
        Name::new(&self.list, user).expect("the waker table has room for a published value")
    }

    /// The pointer that was published under a handle of this run; `None` for one that is not
    /// published any more. After a generation has wrapped around it may be another published
    /// pointer.
    #[must_use]
    pub fn find(&self, handle: Handle) -> Option<NonNull<()>> {
        let user = self.list.user(handle)?;
        let value = user.as_ptr().map_addr(|addr| addr & !NO_TASK);
        // The root's user becomes null; a task's has no bit to lose.
        NonNull::new(value).filter(|_| user.addr().get() & NO_TASK != 0)
    }
}
