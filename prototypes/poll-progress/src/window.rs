//! A window of operations in order, which parks what is ready early.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use design_poll::__private::Numbered;
use design_poll::{Group, Inline, Op, Stream};

use crate::progress::Progress;

/// A stream of the outputs of operations, in order, of which up to `N` are begun and not yielded:
/// `buffered(n)`.
pub fn window<const N: usize, I>(ops: I) -> Window<N, I::IntoIter>
where
    I: IntoIterator<Item: Op>,
{
    const { assert!(N > 0, "a window of no operations gets nowhere") };
    Window {
        ops: ops.into_iter(),
        window: Group::new(),
        outputs: [const { None }; N],
        head: 0,
        begun: 0,
    }
}

/// See [`window`].
#[must_use = "streams do nothing unless polled"]
pub struct Window<const N: usize, I: Iterator<Item: Future>> {
    ops: I,
    window: Group<Numbered<I::Item>, Inline<Numbered<I::Item>, N>>,
    /// A ring: outputs that are ready before those in front of them.
    outputs: [Option<<I::Item as Future>::Output>; N],
    head: usize,
    /// Operations whose output was not yielded: in the window or in the ring.
    begun: usize,
}

impl<const N: usize, I: Iterator<Item: Future>> fmt::Debug for Window<N, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Window").field("begun", &self.begun).finish_non_exhaustive()
    }
}

impl<const N: usize, I: Iterator<Item: Future>> Window<N, I> {
    /// Begins what there is room for.
    fn fill(self: Pin<&mut Self>) {
        // SAFETY: the window is pinned with this and never moved; nothing else is pinned here.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let mut window = unsafe { Pin::new_unchecked(&mut this.window) };
        while this.begun < N {
            // FOREIGN: the iterator. Nothing is begun yet.
            let Some(op) = this.ops.next() else { break };
            let place = (this.head + this.begun) % N;
            let inserted = window.as_mut().insert(Numbered { op, place });
            assert!(inserted.is_ok(), "at most N are begun, and the window has N places");
            this.begun += 1;
        }
    }

    /// Polls what was woken until one is ready, which is parked: true. False if none is left.
    fn park_one(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<bool> {
        // SAFETY: as in `fill`.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as in `fill`.
        let window = unsafe { Pin::new_unchecked(&mut this.window) };
        // FOREIGN: the polls of the operations, which are gone when they panic.
        let Some((_, (place, output))) = ready!(window.poll_next(cx)) else {
            return Poll::Ready(false);
        };
        this.outputs[place] = Some(output);
        Poll::Ready(true)
    }

    /// The oldest output, if it is there.
    fn take(self: Pin<&mut Self>) -> Option<<I::Item as Future>::Output> {
        // SAFETY: outputs are not pinned.
        let this = unsafe { self.get_unchecked_mut() };
        let output = this.outputs[this.head].take()?;
        this.head = (this.head + 1) % N;
        this.begun -= 1;
        Some(output)
    }

    /// Passes over the oldest, whose output went with a panic that the owner has seen. False if
    /// nothing is begun.
    fn skip(self: Pin<&mut Self>) -> bool {
        // SAFETY: nothing pinned is moved.
        let this = unsafe { self.get_unchecked_mut() };
        if this.begun == 0 {
            return false;
        }
        this.head = (this.head + 1) % N;
        this.begun -= 1;
        true
    }
}

impl<const N: usize, I: Iterator<Item: Future>> Stream for Window<N, I> {
    type Item = <I::Item as Future>::Output;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            self.as_mut().fill();
            if let Some(output) = self.as_mut().take() {
                return Poll::Ready(Some(output));
            }
            if !ready!(self.as_mut().park_one(cx)) && !self.as_mut().skip() {
                return Poll::Ready(None);
            }
        }
    }
}

impl<const N: usize, I: Iterator<Item: Future>> Progress for Window<N, I> {
    fn poll_progress(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.as_mut().fill();
        while ready!(self.as_mut().park_one(cx)) {}
        Poll::Ready(())
    }
}
