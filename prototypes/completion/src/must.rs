//! Operations that must complete: the trait, the frame and the sealed leaf.

use core::future::Future;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

/// An operation that, once begun, is polled until it is ready.
///
/// That is the one promise this design adds to the language, and everything follows from it:
/// memory that an operation lends to a driver stays valid, because the frame around it can
/// be neither dropped nor forgotten; cancelling is a request, because nothing can take the
/// frame away; cleanup may wait, because it is ordinary code on the way out.
///
/// Nothing writes `poll` by hand: [`task!`](crate::task) awaits, [`block_on`](crate::block_on)
/// runs. Dropping or forgetting an operation that was *not* polled is allowed, as everywhere.
///
/// # Safety
/// Of an implementation:
/// - After `poll` has returned ready, or has panicked, the value may be dropped: nothing that
///   it lent is in use any more.
/// - The same holds whenever [`Completion::abandonable`] returns true.
/// - Polled under cancellation (`kernel::run::context::cancelling`) it gets ready without waiting
///   for anything but the answer to a cancel request, or a part that is shielded. This one is
///   about liveness; no unsafe code relies on it.
#[must_use = "an operation does nothing unless it is awaited"]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no must-complete operation",
    note = "an ordinary future is awaited as `plain(future).await`"
)]
pub unsafe trait Completion {
    /// What it is ready with.
    type Output;

    /// Goes on as far as possible.
    ///
    /// # Safety
    /// After the first call the caller polls until it is ready (or panics, or is
    /// [`abandonable`](Completion::abandonable)) and only then drops the value or reuses its
    /// memory. It does not poll again after that. Cloning and dropping the waker of `cx` does not
    /// panic, because a leaf does both while its memory is lent: it is a handle of the kernel.
    /// ([`plain`](crate::plain) is where futures with wakers of their own stand.)
    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output>;

    /// Whether it may be dropped now although it was polled and is not ready. True for a wait
    /// that lives in our own lists only, which a destructor can leave; false for what a driver
    /// holds, and for every frame. A combinator asks before it drains a loser, so that losing
    /// a race costs a plain wait no poll.
    fn abandonable(&self) -> bool {
        false
    }

    /// Whether something would be lost by dropping it now that one poll under cancellation
    /// gives back: an output that waits for a sibling, an item that was not sent. A combinator
    /// asks for it before it abandons a loser.
    fn holds_output(&self) -> bool {
        false
    }
}

/// A coroutine as a must-complete operation. One per `task!` block or `task_fn` call.
///
/// Wrapping is safe: the code that holds the operation promises *more* than a future asks for. The
/// coroutine cannot be got out again, so nothing polls it except [`Completion::poll`].
/// A variant that delivers results to the innermost frame puts its header here.
pub struct Frame<F> {
    coroutine: F,
}

impl<F> core::fmt::Debug for Frame<F> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Frame").finish_non_exhaustive()
    }
}

/// Makes a frame; what `task!` expands to.
#[inline(always)]
pub fn frame<F: Future>(coroutine: F) -> Frame<F> {
    Frame { coroutine }
}

// SAFETY: a coroutine that is ready or has panicked has dropped what it awaited; what it
// awaited was ready, panicked, or unpolled by then, because an await does nothing else.
unsafe impl<F: Future> Completion for Frame<F> {
    type Output = F::Output;

    #[inline(always)]
    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: the only field, pinned with the frame and never moved out.
        let coroutine = unsafe { self.map_unchecked_mut(|frame| &mut frame.coroutine) };
        coroutine.poll(cx)
    }
}

/// Where an expansion leaves a block that is never left there.
///
/// # Panics
/// It is not called.
#[cold]
pub fn never() -> ! {
    unreachable!("an expansion asks for the type only")
}

/// The permission to await a must-complete operation at this place.
///
/// Made by the `task!` macro, next to the label that ties it to its frame.
#[derive(Debug)]
pub struct AwaitToken(PhantomData<*const ()>);

impl AwaitToken {
    /// # Safety
    /// The leaf that is made with it is awaited at once, by the coroutine of a [`Frame`].
    #[inline(always)]
    #[must_use]
    pub unsafe fn new() -> AwaitToken {
        AwaitToken(PhantomData)
    }
}

/// A must-complete operation as the compiler's await wants it: a future.
pub struct Leaf<C> {
    operation: C,
}

impl<C> core::fmt::Debug for Leaf<C> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Leaf").finish_non_exhaustive()
    }
}

/// Makes a leaf. The seal is what is unsafe to have.
#[inline(always)]
pub fn leaf<C: Completion>(operation: C, _: AwaitToken) -> Leaf<C> {
    Leaf { operation }
}

impl<C: Completion> Future for Leaf<C> {
    type Output = C::Output;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<C::Output> {
        // SAFETY: the only field, pinned with the leaf and never moved out.
        let operation = unsafe { self.map_unchecked_mut(|leaf| &mut leaf.operation) };
        // SAFETY: the seal's promise: only the coroutine of a frame polls this, as part of
        // the frame's own poll, and the code that polls the frame polls it until it is ready.
        unsafe { operation.poll(cx) }
    }
}
