//! A window of operations in order, and a body for each output.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::group::{Group, Inline};
use crate::op::Op;
use crate::stream::Stream;

/// Keeps up to `N` operations begun and runs `body` on their outputs, in order, one at a
/// time: `buffered(n)` with a loop around it.
///
/// The window is polled while the loop asks for the next output and *not while a body runs*:
/// a stream has no other time at which it could be polled.
pub fn buffered<const N: usize, I, F, B>(ops: I, body: F) -> Buffered<N, I::IntoIter, F, B>
where
    I: IntoIterator<Item: Op>,
    F: FnMut(<I::Item as Future>::Output) -> B,
    B: Op<Output = ()>,
{
    const { assert!(N > 0, "a window of no operations gets nowhere") };
    Buffered {
        ops: ops.into_iter(),
        make_body: body,
        window: Group::new(),
        outputs: [const { None }; N],
        head: 0,
        begun: 0,
        body: None,
    }
}

/// See [`buffered`].
#[must_use = "futures do nothing unless polled"]
pub struct Buffered<const N: usize, I: Iterator<Item: Future>, F, B> {
    ops: I,
    make_body: F,
    window: Group<Numbered<I::Item>, Inline<Numbered<I::Item>, N>>,
    /// A ring: outputs that are ready before those in front of them.
    outputs: [Option<<I::Item as Future>::Output>; N],
    head: usize,
    /// Operations whose output was not handed to a body: in the window or in the ring.
    begun: usize,
    body: Option<B>,
}

impl<const N: usize, I: Iterator<Item: Future>, F, B> fmt::Debug for Buffered<N, I, F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffered").field("begun", &self.begun).finish_non_exhaustive()
    }
}

/// An operation that remembers its place in the ring.
#[doc(hidden)]
#[derive(Debug)]
pub struct Numbered<O> {
    pub op: O,
    pub place: usize,
}

impl<O: Future> Future for Numbered<O> {
    type Output = (usize, O::Output);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let place = self.place;
        // SAFETY: the only pinned field of a pinned struct without `Drop`; never moved.
        let op = unsafe { self.map_unchecked_mut(|this| &mut this.op) };
        op.poll(cx).map(|output| (place, output))
    }
}

impl<const N: usize, I, F, B> Buffered<N, I, F, B>
where
    I: Iterator<Item: Future>,
    F: FnMut(<I::Item as Future>::Output) -> B,
    B: Future<Output = ()>,
{
    /// What the loop gets when it asks for the next output. `None` when all are done.
    fn poll_output(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<<I::Item as Future>::Output>> {
        // SAFETY: the window is pinned with this and never moved; nothing else is pinned here.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let mut window = unsafe { Pin::new_unchecked(&mut this.window) };
        loop {
            while this.begun < N {
                // FOREIGN: the iterator. Nothing is begun yet.
                let Some(op) = this.ops.next() else { break };
                let place = (this.head + this.begun) % N;
                let inserted = window.as_mut().insert(Numbered { op, place });
                assert!(inserted.is_ok(), "at most N are begun, and the window has N places");
                this.begun += 1;
            }
            if let Some(output) = this.outputs[this.head].take() {
                this.head = (this.head + 1) % N;
                this.begun -= 1;
                return Poll::Ready(Some(output));
            }
            match core::task::ready!(window.as_mut().poll_next(cx)) {
                Some((_, (place, output))) => this.outputs[place] = Some(output),
                None if this.begun == 0 => return Poll::Ready(None),
                // The output of the oldest went with a panic, which the owner has seen.
                None => {
                    this.head = (this.head + 1) % N;
                    this.begun -= 1;
                }
            }
        }
    }
}

/// Polls a future where it is pinned and drops it there when it is ready, or panics. Ready without
/// one.
///
/// # Safety
/// The place is pinned.
#[doc(hidden)]
pub unsafe fn poll_in_place<B: Future>(place: &mut Option<B>, cx: &mut Context<'_>) -> Poll<()> {
    struct Drops<'a, B>(&'a mut Option<B>);
    impl<B> Drop for Drops<'_, B> {
        fn drop(&mut self) {
            // FOREIGN: the destructor, as the last thing.
            *self.0 = None;
        }
    }
    let drops = Drops(place);
    if let Some(body) = &mut *drops.0 {
        // FOREIGN: the poll.
        // SAFETY: the caller pins the place; the future is dropped there and never moved.
        if unsafe { Pin::new_unchecked(body) }.poll(cx).is_pending() {
            core::mem::forget(drops);
            return Poll::Pending;
        }
    }
    Poll::Ready(())
}

impl<const N: usize, I, F, B> Future for Buffered<N, I, F, B>
where
    I: Iterator<Item: Future>,
    F: FnMut(<I::Item as Future>::Output) -> B,
    B: Future<Output = ()>,
{
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            // SAFETY: the body is pinned with this: it is replaced in place only.
            let this = unsafe { self.as_mut().get_unchecked_mut() };
            // SAFETY: as above.
            core::task::ready!(unsafe { poll_in_place(&mut this.body, cx) });
            let Some(output) = core::task::ready!(self.as_mut().poll_output(cx)) else {
                return Poll::Ready(());
            };
            // SAFETY: as above.
            let this = unsafe { self.as_mut().get_unchecked_mut() };
            // FOREIGN: the closure. The output is out of the ring.
            this.body = Some((this.make_body)(output));
        }
    }
}
