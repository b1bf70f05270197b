//! Futures of foreign code whose panics stay with who awaits them.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::torment::foreign::foreign;

/// Awaits a future of foreign code and drops it *before* the output is handed on. In the usual
/// form, `foreign(…).await`, the compiler forgets an output when the destructor of what was awaited
/// panics (rust-lang/rust#47949), and that would be counted as ours.
pub(crate) async fn out_of<F: Future>(future: F) -> F::Output {
    let mut future = foreign(future);
    let output = (&mut future).await;
    drop(future);
    output
}

/// Ends with the panic when a poll of the future in it panics.
pub(crate) struct Kept<F: Future>(Option<Pin<Box<F>>>);

pub(crate) fn kept<F: Future>(future: F) -> Kept<F> {
    Kept(Some(Box::pin(future)))
}

impl<F: Future> Unpin for Kept<F> {}

impl<F: Future> Future for Kept<F> {
    type Output = std::thread::Result<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let future = self.0.as_mut().expect("not polled after it was ready");
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(polled) => polled.map(Ok),
            Err(panic) => {
                let gone = self.0.take();
                let _second = catch_unwind(AssertUnwindSafe(|| drop(gone)));
                Poll::Ready(Err(panic))
            }
        }
    }
}

impl<F: Future> Drop for Kept<F> {
    fn drop(&mut self) {
        // Only the panics that a design lets out are to be seen.
        let gone = self.0.take();
        let _caught = catch_unwind(AssertUnwindSafe(|| drop(gone)));
    }
}

/// Ends with `None` when a poll of the future in it panics.
pub(crate) struct Caught<F: Future>(Option<Kept<F>>);

pub(crate) fn caught<F: Future>(future: F) -> Caught<F> {
    Caught(Some(kept(future)))
}

impl<F: Future> Future for Caught<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let Some(future) = self.0.as_mut() else { return Poll::Ready(None) };
        let ended = std::task::ready!(Pin::new(future).poll(cx));
        if ended.is_err() {
            self.0 = None;
        }
        Poll::Ready(ended.ok())
    }
}
