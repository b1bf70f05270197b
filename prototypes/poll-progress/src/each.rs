//! The loop over a stream, as a future.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use design_poll::Op;

use crate::progress::Progress;
use crate::turns::Turns;
use crate::window::{Window, window};

/// Runs `body` on each item of a stream, one at a time, and keeps the stream moving while a body
/// waits.
///
/// # Panics
/// When the waker table is full.
pub fn for_each<S, F, B>(stream: S, body: F) -> ForEach<S, F, B>
where
    S: Progress,
    F: FnMut(S::Item) -> B,
    B: Op<Output = ()>,
{
    ForEach { stream, make_body: body, body: None, turns: Turns::new() }
}

/// Keeps up to `N` operations begun and runs `body` on their outputs, in order, one at a time: a
/// loop over a [`window`]. The window moves while a body waits, and a free place is filled at once.
///
/// # Panics
/// When the waker table is full.
pub fn buffered<const N: usize, I, F, B>(ops: I, body: F) -> Buffered<N, I::IntoIter, F, B>
where
    I: IntoIterator<Item: Op>,
    F: FnMut(<I::Item as Future>::Output) -> B,
    B: Op<Output = ()>,
{
    for_each(window::<N, I>(ops), body)
}

/// See [`buffered`].
pub type Buffered<const N: usize, I, F, B> = ForEach<Window<N, I>, F, B>;

/// See [`for_each`].
#[must_use = "futures do nothing unless polled"]
pub struct ForEach<S, F, B> {
    stream: S,
    make_body: F,
    body: Option<B>,
    turns: Turns,
}

impl<S: fmt::Debug, F, B> fmt::Debug for ForEach<S, F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForEach").field("stream", &self.stream).finish_non_exhaustive()
    }
}

impl<S, F, B> Future for ForEach<S, F, B>
where
    S: Progress,
    F: FnMut(S::Item) -> B,
    B: Future<Output = ()>,
{
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            // SAFETY: stream and body are pinned with this, which has no `Drop`; neither is moved,
            // and the body is replaced in place only.
            let this = unsafe { self.as_mut().get_unchecked_mut() };
            // SAFETY: as above.
            let mut stream = unsafe { Pin::new_unchecked(&mut this.stream) };
            // SAFETY: as above.
            ready!(unsafe { this.turns.poll_body(stream.as_mut(), &mut this.body, cx) });
            let Some(item) = ready!(this.turns.poll_next(stream, cx)) else {
                return Poll::Ready(());
            };
            // FOREIGN: the closure. The item is out of the stream.
            this.body = Some((this.make_body)(item));
        }
    }
}
