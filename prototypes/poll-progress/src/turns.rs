//! The turns of a loop over a stream: for the next item, then for the body and the stream beside
//! it.

use core::future::{Future, poll_fn};
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll};

use design_poll::__private::poll_in_place;
use kernel::run::drive::Bell;

use crate::progress::Progress;

/// Where a loop is.
#[derive(Debug)]
pub struct Turns {
    /// Rings when the body is woken: a stream that is woken does not poll the body.
    body: Bell,
    /// The body was not polled yet. No ring: that would wake the task, which runs.
    fresh: bool,
    /// The stream has nothing to do before it is asked for the next item.
    idle: bool,
}

impl Turns {
    /// A loop that has not asked for an item.
    ///
    /// # Panics
    /// When the waker table is full.
    #[expect(clippy::new_without_default, reason = "it takes two nodes of the waker table")]
    #[must_use]
    pub fn new() -> Turns {
        Turns { body: Bell::new(), fresh: true, idle: false }
    }

    /// Asks for the next item. The body of what is yielded is due for its first poll.
    pub(crate) fn poll_next<S: Progress>(
        &mut self,
        stream: Pin<&mut S>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<S::Item>> {
        self.idle = false;
        self.fresh = true;
        // FOREIGN: the stream.
        stream.poll_next(cx)
    }

    /// Polls the body if it was woken, and the stream while the body is pending. Ready without a
    /// body.
    ///
    /// # Safety
    /// The body is pinned.
    pub(crate) unsafe fn poll_body<S: Progress, B: Future<Output = ()>>(
        &mut self,
        stream: Pin<&mut S>,
        body: &mut Option<B>,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        // Not by a shared reference: the body may have run.
        if body.as_mut().is_none() {
            return Poll::Ready(());
        }
        let rang = self.body.rang(cx.waker()) | mem::take(&mut self.fresh);
        let waker = self.body.waker();
        // SAFETY: pinned by the caller.
        if rang && unsafe { poll_in_place(body, &mut Context::from_waker(&waker)) }.is_ready() {
            return Poll::Ready(());
        }
        if !self.idle {
            // FOREIGN: the stream. The body has left its waker where it waits.
            self.idle = stream.poll_progress(cx).is_ready();
        }
        Poll::Pending
    }

    /// The next item, or `None`.
    pub fn next<S: Progress>(
        &mut self,
        mut stream: Pin<&mut S>,
    ) -> impl Future<Output = Option<S::Item>> {
        poll_fn(move |cx| self.poll_next(stream.as_mut(), cx))
    }

    /// The body of one turn, with the stream beside it.
    pub fn body<'a, S: Progress, B: Future<Output = ()>>(
        &'a mut self,
        stream: Pin<&'a mut S>,
        body: B,
    ) -> Beside<'a, S, B> {
        Beside { turns: self, stream, body: Some(body) }
    }
}

/// A body, and the stream that moves while it is pending.
#[derive(Debug)]
pub struct Beside<'a, S, B> {
    turns: &'a mut Turns,
    stream: Pin<&'a mut S>,
    body: Option<B>,
}

impl<S: Progress, B: Future<Output = ()>> Future for Beside<'_, S, B> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: the body is pinned with this, which has no `Drop`, and is dropped in place.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        unsafe { this.turns.poll_body(this.stream.as_mut(), &mut this.body, cx) }
    }
}

/// Runs a body for each item of a stream, one at a time, and keeps the stream moving while the
/// body waits.
///
/// ```text
/// for_await!(pattern in stream => { body });
/// ```
///
/// It is an async block's body: it borrows the frame around it, and `break`, `return` and `?` end
/// the turn and not the loop. A loop of the language would let them through.
#[macro_export]
macro_rules! for_await {
    ($item:pat in $stream:expr => $body:block) => {{
        let mut stream = ::core::pin::pin!($stream);
        let mut turns = $crate::__private::Turns::new();
        while let ::core::option::Option::Some($item) = turns.next(stream.as_mut()).await {
            turns.body(stream.as_mut(), async $body).await;
        }
    }};
}
