//! Operations inside a foreign runtime: an executor and a driver of ours as one future.
//!
//! A foreign runtime drops its tasks when it likes, and an operation that has begun must not
//! be dropped. So an operation is not made a task there. What is made a task is an island
//! ([`kernel::run::island`]): it owns executor, driver and operation, and when it is dropped it
//! cancels the operation and *blocks the thread* until it has ended.

use alloc::boxed::Box;
use core::cell::Cell;
use core::future::Future;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};
use std::os::fd::BorrowedFd;

use contract::World;
use kernel::IoError;
use kernel::run::context;
use kernel::run::island::{Host, Island, open, waitable};

use crate::must::Completion;
use crate::part::{self, Panic};

/// Runs an operation as a future of the runtime around it. `host` makes what that runtime knows
/// of a descriptor; the facades give theirs.
///
/// # Errors
/// Those of the system, when there is no driver or the host cannot watch it. The operation was
/// not begun then.
///
/// # Cancellation
/// Dropping it polls the operation under cancellation until it is ready, and blocks the thread
/// meanwhile.
///
/// # Panics
/// With the operation's own panic, after what it lent has ended.
pub async fn island<C, H>(
    host: impl FnOnce(BorrowedFd<'_>) -> Result<H, IoError>,
    op: C,
) -> Result<C::Output, IoError>
where
    C: Completion + 'static,
    H: Host,
{
    let driver = open(None)?;
    let host = host(waitable(&*driver))?;
    let mut op = Box::pin(op);
    // The operation owns all it uses and lies on the heap, so forgetting the island leaks it.
    let root = move |cx: &mut Context<'_>| poll(op.as_mut(), cx);
    Ok(Island::new(driver, host, root).await.unwrap_or_else(|panic| panic.resume()))
}

/// Runs an operation that may borrow as the root of a foreign runtime: `run` is the runtime's
/// `block_on`. Safe: the island lies on this stack and is dropped, and so drained, before this
/// function is left, however it is.
///
/// # Panics
/// With the operation's own panic. When there is no driver, and when `run` returns before its
/// future is ready. Inside a run: a handle of a scope that is awaited here would drive that
/// scope's children under another runtime.
pub fn block_on_host<C, H>(
    world: &'static World,
    host: impl FnOnce(BorrowedFd<'_>) -> Result<H, IoError>,
    run: impl FnOnce(Pin<&mut (dyn Future<Output = ()> + '_)>),
    op: C,
) -> C::Output
where
    C: Completion,
    H: Host,
{
    crate::awb_marker_completion();
    run_on_host(world, host, run, op)
}

/// [`block_on_host`] without a design's marker, for a design that shares it.
///
/// # Panics
/// As [`block_on_host`].
#[inline]
pub fn run_on_host<C, H>(
    world: &'static World,
    host: impl FnOnce(BorrowedFd<'_>) -> Result<H, IoError>,
    run: impl FnOnce(Pin<&mut (dyn Future<Output = ()> + '_)>),
    op: C,
) -> C::Output
where
    C: Completion,
    H: Host,
{
    assert!(!context::is_entered(), "block_on inside a task would wait for itself");
    let mut op = pin!(op);
    let ended = Cell::new(None);
    let program = pin!(async {
        let driver = open(Some(world)).expect("a driver can be had");
        let host = host(waitable(&*driver)).expect("the runtime can watch a descriptor");
        let root = |cx: &mut Context<'_>| poll(op.as_mut(), cx);
        // SAFETY: `program` stays on the stack of this function and is dropped, with the
        // island in it, when that returns or unwinds: before `op`, and before what it borrows.
        let island = unsafe { Island::borrowing(driver, host, root) };
        ended.set(Some(island.await));
    });
    run(program);
    match ended.take().expect("the runtime ran the program to its end") {
        Ok(output) => output,
        Err(panic) => panic.resume(),
    }
}

/// A panic is an end too: the island must not take it for an operation that is in flight.
fn poll<C: Completion>(op: Pin<&mut C>, cx: &mut Context<'_>) -> Poll<Result<C::Output, Panic>> {
    // SAFETY: both callers give the root to an island, which polls until it is ready or, when
    // it is dropped, in cancel mode until then; the operation outlives the island.
    let polled = part::caught(|| unsafe { op.poll(cx) });
    match polled {
        Ok(polled) => polled.map(Ok),
        Err(panic) => Poll::Ready(Err(panic)),
    }
}
