//! A scope of tasks: waits for all of them, aborts those that are left when it is dropped.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use design_poll::Error;
use pin_project_lite::pin_project;
use slab::Slab;

use crate::Spawn;

/// What the tasks of one scope share.
#[derive(Default)]
struct Family {
    members: RefCell<Slab<Member>>,
    /// The code that waits for the end of all.
    waiter: Cell<Option<Waker>>,
    next_serial: Cell<u32>,
    /// Whether anything has asked for the end of any task. While nothing has, which is nearly
    /// always, a poll looks at this and at no table.
    asked: Cell<bool>,
}

/// A task that has not ended.
struct Member {
    /// Tells a later task with the same key apart.
    serial: u32,
    aborted: bool,
    /// Set once it has waited.
    waker: Option<Waker>,
}

impl Family {
    fn enter(self: &Rc<Self>) -> (Seat, u32) {
        let serial = self.next_serial.get();
        self.next_serial.set(serial.wrapping_add(1));
        let member = Member { serial, aborted: false, waker: None };
        let key = self.members.borrow_mut().insert(member);
        let key = u32::try_from(key).expect("there is no room for so many tasks");
        (Seat { family: Rc::clone(self), key, registered: false }, serial)
    }

    /// Asks a task for its end, unless it has ended.
    fn abort(&self, key: u32, serial: u32) {
        let mut members = self.members.borrow_mut();
        let Some(member) = members.get_mut(key as usize).filter(|member| member.serial == serial)
        else {
            return;
        };
        member.aborted = true;
        self.asked.set(true);
        let waker = member.waker.clone();
        drop(members);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn abort_all(&self) {
        let mut wakers = Vec::new();
        self.asked.set(true);
        for (_, member) in self.members.borrow_mut().iter_mut() {
            member.aborted = true;
            wakers.extend(member.waker.clone());
        }
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// A task's place in its family. Dropped when the task has ended, however it did. Two words:
/// it lies in the runtime's block of the task, which grows by a cache line otherwise.
struct Seat {
    family: Rc<Family>,
    key: u32,
    /// Its waker is kept: a task has one for all its life.
    registered: bool,
}

impl Seat {
    fn place(&self) -> usize {
        self.key as usize
    }

    /// Polls what sits here. `None` once something has asked for the end.
    fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<Option<T>> {
        if self.family.asked.get() && self.family.members.borrow()[self.place()].aborted {
            return Poll::Ready(None);
        }
        let output = poll(cx).map(Some);
        if output.is_pending() && !self.registered {
            self.registered = true;
            self.family.members.borrow_mut()[self.place()].waker = Some(cx.waker().clone());
        }
        output
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let (member, is_last) = {
            let mut members = self.family.members.borrow_mut();
            (members.remove(self.place()), members.is_empty())
        };
        drop(member);
        if is_last && let Some(waiter) = self.family.waiter.take() {
            waiter.wake();
        }
    }
}

pin_project! {
    /// What is spawned: the future, and its seat, which is dropped after it.
    struct Seated<F> {
        #[pin]
        future: F,
        seat: Seat,
    }
}

impl<F: Future> Future for Seated<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        this.seat.poll(cx, |cx| this.future.poll(cx))
    }
}

/// A scope, named by its body. Dropping it asks for the end of its tasks, which are dropped at
/// their next turns.
pub struct Scope<S> {
    family: Rc<Family>,
    _runtime: PhantomData<S>,
}

impl<S> fmt::Debug for Scope<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let live = self.family.members.borrow().len();
        f.debug_struct("Scope").field("live", &live).finish_non_exhaustive()
    }
}

impl<S: Spawn> Scope<S> {
    /// A scope without tasks.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "part of a macro's expansion")]
    pub fn new() -> Scope<S> {
        Scope { family: Rc::default(), _runtime: PhantomData }
    }

    /// Starts a task. It moves by itself from then on.
    ///
    /// # Panics
    /// Outside of the runtime.
    pub fn spawn<F>(&self, future: F) -> Child<F::Output, S>
    where
        F: Future<Output: 'static> + 'static,
    {
        let (seat, serial) = self.family.enter();
        let (family, key) = (Rc::downgrade(&seat.family), seat.key);
        let task = S::spawn(Seated { future, seat });
        Child { task: Some(task), family, key, serial }
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

impl<S> Drop for Scope<S> {
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
        if self.family.members.borrow().is_empty() {
            return Poll::Ready(());
        }
        self.family.waiter.set(Some(cx.waker().clone()));
        Poll::Pending
    }
}

/// A task of a scope: await it for its output. Dropping it leaves the task to its scope.
pub struct Child<T: 'static, S: Spawn> {
    /// There until the drop.
    task: Option<S::Task<Option<T>>>,
    family: std::rc::Weak<Family>,
    key: u32,
    serial: u32,
}

impl<T, S: Spawn> fmt::Debug for Child<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child").field("is_over", &self.is_over()).finish_non_exhaustive()
    }
}

impl<T, S: Spawn> Child<T, S> {
    /// Asks for the end of the task, whose future is dropped at its next turn.
    pub fn cancel(&self) {
        if let Some(family) = self.family.upgrade() {
            family.abort(self.key, self.serial);
        }
    }

    /// Whether the task has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.family.upgrade().is_none_or(|family| {
            let members = family.members.borrow();
            members.get(self.key as usize).is_none_or(|member| member.serial != self.serial)
        })
    }
}

impl<T, S: Spawn> Unpin for Child<T, S> {}

impl<T, S: Spawn> Future for Child<T, S> {
    type Output = Result<T, Error>;

    /// # Panics
    /// With the task's panic, where the runtime hands it over. After it was ready, as the
    /// runtime's handle does.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, Error>> {
        let task = self.task.as_mut().expect("it is there until the drop");
        let output = ready!(Pin::new(task).poll(cx));
        Poll::Ready(output.flatten().ok_or(Error::Cancelled))
    }
}

impl<T, S: Spawn> Drop for Child<T, S> {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            S::detach(task);
        }
    }
}
