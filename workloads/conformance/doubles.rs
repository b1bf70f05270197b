//! Foreign code as tests need it: wakers and futures that panic or come back in.

#![allow(dead_code, reason = "each mount uses some of them")]

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

/// Whether it panics.
pub(crate) fn unwinds<R>(f: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

/// Panics unless the thread does already.
pub(crate) fn burst() {
    assert!(std::thread::panicking(), "foreign code");
}

/// A value whose destructor runs a function.
pub(crate) struct AtDrop<F: FnMut()>(pub(crate) F);

impl<F: FnMut()> Drop for AtDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// A value whose destructor panics.
pub(crate) fn bomb() -> AtDrop<fn()> {
    AtDrop(burst)
}

/// A waker that runs a function when it is woken, and another one when the last of it is dropped.
struct Does<W: Fn() + Send + Sync, D: Fn() + Send + Sync>(W, D);

impl<W: Fn() + Send + Sync, D: Fn() + Send + Sync> Wake for Does<W, D> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        (self.0)();
    }
}

impl<W: Fn() + Send + Sync, D: Fn() + Send + Sync> Drop for Does<W, D> {
    fn drop(&mut self) {
        (self.1)();
    }
}

/// A waker that runs a function when it is woken.
pub(crate) fn on_wake(f: impl Fn() + Send + Sync + 'static) -> Waker {
    Waker::from(Arc::new(Does(f, || ())))
}

/// A waker that runs a function when the last of it is dropped.
pub(crate) fn on_drop(f: impl Fn() + Send + Sync + 'static) -> Waker {
    Waker::from(Arc::new(Does(|| (), f)))
}

/// A waker that counts.
pub(crate) fn counting() -> (Arc<AtomicUsize>, Waker) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    (
        count,
        on_wake(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        }),
    )
}

/// Polls once with a waker.
pub(crate) fn poll_with<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// Polls a future again, after a turn of others, when its poll panics; `None` when it panics again
/// and again, as one does that does not survive a panic.
pub(crate) async fn past_panics<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
    let mut panics = 0;
    std::future::poll_fn(|cx| {
        match catch_unwind(AssertUnwindSafe(|| Pin::new(&mut future).poll(cx))) {
            Ok(polled) => polled.map(Some),
            Err(_) if panics == 3 => Poll::Ready(None),
            Err(_) => {
                panics += 1;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    })
    .await
}

/// Where a future leaves its waker.
pub(crate) type Shelf = Arc<Mutex<Option<Waker>>>;

/// A future that is ready at once, after it left its waker, and whose destructor runs a function.
pub(crate) struct Ends<T, D: FnMut()> {
    pub(crate) output: Option<T>,
    pub(crate) shelf: Shelf,
    pub(crate) gone: D,
}

impl<T, D: FnMut()> Unpin for Ends<T, D> {}

impl<T, D: FnMut()> Future for Ends<T, D> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        *self.shelf.lock().expect("no panic holds it") = Some(cx.waker().clone());
        Poll::Ready(self.output.take().expect("polled until it is ready"))
    }
}

impl<T, D: FnMut()> Drop for Ends<T, D> {
    fn drop(&mut self) {
        (self.gone)();
    }
}
