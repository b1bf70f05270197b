//! Places of a group on the heap: without a bound, with pointer wakers.
//!
//! One allocation per child, holding header and operation, kept and used again when nothing
//! but the group knows it. A waker holds a reference to the block, not to the operation,
//! which is dropped in the group's thread the moment it is ready, cancelled, or the group is
//! gone.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::{Cell, UnsafeCell};
use core::fmt;
use core::future::Future;
use core::mem;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

use kernel::count::{self, Counter};
use kernel::foreign::Finally;
use kernel::wake::handle::{Handle, List, Slot};
use kernel::wake::queue::{Pushed, RunQueue};
use kernel::wake::task::{TaskHeader, TaskVTable};

use crate::group::{Full, Key, MOST_POLLS, Slots};

/// Places on the heap.
pub struct Heap<F> {
    places: Vec<Place<F>>,
    /// Places without a child.
    free: Vec<usize>,
    /// What wakers reach.
    woken: Arc<Woken>,
    /// The group's own place in the tree of wakes; the slot is dropped before its list.
    _slot: Slot,
    list: List,
}

/// Shared with all wakers: where to push, and whom to wake.
struct Woken {
    queue: RunQueue,
    group: Handle,
}

struct Place<F> {
    /// Stays behind when its child is gone, if nothing else has a reference.
    task: Option<NonNull<Task<F>>>,
    turn: u32,
}

/// One child's block.
#[repr(C)]
struct Task<F> {
    header: TaskHeader,
    woken: Arc<Woken>,
    /// Group only.
    place: Cell<usize>,
    /// Group only; `None` once the child is gone.
    future: UnsafeCell<Option<F>>,
}

impl<F> Task<F> {
    const VTABLE: TaskVTable = TaskVTable { schedule: Self::schedule, free: Self::free };

    unsafe fn schedule(task: NonNull<TaskHeader>) {
        // SAFETY: live by our caller's promise, and headers with this table head a `Task<F>`.
        let woken = unsafe { &(*task.cast::<Task<F>>().as_ptr()).woken };
        // SAFETY: QUEUED was set by this wake, so it is in no queue; the reference that comes
        // with it goes to the queue.
        match unsafe { woken.queue.push(task) } {
            Pushed::First => woken.group.wake(),
            Pushed::Behind => {}
            // SAFETY: the reference came back; the code that wakes holds another one.
            Pushed::Closed => unsafe { TaskHeader::release(task) },
        }
    }

    unsafe fn free(task: NonNull<TaskHeader>) {
        // SAFETY: the last reference is gone, and `insert` made it from a box. The future was
        // dropped by the group: this may be another thread.
        drop(unsafe { Box::from_raw(task.cast::<Task<F>>().as_ptr()) });
    }

    fn head(task: NonNull<Task<F>>) -> NonNull<TaskHeader> {
        task.cast()
    }
}

impl<F> fmt::Debug for Heap<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heap").field("places", &self.places.len()).finish_non_exhaustive()
    }
}

impl<F> Heap<F> {
    /// Drops a child in place and keeps its block if nothing else refers to it.
    fn vacate(&mut self, at: usize) {
        let place = &mut self.places[at];
        place.turn = place.turn.wrapping_add(1);
        self.free.push(at);
        if let Some(task) = place.task.take() {
            // SAFETY: the place's reference keeps it alive.
            let this = unsafe { task.as_ref() };
            this.header.close();
            let kept = this.header.references() == 1;
            if kept {
                place.task = Some(task);
            }
            let _released = Finally(|| {
                if !kept {
                    // SAFETY: the place's reference.
                    unsafe { TaskHeader::release(Task::head(task)) };
                }
            });
            // FOREIGN: the destructor of the child, which is gone from the books.
            // SAFETY: only the group uses the future, and it is not being polled.
            unsafe { *this.future.get() = None };
        }
    }

    /// The block for a new child, with one reference, the place's.
    fn block(&mut self, at: usize, future: F) -> NonNull<Task<F>> {
        match self.places[at].task.take() {
            Some(mut task) => {
                // SAFETY: a block that was kept is known to its place alone.
                let this = unsafe { task.as_mut() };
                this.header = TaskHeader::new(&Task::<F>::VTABLE);
                *this.future.get_mut() = Some(future);
                task
            }
            None => NonNull::from(Box::leak(Box::new(Task {
                header: TaskHeader::new(&Task::<F>::VTABLE),
                woken: self.woken.clone(),
                place: Cell::new(at),
                future: UnsafeCell::new(Some(future)),
            }))),
        }
    }
}

impl<F: Future> Heap<F> {
    /// Polls a task that was popped, with the reference that came with it.
    ///
    /// # Safety
    /// `task` was popped from this group's queue and the reference is ours.
    unsafe fn poll_task(&mut self, task: NonNull<TaskHeader>) -> Poll<(Key, F::Output)> {
        // SAFETY: only tasks of this type are pushed on this queue; the reference is ours.
        let this = unsafe { task.cast::<Task<F>>().as_ref() };
        this.header.begin_poll();
        // SAFETY: the reference is used no more otherwise. The waker is dropped at the end of
        // this function, so `this` is valid until then.
        let waker = unsafe { TaskHeader::into_waker(task) };
        // SAFETY: only the group uses the future, and it polls one child at a time.
        let Some(future) = (unsafe { &mut *this.future.get() }) else {
            return Poll::Pending;
        };
        count::add(Counter::TaskPolls, 1);
        // SAFETY: it stays in its block until it is dropped there.
        let future = unsafe { Pin::new_unchecked(future) };
        let at = this.place.get();
        let key = Key { place: at, turn: self.places[at].turn };
        let gone = Finally(|| self.vacate(at));
        // FOREIGN: the poll of the child, which is gone afterwards when it panics.
        let polled = future.poll(&mut Context::from_waker(&waker));
        mem::forget(gone);
        let output = core::task::ready!(polled);
        // Before the references are counted.
        drop(waker);
        self.vacate(at);
        Poll::Ready((key, output))
    }
}

impl<F: Future> Slots<F> for Heap<F> {
    fn new() -> Self {
        let list = List::new().expect("the waker table has room for a group");
        // SAFETY: the slot is declared before the list, and so dropped before it.
        let slot = unsafe { list.slot(NonNull::dangling()) };
        let slot = slot.expect("the waker table has room for a group");
        let woken = Arc::new(Woken { queue: RunQueue::new(), group: slot.handle() });
        Heap { places: Vec::new(), free: Vec::new(), woken, _slot: slot, list }
    }

    fn insert(self: Pin<&mut Self>, future: F) -> Result<Key, Full<F>> {
        let this = self.get_mut();
        let at = this.free.pop().unwrap_or_else(|| {
            this.places.push(Place { task: None, turn: 0 });
            this.places.len() - 1
        });
        let task = this.block(at, future);
        this.places[at].task = Some(task);
        // FOREIGN: wake of the code that polls the group. The child is in its place.
        // SAFETY: live; the place's reference.
        unsafe { TaskHeader::wake_by_ref(Task::head(task)) };
        Ok(Key { place: at, turn: this.places[at].turn })
    }

    fn cancel(self: Pin<&mut Self>, key: Key) -> bool {
        let this = self.get_mut();
        let Some(place) = this.places.get(key.place) else { return false };
        // A vacant place has a higher turn than any key that was given out for it.
        if place.turn != key.turn || place.task.is_none() || this.free.contains(&key.place) {
            return false;
        }
        this.vacate(key.place);
        true
    }

    fn children(&self) -> usize {
        self.places.len() - self.free.len()
    }

    fn poll_woken(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<(Key, F::Output)> {
        let this = self.get_mut();
        this.list.adopt(cx.waker());
        this.list.collect();
        while this.list.pop().is_some() {}
        // What an earlier call left over comes first, and does not stand in for what was
        // woken since: that wake is spent.
        let mut collected = false;
        for _ in 0..MOST_POLLS {
            // SAFETY: this group is the owner of its queue.
            let mut popped = unsafe { this.woken.queue.pop() };
            if popped.is_none() && !mem::replace(&mut collected, true) {
                // After the slot can be woken again: a push from now on wakes.
                // SAFETY: as above.
                unsafe { this.woken.queue.collect() };
                // SAFETY: as above.
                popped = unsafe { this.woken.queue.pop() };
            }
            let Some(task) = popped else { return Poll::Pending };
            // SAFETY: popped just now.
            let polled = unsafe { this.poll_task(task) };
            if polled.is_ready() {
                return polled;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<F> Drop for Heap<F> {
    fn drop(&mut self) {
        self.clear();
    }
}

impl<F> Heap<F> {
    /// Drops all children, in the order of their places, and lets no wake in any more.
    fn clear(&mut self) {
        let rest = Rest(self);
        let mut at = 0;
        while at < rest.0.places.len() {
            let task = rest.0.places[at].task.take();
            at += 1;
            let Some(task) = task else { continue };
            let _released = Finally(|| {
                // SAFETY: the place's reference, used for the last time.
                unsafe { TaskHeader::release(Task::head(task)) };
            });
            // SAFETY: the place's reference keeps it alive.
            let this = unsafe { task.as_ref() };
            this.header.close();
            // FOREIGN: the destructor of the child, whose place is gone.
            // SAFETY: only the group uses the future, and it is not being polled.
            unsafe { *this.future.get() = None };
        }
        mem::forget(rest);
        self.close();
    }

    fn close(&self) {
        // A queued task holds the queue, and the queue holds the task, until it is popped.
        // SAFETY: this group is the owner, and is being dropped.
        unsafe { self.woken.queue.close() };
        // SAFETY: as above.
        while let Some(task) = unsafe { self.woken.queue.pop() } {
            // SAFETY: the reference that came with it.
            unsafe { TaskHeader::release(task) };
        }
    }
}

/// A group that is dropped on the way of a panic of a child's destructor: the others go too. A
/// second panic ends the process.
struct Rest<'a, F>(&'a mut Heap<F>);

impl<F> Drop for Rest<'_, F> {
    fn drop(&mut self) {
        self.0.clear();
    }
}
