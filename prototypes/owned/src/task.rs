//! Spawning, and the handle of one task.

use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::ptr::{self, NonNull};
use core::task::{Context, Poll, ready};

use crate::aborted::Aborted;
use crate::block::Block;
use crate::head::Head;
use crate::mode::{Detach, Mode};
use crate::store::Heap;
use crate::token::Token;

/// Names a task, or nothing when the run was ending and took no further task. Untyped in its
/// mode: dropping it gives up the hold and nothing else.
pub(crate) struct TaskRef<T> {
    head: Option<NonNull<Head>>,
    _output: PhantomData<T>,
}

impl<T> TaskRef<T> {
    pub(crate) fn new(head: Option<NonNull<Head>>) -> TaskRef<T> {
        TaskRef { head, _output: PhantomData }
    }

    pub(crate) fn head(&self) -> Option<&Head> {
        // SAFETY: this holds the block.
        self.head.map(|head| unsafe { head.as_ref() })
    }

    /// The outcome, or the reason why there is none.
    pub(crate) fn poll_outcome<M: Mode>(&self, cx: &mut Context<'_>) -> Poll<Result<T, Aborted>> {
        ready!(M::proceed(cx));
        let Some(head) = self.head else { return Poll::Ready(Err(Aborted::asked())) };
        let mut outcome = MaybeUninit::<Result<T, Aborted>>::uninit();
        let to = outcome.as_mut_ptr().cast();
        // SAFETY: held by this, and `T` is the task's output: both were made together.
        ready!(unsafe { Head::poll_take(head, cx, to) });
        // SAFETY: `poll_take` was ready, so it wrote it.
        Poll::Ready(unsafe { outcome.assume_init() })
    }

    pub(crate) fn abort(&self) {
        if let Some(head) = self.head() {
            head.abort();
        }
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.head().is_none_or(Head::is_finished)
    }
}

impl<T> Drop for TaskRef<T> {
    fn drop(&mut self) {
        if let Some(head) = self.head {
            // SAFETY: this holds it.
            unsafe { Head::give_up(head) };
        }
    }
}

/// A task: await it for its output, [`abort`](Task::abort) or [`detach`](Task::detach) it.
///
/// The mode `M` says what dropping it does: [`Detach`] lets the task go on, [`Cancel`] aborts
/// it. Not `Send`: a task belongs to the executor of its thread.
///
/// [`Cancel`]: crate::Cancel
pub struct Task<T, M: Mode = Detach> {
    hold: TaskRef<T>,
    _mode: PhantomData<M>,
}

impl<T, M: Mode> fmt::Debug for Task<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("is_finished", &self.is_finished()).finish()
    }
}

impl<T, M: Mode> Task<T, M> {
    pub(crate) fn new(head: Option<NonNull<Head>>) -> Task<T, M> {
        Task { hold: TaskRef::new(head), _mode: PhantomData }
    }

    /// The outcome, or the reason why there is none. Borrows nothing while foreign code runs.
    pub(crate) fn poll_outcome(&self, cx: &mut Context<'_>) -> Poll<Result<T, Aborted>> {
        self.hold.poll_outcome::<M>(cx)
    }

    /// Asks for the end of the task. Its future is dropped at the task's next turn, after this
    /// has returned, or its token is cancelled then ([`ByToken`](crate::ByToken)); only awaiting
    /// the handle tells when. A task that is ready stays ready.
    pub fn abort(&self) {
        self.hold.abort();
    }

    /// Lets the task go on without a handle, in every mode.
    pub fn detach(self) {
        let mut this = core::mem::ManuallyDrop::new(self);
        // SAFETY: not used again: this function owns the handle, and its drop does not run.
        unsafe { ptr::drop_in_place(&raw mut this.hold) };
    }

    /// Asks for the end of the task and waits for it. `Some` if it was ready before, or ended by
    /// itself where it is only told.
    ///
    /// # Cancellation
    /// Dropping it does what dropping the handle does; the task is asked as soon as this was
    /// polled.
    pub fn cancelled(self) -> Cancelled<T, M> {
        Cancelled { task: self }
    }

    /// Whether the task has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.hold.is_finished()
    }
}

impl<T, M: Mode> Drop for Task<T, M> {
    fn drop(&mut self) {
        if M::CANCEL_ON_DROP {
            self.hold.abort();
        }
    }
}

impl<T, M: Mode> Future for Task<T, M> {
    type Output = Result<T, Aborted>;

    /// # Panics
    /// After it was ready.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, Aborted>> {
        self.hold.poll_outcome::<M>(cx)
    }
}

/// See [`Task::cancelled`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Cancelled<T, M: Mode> {
    task: Task<T, M>,
}

impl<T, M: Mode> Future for Cancelled<T, M> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.task.abort();
        Pin::new(&mut self.task).poll(cx).map(Result::ok)
    }
}

/// Starts a task that drops detach or cancel as `M` says. It is polled for the first time after
/// everything that is queued now.
///
/// While the run ends no task is taken: the future is dropped unpolled, and the handle is
/// ready with [`Aborted`].
///
/// # Panics
/// Outside a run, when the waker table is full, and when a build without a heap has no room.
pub fn spawn_in<M: Mode, F>(future: F) -> Task<F::Output, M>
where
    F: Future + 'static,
    F::Output: 'static,
{
    // SAFETY: no set.
    Task::new(unsafe {
        Block::<F, M, Heap>::spawn(Heap::place(), future, None, || Some(ptr::null()))
    })
}

/// Starts a task whose program gets a token. A request to end cancels it in mode
/// [`ByToken`](crate::ByToken); in the other modes the task is aborted and the token is only
/// what the program makes of it. Otherwise as [`spawn_in`].
///
/// # Panics
/// As [`spawn_in`], and when a build without a heap has no room for the token.
pub fn spawn_with_in<M: Mode, F>(program: impl FnOnce(Token) -> F) -> Task<F::Output, M>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let token = Token::new();
    let future = program(token.clone());
    // SAFETY: no set.
    Task::new(unsafe {
        Block::<F, M, Heap>::spawn(Heap::place(), future, Some(token), || Some(ptr::null()))
    })
}

impl<T, M: Mode> Unpin for Task<T, M> {}
