//! A scope of tasks on other threads: waits for all of them, aborts those that are left when it
//! is dropped.
//!
//! The handles are tokio's. What is added is what a user adds who wants a scope with handles:
//! a count of the tasks that live, and the abort handle of each, in a table behind a lock. A
//! `JoinSet` has both without a table, but gives outputs in the order of their ends and no
//! handle that can be awaited; a `TaskTracker` has the count alone.

use std::fmt;
use std::future::Future;
use std::mem;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use design_owned::Error;
use pin_project_lite::pin_project;
use runtime_tokio::{AbortHandle, Task};
use slab::Slab;

/// What a scope and its tasks share. No foreign code runs while it is locked.
#[derive(Default)]
struct Family {
    members: Mutex<Members>,
}

#[derive(Default)]
struct Members {
    places: Slab<Place>,
    /// Tasks that have not ended; a place may outlive its task for a moment.
    live: usize,
    /// The code that waits for the end of all.
    waiter: Option<Waker>,
}

/// What is known of a task. It may end on another thread before its spawner has its handle.
enum Place {
    Starting,
    Running(AbortHandle),
    Over,
}

impl Family {
    fn lock(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(self: &Arc<Self>) -> Seat {
        let mut members = self.lock();
        members.live += 1;
        let place = members.places.insert(Place::Starting);
        drop(members);
        Seat { family: Arc::clone(self), place }
    }

    /// The task in a place has a handle now, unless it has ended.
    fn started(&self, place: usize, handle: AbortHandle) {
        let mut members = self.lock();
        if matches!(members.places[place], Place::Over) {
            members.places.remove(place);
            drop(members);
            drop(handle);
        } else {
            members.places[place] = Place::Running(handle);
        }
    }

    fn leave(&self, place: usize) {
        let mut members = self.lock();
        let known = mem::replace(&mut members.places[place], Place::Over);
        if matches!(known, Place::Running(_)) {
            members.places.remove(place);
        }
        members.live -= 1;
        let waiter = if members.live == 0 { members.waiter.take() } else { None };
        drop(members);
        drop(known);
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }

    fn abort_all(&self) {
        let members = self.lock();
        let handles = members.places.iter().filter_map(|(_, place)| match place {
            Place::Running(handle) => Some(handle.clone()),
            Place::Starting | Place::Over => None,
        });
        let handles: Vec<AbortHandle> = handles.collect();
        drop(members);
        handles.iter().for_each(AbortHandle::abort);
    }
}

/// A task's place in its family. Dropped when the task has ended, however it did, on whichever
/// thread.
struct Seat {
    family: Arc<Family>,
    place: usize,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.family.leave(self.place);
    }
}

pin_project! {
    /// What is spawned: the future, and its seat, which is dropped after it. An `async` block would
    /// drop a seat first whose future was never polled, and keep a second copy of the future.
    struct Seated<F> {
        #[pin]
        future: F,
        seat: Seat,
    }
}

impl<F: Future> Future for Seated<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().future.poll(cx)
    }
}

/// A scope, named by its body. Dropping it asks for the end of its tasks, which are dropped at
/// their next turns.
pub struct Scope {
    family: Arc<Family>,
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (live, places) = {
            let members = self.family.lock();
            (members.live, members.places.len())
        };
        f.debug_struct("Scope").field("live", &live).field("places", &places).finish()
    }
}

impl Scope {
    /// A scope without tasks.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "part of a macro's expansion")]
    pub fn new() -> Scope {
        Scope { family: Arc::default() }
    }

    /// Starts a task. It moves by itself from then on, beside its spawner.
    ///
    /// # Panics
    /// Outside of the runtime.
    pub fn spawn<F>(&self, future: F) -> Child<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let seat = self.family.enter();
        let place = seat.place;
        let task = runtime_tokio::spawn(Seated { future, seat });
        self.family.started(place, task.abort_handle());
        Child { task }
    }

    /// Asks for the end of all tasks.
    pub fn cancel_all(&self) {
        self.family.abort_all();
    }

    /// Waits until all tasks have ended.
    pub fn ended(&self) -> Ended<'_> {
        Ended { family: &self.family }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        self.family.abort_all();
    }
}

/// See [`Scope::ended`].
#[must_use = "futures do nothing unless polled"]
pub struct Ended<'s> {
    family: &'s Family,
}

impl fmt::Debug for Ended<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ended").finish_non_exhaustive()
    }
}

impl Future for Ended<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        let mut members = self.family.lock();
        if members.live == 0 {
            return Poll::Ready(());
        }
        let former = members.waiter.replace(waker);
        drop(members);
        drop(former);
        Poll::Pending
    }
}

/// A task of a scope: await it for its output. Dropping it leaves the task to its scope.
#[derive(Debug)]
pub struct Child<T> {
    task: Task<T>,
}

impl<T> Child<T> {
    /// Asks for the end of the task, whose future is dropped at its next turn.
    pub fn cancel(&self) {
        self.task.abort();
    }

    /// Whether the task has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.task.is_finished()
    }
}

impl<T> Future for Child<T> {
    type Output = Result<T, Error>;

    /// # Panics
    /// With the task's panic. After it was ready, as tokio's handle does.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, Error>> {
        match ready!(Pin::new(&mut self.task).poll(cx)) {
            Ok(output) => Poll::Ready(Ok(output)),
            Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
            Err(_) => Poll::Ready(Err(Error::Cancelled)),
        }
    }
}
