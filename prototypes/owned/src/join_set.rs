//! Sets of tasks whose outputs are taken in the order of their ends.

use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use crate::aborted::Aborted;
use crate::block::Block;
use crate::head::Head;
use crate::mode::{Detach, Mode};
use crate::set::Members;
use crate::store::Heap;

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
        f.debug_struct("JoinSet").field("live", &self.members.live()).finish_non_exhaustive()
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
        self.members.live() + self.members.ended()
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
        let Some(head) = ready!(members.poll_ended(cx)) else { return Poll::Ready(None) };
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
