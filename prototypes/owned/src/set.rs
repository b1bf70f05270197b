//! Sets of tasks. The links are in the heads of the tasks, so a member costs nothing more.

use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::marker::{PhantomData, PhantomPinned};
use core::mem::{self, MaybeUninit};
use core::pin::Pin;
use core::ptr::{self, NonNull};
use core::task::{Context, Poll, Waker, ready};

use kernel::foreign::Finally;
use kernel::list::IntrusiveList;
use kernel::wake::stored::{Wake, store_waker};

use crate::block::Block;
use crate::head::Head;
use crate::mode::{Detach, Mode};
use crate::store::Heap;
use crate::task::Aborted;

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
        unsafe { head.as_ref() }.set.set(self);
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
        let rest = Finally(|| self.give_up_ended());
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

/// Tasks whose outputs are taken in the order of their ends. Dropping the set aborts them.
///
/// The set lives where it is pinned, its links are in the tasks: a member costs its one
/// allocation and nothing more.
///
/// ```
/// # extern crate design_owned as design;
/// use design as d;
/// use std::pin::pin;
///
/// let world: &'static contract::World = Box::leak(Box::new(contract::World::new()));
/// d::block_on(world, async {
///     let set = pin!(d::JoinSet::new());
///     let set = set.into_ref();
///     for ms in [30, 10, 20] {
///         set.spawn(async move {
///             let _slept = d::sleep(ms).await;
///             ms
///         });
///     }
///     assert_eq!(set.join_next().await.and_then(Result::ok), Some(10));
///     set.abort_all();
///     assert!(matches!(set.join_next().await, Some(Err(_))));
/// });
/// ```
pub struct JoinSet<T, M: Mode = Detach> {
    members: Members,
    _types: PhantomData<(T, M)>,
}

impl<T, M: Mode> fmt::Debug for JoinSet<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinSet").field("live", &self.members.len).finish_non_exhaustive()
    }
}

impl<T> JoinSet<T> {
    /// An empty set.
    #[must_use]
    pub const fn new() -> JoinSet<T> {
        JoinSet::new_in()
    }
}

impl<T> Default for JoinSet<T> {
    fn default() -> Self {
        JoinSet::new()
    }
}

impl<T, M: Mode> JoinSet<T, M> {
    /// An empty set whose tasks are of mode `M`.
    #[must_use]
    pub const fn new_in() -> JoinSet<T, M> {
        JoinSet { members: Members::new(true), _types: PhantomData }
    }

    /// Starts a task in the set. While the run ends the future is dropped unpolled.
    ///
    /// # Panics
    /// As [`spawn_in`](crate::spawn_in).
    pub fn spawn<F>(self: Pin<&Self>, future: F)
    where
        F: Future<Output = T> + 'static,
        T: 'static,
    {
        let set = &raw const self.get_ref().members;
        // SAFETY: this set, which is borrowed meanwhile.
        let _head =
            unsafe { Block::<F, M, Heap>::spawn(Heap::place(), future, None, || Some(set)) };
    }

    /// Members that have not ended.
    #[must_use]
    pub fn live(&self) -> usize {
        self.members.live()
    }

    /// Members whose output was not taken.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.live() + self.members.ended_len.get()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Asks for the end of all members; [`JoinSet::join_next`] tells when.
    pub fn abort_all(&self) {
        self.members.abort_all();
    }

    /// Waits for the member that ends next; `None` when there is none left. One waiter at a
    /// time.
    ///
    /// # Cancellation
    /// Dropping it loses nothing.
    pub fn join_next<'s>(self: Pin<&'s Self>) -> JoinNext<'s, T, M> {
        JoinNext { set: self }
    }
}

/// See [`JoinSet::join_next`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct JoinNext<'s, T, M: Mode> {
    set: Pin<&'s JoinSet<T, M>>,
}

impl<T, M: Mode> Future for JoinNext<'_, T, M> {
    type Output = Option<Result<T, Aborted>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(M::proceed(cx));
        let members = &self.set.get_ref().members;
        if members.ended.is_empty() && members.live() > 0 {
            store_waker(&members.waiter, cx.waker());
        }
        // Looked at after that: foreign code may have seen a member end.
        let Some(head) = members.next_ended() else {
            return if members.live() == 0 { Poll::Ready(None) } else { Poll::Pending };
        };
        let mut outcome = MaybeUninit::<Result<T, Aborted>>::uninit();
        // SAFETY: held by the set, and only tasks with the output `T` are in it.
        let taken = unsafe { Head::poll_take(head, cx, outcome.as_mut_ptr().cast()) };
        debug_assert!(taken.is_ready(), "it has ended");
        // SAFETY: `poll_take` is ready for a task that has ended, so it wrote it.
        let outcome = unsafe { outcome.assume_init() };
        // SAFETY: the set's hold, not used afterwards.
        unsafe { Head::give_up(head) };
        Poll::Ready(Some(outcome))
    }
}
