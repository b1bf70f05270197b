//! A window of operations in order, and a body for each output.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use design_poll::__private::{Numbered, poll_in_place};
use design_poll::{Group, Inline, Op, Stream};
use kernel::run::drive::Bell;

/// Keeps up to `N` operations begun and runs `body` on their outputs, in order, one at a
/// time. The operations are children: they move while a body runs, and a free place of the
/// window is filled at once.
///
/// # Panics
/// When the waker table is full.
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
        bell: Bell::new(),
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
    /// Rings when the body is woken; a window that is woken does not poll the body.
    bell: Bell,
}

impl<const N: usize, I: Iterator<Item: Future>, F, B> fmt::Debug for Buffered<N, I, F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffered").field("begun", &self.begun).finish_non_exhaustive()
    }
}

impl<const N: usize, I, F, B> Buffered<N, I, F, B>
where
    I: Iterator<Item: Future>,
    F: FnMut(<I::Item as Future>::Output) -> B,
    B: Future<Output = ()>,
{
    /// Fills the window and polls what was woken in it, until nothing more is ready.
    fn drive_window(self: Pin<&mut Self>, cx: &mut Context<'_>) {
        // SAFETY: the window is pinned with this and never moved; nothing else is pinned here.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let mut window = unsafe { Pin::new_unchecked(&mut this.window) };
        while this.begun < N {
            let Some(op) = this.ops.next() else { break };
            let place = (this.head + this.begun) % N;
            let inserted = window.as_mut().insert(Numbered { op, place });
            assert!(inserted.is_ok(), "at most N are begun, and the window has N places");
            this.begun += 1;
        }
        while let Poll::Ready(Some((_, (place, output)))) = window.as_mut().poll_next(cx) {
            this.outputs[place] = Some(output);
        }
    }

    /// Begins the next body if its output is there. False if it is not.
    fn begin_body(self: Pin<&mut Self>) -> bool {
        // SAFETY: nothing pinned is moved: there is no body.
        let this = unsafe { self.get_unchecked_mut() };
        let Some(output) = this.outputs[this.head].take() else { return false };
        this.head = (this.head + 1) % N;
        this.begun -= 1;
        // FOREIGN: the closure that makes the body. The output is out of the ring.
        this.body = Some((this.make_body)(output));
        this.bell.ring();
        true
    }

    /// Polls the body if it was woken; drops it as soon as it is ready. True if there is none.
    fn poll_body(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        // SAFETY: the body is pinned with this: it is replaced in place only.
        let this = unsafe { self.get_unchecked_mut() };
        let rang = this.bell.rang(cx.waker());
        let waker = this.bell.waker();
        // Not by a shared reference: the body may have run.
        if this.body.as_mut().is_none() {
            return true;
        }
        // SAFETY: as above.
        rang && unsafe { poll_in_place(&mut this.body, &mut Context::from_waker(&waker)) }
            .is_ready()
    }

    /// Gives up the oldest output if nothing can bring it any more: it went with a panic, which
    /// the owner has seen.
    fn skip_lost(self: Pin<&mut Self>) -> bool {
        // SAFETY: nothing is moved.
        let this = unsafe { self.get_unchecked_mut() };
        let lost = this.begun > 0 && this.outputs[this.head].is_none() && this.window.is_empty();
        if lost {
            this.head = (this.head + 1) % N;
            this.begun -= 1;
        }
        lost
    }
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
            self.as_mut().drive_window(cx);
            if !self.as_mut().poll_body(cx) {
                return Poll::Pending;
            }
            if !self.as_mut().begin_body() && !self.as_mut().skip_lost() {
                break;
            }
        }
        // SAFETY: nothing is moved. Not by a shared reference: the window has run.
        if unsafe { self.get_unchecked_mut() }.begun == 0 { Poll::Ready(()) } else { Poll::Pending }
    }
}
