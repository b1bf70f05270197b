//! A window of spawned operations in order, and a body for each output.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use design_poll::Op;

use crate::mode::Mode;
use crate::task::{Task, spawn_in};

/// Keeps up to `N` operations spawned and runs `body` on their outputs, in order, one at a
/// time: `map(spawn).buffered(n)` with a loop around it.
///
/// What is spawned moves while a body runs. A free place of the window is filled when the loop
/// asks for the next output: a stream has no other time at which it could spawn.
///
/// # Cancellation
/// Dropping it drops up to `N` handles, with what the mode makes of that.
pub fn buffered_in<M: Mode, const N: usize, I, F, B>(
    ops: I,
    body: F,
) -> Buffered<N, I::IntoIter, F, B, M>
where
    I: IntoIterator<Item: Op<Output: 'static> + 'static>,
    F: FnMut(<I::Item as Future>::Output) -> B,
    B: Op<Output = ()>,
{
    const { assert!(N > 0, "a window of no operations gets nowhere") };
    Buffered {
        ops: ops.into_iter(),
        make_body: body,
        window: [const { None }; N],
        head: 0,
        begun: 0,
        body: None,
    }
}

/// See [`buffered_in`].
#[must_use = "futures do nothing unless polled"]
pub struct Buffered<const N: usize, I: Iterator<Item: Future>, F, B, M: Mode> {
    ops: I,
    make_body: F,
    /// A ring of handles.
    window: [Option<Task<<I::Item as Future>::Output, M>>; N],
    head: usize,
    /// Handles in the ring.
    begun: usize,
    body: Option<B>,
}

impl<const N: usize, I: Iterator<Item: Future>, F, B, M: Mode> fmt::Debug
    for Buffered<N, I, F, B, M>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffered").field("begun", &self.begun).finish_non_exhaustive()
    }
}

impl<const N: usize, I, F, B, M: Mode> Buffered<N, I, F, B, M>
where
    I: Iterator<Item: Future<Output: 'static> + 'static>,
{
    /// What the loop gets when it asks for the next output. `None` when all are done.
    fn poll_output(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<<I::Item as Future>::Output>> {
        // SAFETY: only the body is pinned, and it is not touched here.
        let this = unsafe { self.get_unchecked_mut() };
        loop {
            while this.begun < N {
                let Some(op) = this.ops.next() else { break };
                this.window[(this.head + this.begun) % N] = Some(spawn_in(op));
                this.begun += 1;
            }
            let Some(oldest) = &mut this.window[this.head] else { return Poll::Ready(None) };
            let outcome = ready!(Pin::new(oldest).poll(cx));
            this.window[this.head] = None;
            this.head = (this.head + 1) % N;
            this.begun -= 1;
            match outcome {
                Ok(output) => return Poll::Ready(Some(output)),
                Err(aborted) => ready!(aborted.resume_or_wait()),
            }
        }
    }
}

impl<const N: usize, I, F, B, M: Mode> Future for Buffered<N, I, F, B, M>
where
    I: Iterator<Item: Future<Output: 'static> + 'static>,
    F: FnMut(<I::Item as Future>::Output) -> B,
    B: Future<Output = ()>,
{
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            // SAFETY: the body is pinned with this: it is replaced in place only.
            let body = unsafe { self.as_mut().map_unchecked_mut(|this| &mut this.body) };
            if let Some(body) = body.as_pin_mut() {
                ready!(body.poll(cx));
            }
            // SAFETY: assigning drops the body where it is; nothing pinned is moved.
            unsafe { self.as_mut().get_unchecked_mut() }.body = None;
            let Some(output) = ready!(self.as_mut().poll_output(cx)) else {
                return Poll::Ready(());
            };
            // SAFETY: as above.
            let this = unsafe { self.as_mut().get_unchecked_mut() };
            this.body = Some((this.make_body)(output));
        }
    }
}
