//! Sets of tasks. The links are in the heads of the tasks, so a member costs nothing more.

use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::marker::{PhantomData, PhantomPinned};
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::ptr::{self, NonNull};
use core::task::{Context, Poll, Waker, ready};

use crate::block::Block;
use crate::head::Head;
use crate::mode::{Detach, Mode};
use crate::store::Heap;
use crate::task::Aborted;

/// The untyped part of a set. Pinned: its members point at it.
pub(crate) struct Members {
    /// Members that have not ended, in the order of spawning.
    live: Queue,
    len: Cell<usize>,
    /// Whether the set holds its members and keeps those that have ended.
    keeps: bool,
    /// Kept members that have ended, in the order of their ends. They point at no set.
    ended: Queue,
    ended_len: Cell<usize>,
    waiter: Cell<Option<Waker>>,
    _pin: PhantomPinned,
}

/// A doubly linked list through `Head::next` and `Head::previous`.
struct Queue {
    first: Cell<*mut Head>,
    last: Cell<*mut Head>,
}

impl Queue {
    const fn new() -> Queue {
        Queue { first: Cell::new(ptr::null_mut()), last: Cell::new(ptr::null_mut()) }
    }

    fn first(&self) -> Option<NonNull<Head>> {
        NonNull::new(self.first.get())
    }

    /// # Safety
    /// `head` is live and in no queue; it leaves this one before it dies.
    unsafe fn push(&self, head: NonNull<Head>) {
        let last = self.last.replace(head.as_ptr());
        // SAFETY: live by the caller's promise.
        let task = unsafe { head.as_ref() };
        task.previous.set(last);
        task.next.set(ptr::null_mut());
        // SAFETY: null or a live task in this queue.
        match unsafe { last.as_ref() } {
            Some(last) => last.next.set(head.as_ptr()),
            None => self.first.set(head.as_ptr()),
        }
    }

    /// # Safety
    /// `head` is live and in this queue.
    unsafe fn remove(&self, head: NonNull<Head>) {
        // SAFETY: live by the caller's promise.
        let task = unsafe { head.as_ref() };
        let (previous, next) = (task.previous.get(), task.next.get());
        // SAFETY: null or a live task in this queue.
        match unsafe { previous.as_ref() } {
            Some(previous) => previous.next.set(next),
            None => self.first.set(next),
        }
        // SAFETY: as above.
        match unsafe { next.as_ref() } {
            Some(next) => next.previous.set(previous),
            None => self.last.set(previous),
        }
    }
}

impl Members {
    pub(crate) const fn new(keeps: bool) -> Members {
        Members {
            live: Queue::new(),
            len: Cell::new(0),
            keeps,
            ended: Queue::new(),
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

    /// A member has ended.
    ///
    /// # Safety
    /// `head` is live and a live member.
    pub(crate) unsafe fn finished(&self, head: NonNull<Head>) {
        // SAFETY: the caller's promise.
        unsafe { self.take_out(head) };
        if self.keeps {
            // SAFETY: live, held by this set, and in no queue any more.
            unsafe { self.ended.push(head) };
            self.ended_len.set(self.ended_len.get() + 1);
        }
        if (self.keeps || self.len.get() == 0)
            && let Some(waiter) = self.waiter.take()
        {
            waiter.wake();
        }
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
            // SAFETY: a live member; aborting runs no code of a task.
            let task = unsafe { head.as_ref() };
            task.abort();
            next = NonNull::new(task.next.get());
        }
    }

    /// Waits until no member lives.
    pub(crate) fn poll_empty(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.len.get() == 0 {
            return Poll::Ready(());
        }
        self.wait(cx);
        Poll::Pending
    }

    fn wait(&self, cx: &mut Context<'_>) {
        let kept = self.waiter.take().filter(|old| old.will_wake(cx.waker()));
        self.waiter.set(Some(kept.unwrap_or_else(|| cx.waker().clone())));
    }

    /// The member that ended first of those that are kept, with the set's hold on it.
    fn next_ended(&self) -> Option<NonNull<Head>> {
        let head = self.ended.first()?;
        // SAFETY: in the queue, so live: the set holds it.
        unsafe { self.ended.remove(head) };
        self.ended_len.set(self.ended_len.get() - 1);
        Some(head)
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
        while let Some(head) = self.next_ended() {
            // SAFETY: the set's hold. If a destructor panics, the rest leaks.
            unsafe { Head::give_up(head) };
        }
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
        Block::<F, M, Heap>::spawn(Heap::place(), future, set, None);
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
        let Some(head) = members.next_ended() else {
            if members.live() == 0 {
                return Poll::Ready(None);
            }
            members.wait(cx);
            return Poll::Pending;
        };
        let mut outcome = MaybeUninit::<Result<T, Aborted>>::uninit();
        // SAFETY: held by the set, and only tasks with the output `T` are in it.
        let taken = unsafe { Head::poll_take(head, cx, outcome.as_mut_ptr().cast()) };
        debug_assert!(taken.is_ready(), "it has ended");
        // SAFETY: the set's hold, not used afterwards.
        unsafe { Head::give_up(head) };
        // SAFETY: `poll_take` is ready for a task that has ended, so it wrote it.
        Poll::Ready(Some(unsafe { outcome.assume_init() }))
    }
}
