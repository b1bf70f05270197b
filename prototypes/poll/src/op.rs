//! What an operation is, its errors, and how one is run.

use core::fmt;
use core::future::Future;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use contract::World;
use kernel::run::executor::{OnWatchdog, run_on_world};

/// An operation: any future. The name under which portable code asks for one.
pub trait Op: Future {}

impl<F: Future + ?Sized> Op for F {}

/// Why a wait ended without what it waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Err {
    /// A child was cancelled before its handle got the output. Waits themselves are never
    /// cancelled with a value here: whoever would see it has been dropped.
    Canceled,
    /// The time of a [`timeout`](crate::timeout()) was over.
    Elapsed,
}

impl fmt::Display for Err {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Err::Canceled => "cancelled",
            Err::Elapsed => "time is over",
        })
    }
}

impl core::error::Error for Err {}

/// Why an item was not sent; it comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendErr<T> {
    /// Sending was cancelled. Not constructed by this design.
    Canceled(T),
    /// The channel was closed.
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

/// One of two outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Either<A, B> {
    /// The first operation was ready.
    A(A),
    /// The second was.
    B(B),
}

/// Runs an operation to its end on the driver of this build. If nothing can happen any
/// more, the watchdog of the driver fires and the operation is dropped.
///
/// # Panics
/// When called from inside a task, or when the waker table is full.
pub fn block_on(world: &'static World, op: impl Op<Output = ()>) {
    crate::awb_marker_poll();
    let mut op = pin!(op);
    let _ended = run_on_world(world, OnWatchdog::Drop, |cx| op.as_mut().poll(cx));
}

/// Makes polling `op` a call that the compiler does not inline.
pub fn barrier<O: Op>(op: O) -> Barrier<O> {
    Barrier { op }
}

/// See [`barrier`].
#[derive(Debug)]
pub struct Barrier<O> {
    op: O,
}

impl<O: Future> Future for Barrier<O> {
    type Output = O::Output;

    #[inline(never)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<O::Output> {
        // SAFETY: the only pinned field of a pinned struct without `Drop`; never moved.
        unsafe { self.map_unchecked_mut(|this| &mut this.op) }.poll(cx)
    }
}

/// An operation on the heap whose type is erased.
#[cfg(feature = "alloc")]
pub type Boxed<'a, T> = Pin<alloc::boxed::Box<dyn Future<Output = T> + 'a>>;

/// Moves an operation to the heap and erases its type.
#[cfg(feature = "alloc")]
pub fn boxed<'a, T>(op: impl Op<Output = T> + 'a) -> Boxed<'a, T> {
    alloc::boxed::Box::pin(op)
}

/// Keeps a step whole under cancellation. The identity: here cancelling is dropping, and
/// nothing that is dropped can finish its step.
pub fn shield<O: Op>(op: O) -> O {
    op
}
