//! The first of two.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::op::{Either, Op};

/// Polls both, `a` first, and is ready with the first output. The loser is dropped with the
/// race, wherever it was; what it had taken and not handed on is lost.
///
/// Both sides share the waker of the surrounding task, so a wake polls both.
pub fn race<A: Op, B: Op>(a: A, b: B) -> Race<A, B> {
    Race { a, b }
}

/// See [`race`]. A struct and not an async function, which would store both sides twice.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Race<A, B> {
    a: A,
    b: B,
}

impl<A: Future, B: Future> Future for Race<A, B> {
    type Output = Either<A::Output, B::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: both fields stay where they are; the struct has no `Drop`.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: pinned with the struct.
        let a = unsafe { Pin::new_unchecked(&mut this.a) };
        if let Poll::Ready(output) = a.poll(cx) {
            return Poll::Ready(Either::A(output));
        }
        // SAFETY: as above.
        let b = unsafe { Pin::new_unchecked(&mut this.b) };
        b.poll(cx).map(Either::B)
    }
}
