//! How an operation is run, and the operations that only pass a poll on.

use core::cell::Cell;
use core::future::Future;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use contract::World;
use kernel::run::context;
use kernel::run::executor::{OnWatchdog, run_on_world};

use crate::must::Completion;
use crate::part::{self, AbortOnUnwind, Panic};

pub use kernel::values::{Either, Error, SendError};

/// Runs an operation on the driver of this build until it is ready. Safe: the operation
/// lives on this stack, and this function does not return or unwind before it is ready.
///
/// When nothing can happen any more the operation is cancelled and drained.
///
/// # Panics
/// With the operation's own panic, after it has ended. Inside a run: waiting there would
/// stop the task that is to be waited for. When the driver that was selected cannot be had. With
/// the panic of a waker that the driver calls *between* polls, after the operation was cancelled
/// and has ended; a second one aborts the process, because the frame on this stack may be lent to
/// the driver.
pub fn block_on<C: Completion>(world: &'static World, op: C) -> C::Output {
    crate::awb_marker_completion();
    run_root(world, op)
}

/// [`block_on`] without a design's marker, for the `block_on` of a design that shares it.
///
/// # Panics
/// As [`block_on`].
#[inline]
pub fn run_root<C: Completion>(world: &'static World, op: C) -> C::Output {
    assert!(!context::is_entered(), "block_on inside a task would wait for itself");
    let mut op = pin!(op);
    let stage = Cell::new(Stage::New);
    // FOREIGN: everything that polls and wakers do. A panic of the root is an output here.
    let ended =
        match part::caught(|| run_once(world, op.as_mut(), &stage, OnWatchdog::CancelAndDrain)) {
            Ok(ended) => ended,
            Err(panic) if stage.get() == Stage::Begun => drained(world, op, &stage, panic),
            // A driver that cannot be had, or what was woken when the root had ended.
            Err(panic) => panic.resume(),
        };
    ended.unwrap_or_else(|panic| panic.resume())
}

/// Where a root stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Was not polled.
    ///
    /// Entered by the making. Excludes nothing: the root may be dropped.
    New,
    /// May have anything in flight.
    ///
    /// Entered from `New` by the first poll. Excludes that the stack of the root is left: a run
    /// that ends without it is followed by one that polls it to its end.
    Begun,
    /// It was ready, or it panicked.
    ///
    /// Entered from `Begun` by the poll that is ready or unwinds. Excludes every further poll.
    Over,
}

/// One run of a root.
fn run_once<C: Completion>(
    world: &'static World,
    mut op: Pin<&mut C>,
    stage: &Cell<Stage>,
    policy: OnWatchdog,
) -> Result<C::Output, Panic> {
    let ended = run_on_world(world, policy, |cx| {
        stage.set(Stage::Begun);
        // SAFETY: pinned on the stack of `run_root`, which is left when this was ready or has
        // panicked itself, or not at all.
        let ended = match part::caught(|| unsafe { op.as_mut().poll(cx) }) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(output)) => Ok(output),
            Err(panic) => Err(panic),
        };
        stage.set(Stage::Over);
        Poll::Ready(ended)
    });
    ended.expect("the executor drains, so it returns an output")
}

/// A waker that is not ours has panicked between two polls, when a driver or a timer called it. The
/// run has ended, and its driver with it: nothing is lent any more. But the root waits for what
/// it was promised. It is cancelled and polled to its end in a run of its own; then the panic
/// goes on. A second one of the kind ends the process.
#[cold]
fn drained<C: Completion>(
    world: &'static World,
    op: Pin<&mut C>,
    stage: &Cell<Stage>,
    panic: Panic,
) -> Result<C::Output, Panic> {
    // Only drivers of builds with `io` have been drained.
    if cfg!(not(feature = "io")) {
        part::abort("the driver panicked while an operation was in flight");
    }
    let guard = AbortOnUnwind("the driver panicked twice while an operation was in flight");
    let output = run_once(world, op, stage, OnWatchdog::Drain);
    core::mem::forget(guard);
    Err(panic.and(part::caught(|| drop(output))))
}

/// Keeps a poll from being inlined into its caller.
pub fn barrier<C: Completion>(op: C) -> Barrier<C> {
    Barrier { op }
}

/// See [`barrier`].
pub struct Barrier<C> {
    op: C,
}

crate::opaque_debug!(Barrier<C>);

// SAFETY: forwards everything to its only field.
unsafe impl<C: Completion> Completion for Barrier<C> {
    type Output = C::Output;

    #[inline(never)]
    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<C::Output> {
        // SAFETY: pinned with the barrier and never moved out.
        let op = unsafe { self.map_unchecked_mut(|this| &mut this.op) };
        // SAFETY: the caller's promise.
        unsafe { op.poll(cx) }
    }

    fn abandonable(&self) -> bool {
        self.op.abandonable()
    }

    fn holds_output(&self) -> bool {
        self.op.holds_output()
    }
}

/// Puts an operation on the heap and hides its type: for recursion and for `dyn`.
#[cfg(feature = "alloc")]
pub fn boxed<'a, C: Completion + 'a>(op: C) -> Boxed<'a, C::Output> {
    Boxed { op: alloc::boxed::Box::pin(op) }
}

/// See [`boxed`].
#[cfg(feature = "alloc")]
pub struct Boxed<'a, T> {
    op: Pin<alloc::boxed::Box<dyn Completion<Output = T> + 'a>>,
}

#[cfg(feature = "alloc")]
impl<T> core::fmt::Debug for Boxed<'_, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Boxed").finish_non_exhaustive()
    }
}

// SAFETY: forwards everything to its only field.
#[cfg(feature = "alloc")]
unsafe impl<T> Completion for Boxed<'_, T> {
    type Output = T;

    unsafe fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        // SAFETY: the caller's promise.
        unsafe { self.op.as_mut().poll(cx) }
    }

    fn abandonable(&self) -> bool {
        self.op.abandonable()
    }

    fn holds_output(&self) -> bool {
        self.op.holds_output()
    }
}

/// Awaits an ordinary future.
///
/// # Cancellation
/// A future knows no cancel value, so this one goes on until it is ready; as the loser of a
/// race it is dropped. [`interruptible`] drops it and says so.
pub fn plain<F: Future>(future: F) -> Plain<F> {
    Plain { future }
}

/// See [`plain`].
pub struct Plain<F> {
    future: F,
}

crate::opaque_debug!(Plain<F>);

// SAFETY: a future may be dropped at any time.
unsafe impl<F: Future> Completion for Plain<F> {
    type Output = F::Output;

    #[inline]
    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: pinned with the wrapper and never moved out.
        let future = unsafe { self.map_unchecked_mut(|this| &mut this.future) };
        future.poll(cx)
    }

    fn abandonable(&self) -> bool {
        true
    }
}

/// Awaits an ordinary future until it is ready or cancelled.
///
/// # Cancellation
/// The future is not polled any more and is dropped with the operation; what it had taken is
/// lost with it, as everywhere where cancelling is dropping. Ready with [`Error::Cancelled`].
pub fn interruptible<F: Future>(future: F) -> Interruptible<F> {
    Interruptible { future }
}

/// See [`interruptible`].
pub struct Interruptible<F> {
    future: F,
}

crate::opaque_debug!(Interruptible<F>);

// SAFETY: a future may be dropped at any time.
unsafe impl<F: Future> Completion for Interruptible<F> {
    type Output = Result<F::Output, Error>;

    #[inline]
    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if context::cancelling() {
            return Poll::Ready(Err(Error::Cancelled));
        }
        // SAFETY: pinned with the wrapper and never moved out.
        let future = unsafe { self.map_unchecked_mut(|this| &mut this.future) };
        future.poll(cx).map(Ok)
    }

    fn abandonable(&self) -> bool {
        true
    }
}
