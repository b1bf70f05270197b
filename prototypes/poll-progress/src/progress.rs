//! Streams that can move without yielding.

use core::fmt;
use core::ops::DerefMut;
use core::pin::Pin;
use core::task::{Context, Poll};

use design_poll::Stream;

/// A stream that moves what it has begun while its consumer does something else.
///
/// A trait of its own and not a method with a default: an adapter that forgets to pass it on would
/// stand still without a word, and does not compile here.
///
/// The idea is withoutboats', [poll_progress](https://without.boats/blog/poll-progress/).
#[diagnostic::on_unimplemented(
    message = "`{Self}` stands still while the body of its loop waits",
    label = "a stream without `Progress`",
    note = "an adapter passes `poll_progress` on to the stream in it"
)]
pub trait Progress: Stream {
    /// Polls what the stream has begun, and begins what it has room for. Yields nothing: what is
    /// ready is parked for `poll_next`, as much of it as the stream would hold anyway.
    ///
    /// `Ready` says that there is nothing to do before the next `poll_next`. After `Pending` the
    /// waker fires when polling again makes sense. It may be called any number of times, before
    /// and after the end of the stream.
    fn poll_progress(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()>;
}

impl<S: DerefMut<Target: Progress>> Progress for Pin<S> {
    fn poll_progress(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: as `Pin::as_deref_mut`: the target is pinned by the inner pin.
        unsafe { self.get_unchecked_mut() }.as_mut().poll_progress(cx)
    }
}

/// Maps the items of a stream. What an adapter looks like: it passes progress on.
pub fn map<S: Progress, F: FnMut(S::Item) -> T, T>(stream: S, each: F) -> Map<S, F> {
    Map { stream, each }
}

/// See [`map`].
#[must_use = "streams do nothing unless polled"]
pub struct Map<S, F> {
    stream: S,
    each: F,
}

impl<S: fmt::Debug, F> fmt::Debug for Map<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map").field("stream", &self.stream).finish_non_exhaustive()
    }
}

impl<S, F> Map<S, F> {
    fn parts(self: Pin<&mut Self>) -> (Pin<&mut S>, &mut F) {
        // SAFETY: the stream is pinned with this, which has no `Drop`, and is never moved; the
        // closure is never pinned.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        (unsafe { Pin::new_unchecked(&mut this.stream) }, &mut this.each)
    }
}

impl<S: Stream, F: FnMut(S::Item) -> T, T> Stream for Map<S, F> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let (stream, each) = self.parts();
        // FOREIGN: the stream, then the closure.
        stream.poll_next(cx).map(|item| item.map(each))
    }
}

impl<S: Progress, F: FnMut(S::Item) -> T, T> Progress for Map<S, F> {
    fn poll_progress(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // FOREIGN: the stream. Items are mapped when they are asked for.
        self.parts().0.poll_progress(cx)
    }
}
