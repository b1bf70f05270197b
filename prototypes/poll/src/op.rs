//! What an operation is, and how one is run.

use core::future::Future;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use contract::World;
use kernel::run::executor::{OnWatchdog, run_on_world};

pub use kernel::values::{Either, Error, SendError};

/// An operation: any future. The name under which portable code asks for one.
pub trait Op: Future {}

impl<F: Future + ?Sized> Op for F {}

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
