//! The values of the dialect, and the operations that only pass a poll on.

use core::future::Future;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use contract::World;
use kernel::context;
use kernel::executor::{OnWatchdog, run_on_world};

use crate::must::Completion;
use crate::part::{self, AbortOnUnwind};

/// Why a wait ended without what was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Err {
    /// Somebody asked for the end.
    Canceled,
    /// The time was up.
    Elapsed,
}

impl core::fmt::Display for Err {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Err::Canceled => "canceled",
            Err::Elapsed => "elapsed",
        })
    }
}

impl core::error::Error for Err {}

/// Why an item was not sent; it comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendErr<T> {
    /// Somebody asked for the end before there was room.
    Canceled(T),
    /// The channel is closed.
    Closed(T),
}

impl<T> SendErr<T> {
    /// The item.
    pub fn into_inner(self) -> T {
        match self {
            SendErr::Canceled(item) | SendErr::Closed(item) => item,
        }
    }
}

/// Which side of a race was first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Either<A, B> {
    /// The first one.
    A(A),
    /// The second one.
    B(B),
}

/// Runs an operation on the driver of this build until it is ready. Safe: the operation
/// lives on this stack, and this function does not return or unwind before it is ready.
///
/// When nothing can happen any more the operation is cancelled and drained.
///
/// # Panics
/// With the operation's own panic, after it has ended. Inside a task: waiting there would
/// stop the task that is to be waited for. When the driver that was selected cannot be had. A
/// panic of the driver *between* polls aborts the process, because the frame on this stack may
/// be lent to the driver.
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
    // Armed by the first poll: a driver that cannot be had panics before, and says why.
    let mut between_polls = None;
    let ended = run_on_world(world, OnWatchdog::CancelAndDrain, |cx| {
        between_polls.get_or_insert_with(|| {
            AbortOnUnwind("the driver panicked while an operation was in flight")
        });
        // SAFETY: pinned on this stack, which is left only below (ready, or its own panic)
        // or not at all (`between_polls`).
        let polled = part::caught(|| unsafe { op.as_mut().poll(cx) });
        match polled {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    });
    core::mem::forget(between_polls.take());
    match ended {
        Some(Ok(output)) => output,
        Some(Err(panic)) => panic.resume(),
        None => unreachable!("the executor drains, so it returns an output"),
    }
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
/// lost with it, as everywhere where cancelling is dropping. Ready with [`Err::Canceled`].
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
    type Output = Result<F::Output, Err>;

    #[inline]
    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if context::cancelling() {
            return Poll::Ready(Err(Err::Canceled));
        }
        // SAFETY: pinned with the wrapper and never moved out.
        let future = unsafe { self.map_unchecked_mut(|this| &mut this.future) };
        future.poll(cx).map(Ok)
    }

    fn abandonable(&self) -> bool {
        true
    }
}
