//! A window of operations in order, and a body for each output.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use kernel::run::context;

use crate::must::Completion;
use crate::part::{Panic, Part, caught};

/// Keeps up to `N` operations begun, and runs `body` on their outputs, in order, one at a
/// time. Ready when the last body is.
///
/// The window is polled while the head's output is awaited and *not while a body runs*: in
/// this mode a body is what the operation is at that time, as in `poll`.
///
/// # Cancellation
/// No further operation is begun. Those that are begun end under cancellation, and `body` runs,
/// under cancellation too, on what they are ready with: nothing that was taken is lost. That
/// holds for a window that loses a race, too: bodies run on the outputs that wait in it.
///
/// If an operation or a body panics, the others are cancelled and drained, then the first panic
/// goes on. Outputs that no body has seen are dropped.
pub fn buffered<const N: usize, I, F, B>(ops: I, body: F) -> Buffered<N, I::IntoIter, F, B>
where
    I: IntoIterator<Item: Completion>,
    F: FnMut(<I::Item as Completion>::Output) -> B,
    B: Completion<Output = ()>,
{
    const { assert!(N > 0, "a window of no operations gets nowhere") };
    Buffered {
        ops: Some(ops.into_iter()),
        make_body: body,
        window: [const { Part::gone() }; N],
        head: 0,
        begun: 0,
        body: Part::gone(),
        panic: None,
    }
}

/// See [`buffered`].
pub struct Buffered<const N: usize, I: Iterator<Item: Completion>, F, B: Completion> {
    /// `None` once there is nothing more to begin.
    ops: Option<I>,
    make_body: F,
    /// A ring: `begun` operations from `head` on.
    window: [Part<I::Item>; N],
    head: usize,
    begun: usize,
    body: Part<B>,
    panic: Option<Panic>,
}

impl<const N: usize, I: Iterator<Item: Completion>, F, B: Completion> fmt::Debug
    for Buffered<N, I, F, B>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffered")
            .field("head", &self.head)
            .field("begun", &self.begun)
            .finish_non_exhaustive()
    }
}

/// What one step led to.
enum Step {
    /// Something moved; go on.
    Moved,
    /// Everything waits.
    Waits,
    /// Nothing is left.
    Over,
}

impl<const N: usize, I, F, B> Buffered<N, I, F, B>
where
    I: Iterator<Item: Completion>,
    F: FnMut(<I::Item as Completion>::Output) -> B,
    B: Completion<Output = ()>,
{
    /// Operation number `offset` of the window.
    fn part(self: Pin<&mut Self>, offset: usize) -> Pin<&mut Part<I::Item>> {
        // SAFETY: the parts are pinned with this and never moved out.
        unsafe { self.map_unchecked_mut(|this| &mut this.window[(this.head + offset) % N]) }
    }

    fn body(self: Pin<&mut Self>) -> Pin<&mut Part<B>> {
        // SAFETY: pinned with this and never moved out.
        unsafe { self.map_unchecked_mut(|this| &mut this.body) }
    }

    /// # Safety
    /// As for [`Completion::poll`].
    unsafe fn step(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Step {
        if !self.body.is_gone() {
            // SAFETY: the caller's promise.
            if !unsafe { self.as_mut().body().poll(cx) } {
                return Step::Waits;
            }
            self.as_mut().body().forget();
        }
        self.as_mut().fill();
        if self.begun == 0 {
            return Step::Over;
        }
        for offset in 0..self.begun {
            // SAFETY: the caller's promise.
            unsafe { self.as_mut().part(offset).poll(cx) };
        }
        let Some(output) = self.as_mut().part(0).take() else {
            return Step::Waits;
        };
        // SAFETY: nothing pinned is moved.
        let this = unsafe { self.as_mut().get_unchecked_mut() };
        this.head = (this.head + 1) % N;
        this.begun -= 1;
        let body = (this.make_body)(output);
        self.body().refill(body);
        Step::Moved
    }

    /// Puts operations into the free places; none under cancellation.
    fn fill(mut self: Pin<&mut Self>) {
        if context::cancelling() {
            // SAFETY: nothing pinned is moved: the iterator is not.
            unsafe { self.as_mut().get_unchecked_mut() }.ops = None;
        }
        while self.begun < N {
            // SAFETY: as above.
            let this = unsafe { self.as_mut().get_unchecked_mut() };
            let Some(op) = this.ops.as_mut().and_then(Iterator::next) else {
                this.ops = None;
                return;
            };
            let offset = this.begun;
            this.begun += 1;
            self.as_mut().part(offset).refill(op);
        }
    }

    /// Brings everything that is left after a panic to its end, and drops it. Does not unwind:
    /// later panics are not the first.
    ///
    /// # Safety
    /// As for [`Completion::poll`].
    unsafe fn drain(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Panic> {
        // Out of its place while the parts are borrowed.
        // SAFETY: the panic is not pinned.
        let mut panic = unsafe { self.as_mut().get_unchecked_mut() }.panic.take();
        // SAFETY: the caller's promise.
        let mut ended = unsafe { self.as_mut().body().drain(cx, &mut panic) };
        for offset in 0..self.begun {
            // SAFETY: the caller's promise.
            let part = unsafe { self.as_mut().part(offset).drain(cx, &mut panic) };
            ended = if part.is_pending() { part } else { ended };
        }
        if ended.is_pending() {
            // SAFETY: as above.
            unsafe { self.get_unchecked_mut() }.panic = panic;
            return Poll::Pending;
        }
        self.as_mut().body().discard(&mut panic);
        for offset in 0..self.begun {
            self.as_mut().part(offset).discard(&mut panic);
        }
        // SAFETY: the iterator is not pinned.
        let this = unsafe { self.get_unchecked_mut() };
        if let Err(unwound) = caught(|| this.ops = None) {
            unwound.keep_first(&mut panic);
        }
        Poll::Ready(panic.expect("only a panic leads here"))
    }
}

// SAFETY: ready only when nothing is begun; panicking only after everything was drained;
// abandonable if nothing is in flight.
unsafe impl<const N: usize, I, F, B> Completion for Buffered<N, I, F, B>
where
    I: Iterator<Item: Completion>,
    F: FnMut(<I::Item as Completion>::Output) -> B,
    B: Completion<Output = ()>,
{
    type Output = ();

    unsafe fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        while self.panic.is_none() {
            // SAFETY: the caller's promise.
            match caught(|| unsafe { self.as_mut().step(cx) }) {
                Ok(Step::Moved) => {}
                Ok(Step::Waits) => return Poll::Pending,
                Ok(Step::Over) => return Poll::Ready(()),
                Err(panic) => {
                    // SAFETY: the panic is not pinned.
                    unsafe { self.as_mut().get_unchecked_mut() }.panic = Some(panic);
                }
            }
        }
        // SAFETY: the caller's promise.
        core::task::ready!(unsafe { self.drain(cx) }).resume()
    }

    fn abandonable(&self) -> bool {
        !self.body.in_flight() && !self.window.iter().any(Part::in_flight)
    }

    fn holds_output(&self) -> bool {
        self.body.holds_output() || self.window.iter().any(Part::holds_output)
    }
}
