//! The foreign code itself: wakers, futures, outputs and captured values, each call of which is a
//! visit.

use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use super::visits::{Alive, Deed, Kind, Reach, keep, visit};

/// A waker around another one.
struct Around {
    inner: Waker,
    alive: Alive,
}

// SAFETY: the harness is on one thread; what it counts in is a thread-local.
unsafe impl Send for Around {}
// SAFETY: as above.
unsafe impl Sync for Around {}

static TABLE: RawWakerVTable = RawWakerVTable::new(
    |data| {
        visit(Kind::CloneWaker, None);
        // SAFETY: data is from `Arc::into_raw`, and the waker that is cloned holds it.
        unsafe { Arc::increment_strong_count(data.cast::<Around>()) };
        RawWaker::new(data, &TABLE)
    },
    |data| {
        // SAFETY: as above; waking by value gives the waker's share up.
        let around = unsafe { Arc::from_raw(data.cast::<Around>()) };
        around.alive.check();
        around.inner.wake_by_ref();
        visit(Kind::Wake, None);
    },
    |data| {
        // SAFETY: as above; the waker keeps its share.
        let around = ManuallyDrop::new(unsafe { Arc::from_raw(data.cast::<Around>()) });
        around.alive.check();
        around.inner.wake_by_ref();
        visit(Kind::WakeByRef, None);
    },
    |data| {
        // SAFETY: as above; the waker's share.
        drop(unsafe { Arc::from_raw(data.cast::<Around>()) });
        visit(Kind::DropWaker, None);
    },
);

/// A waker of foreign code that wakes another one.
fn around(inner: &Waker) -> Waker {
    let around = Arc::new(Around { inner: inner.clone(), alive: Alive::new() });
    // SAFETY: the table keeps the count of exactly this type.
    unsafe { Waker::from_raw(RawWaker::new(Arc::into_raw(around).cast(), &TABLE)) }
}

/// An output, or an item, whose destructor is a visit.
#[derive(Debug)]
pub(crate) struct Value<T> {
    _value: T,
    alive: Alive,
}

impl<T> Value<T> {
    pub(crate) fn new(value: T) -> Value<T> {
        Value { _value: value, alive: Alive::new() }
    }
}

impl<T> Drop for Value<T> {
    fn drop(&mut self) {
        self.alive.check();
        visit(Kind::DropOutput, None);
    }
}

/// A captured value whose destructor is a visit that reaches what the closure does.
pub(crate) struct Captured<'a>(pub(crate) Reach<'a>, Alive);

impl<'a> Captured<'a> {
    pub(crate) fn new(reach: Reach<'a>) -> Captured<'a> {
        Captured(reach, Alive::new())
    }
}

impl Drop for Captured<'_> {
    fn drop(&mut self) {
        self.1.check();
        visit(Kind::DropCaptured, Some(&|deed: Deed| (self.0)(deed)));
    }
}

/// A future of foreign code: polled with a waker of its own, and all its calls are visits.
pub(crate) struct Foreign<F: Future> {
    inner: Pin<Box<F>>,
    waker: Option<(Waker, Waker)>,
    alive: Alive,
}

pub(crate) fn foreign<F: Future>(future: F) -> Foreign<F> {
    Foreign { inner: Box::pin(future), waker: None, alive: Alive::new() }
}

impl<F: Future> Unpin for Foreign<F> {}

impl<F: Future> Future for Foreign<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.alive.check();
        visit(Kind::Poll, None);
        keep(cx.waker());
        let this = &mut *self;
        let same = this.waker.as_ref().is_some_and(|(outer, _)| outer.will_wake(cx.waker()));
        if !same {
            this.waker = Some((cx.waker().clone(), around(cx.waker())));
        }
        let Some((_, waker)) = &this.waker else { unreachable!("set just now") };
        this.inner.as_mut().poll(&mut Context::from_waker(waker))
    }
}

impl<F: Future> Drop for Foreign<F> {
    fn drop(&mut self) {
        self.alive.check();
        visit(Kind::DropFuture, None);
    }
}
