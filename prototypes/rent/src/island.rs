//! Operations inside a foreign runtime: an executor and a driver of ours as one future.
//!
//! A future of this design could be a task of any runtime, if that runtime had a driver that
//! completes operations. It has none, so an island ([`kernel::run::island`]) brings one: it owns
//! executor, driver and operation, and lies in a task of the host. An operation that is given
//! up is dropped as everywhere here. What it had in flight is in the driver then, and the end
//! of the driver *blocks the thread* until that has come back.

use alloc::boxed::Box;
use core::future::Future;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};
use std::os::fd::BorrowedFd;

use contract::World;
use kernel::IoError;
use kernel::run::context::cancelling;
use kernel::run::island::{Host, Island, open, waitable};

/// Runs an operation as a future of the runtime around it. `host` makes what that runtime knows
/// of a descriptor; the facades give theirs.
///
/// # Errors
/// Those of the system, when there is no driver or the host cannot watch it. The operation was
/// not begun then.
///
/// # Cancellation
/// Dropping it drops the operation, and blocks the thread until what it had in flight has ended.
///
/// # Panics
/// With the operation's own panic, after what it had in flight has ended.
pub async fn island<F, H>(
    host: impl FnOnce(BorrowedFd<'_>) -> Result<H, IoError>,
    op: F,
) -> Result<F::Output, IoError>
where
    F: Future + 'static,
    H: Host,
{
    let driver = open(None)?;
    let host = host(waitable(&*driver))?;
    let mut op = Box::pin(Some(op));
    let root = move |cx: &mut Context<'_>| poll(op.as_mut(), cx);
    Ok(Island::new(driver, host, root).await.expect("an island that is awaited is not given up"))
}

/// Runs an operation that may borrow as the root of a foreign runtime: `run` is the runtime's
/// `block_on`. Safe: the island lies on this stack and is dropped, and so drained, before this
/// function is left, however it is.
///
/// # Panics
/// With the operation's own panic. When there is no driver, and when `run` returns before its
/// future is ready.
pub fn block_on_host<H: Host>(
    world: &'static World,
    host: impl FnOnce(BorrowedFd<'_>) -> Result<H, IoError>,
    run: impl FnOnce(Pin<&mut (dyn Future<Output = ()> + '_)>),
    op: impl Future<Output = ()>,
) {
    crate::awb_marker_rent();
    let _pool = crate::dialect::RunPool::begin();
    let mut op = pin!(Some(op));
    let mut ended = false;
    {
        let program = pin!(async {
            let driver = open(Some(world)).expect("a driver can be had");
            let host = host(waitable(&*driver)).expect("the runtime can watch a descriptor");
            let root = |cx: &mut Context<'_>| poll(op.as_mut(), cx);
            // SAFETY: `program` stays on the stack of this function and is dropped, with the
            // island in it, when that returns or unwinds: before `op`, and before what it borrows.
            let island = unsafe { Island::borrowing(driver, host, root) };
            ended = island.await.is_some();
        });
        run(program);
    }
    assert!(ended, "the runtime ran the program to its end");
}

/// An island that is given up asks its root to come to an end: the operation is dropped here,
/// where it still finds its runtime. `None` then.
fn poll<F: Future>(mut op: Pin<&mut Option<F>>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
    if cancelling() {
        op.set(None);
    }
    match op.as_mut().as_pin_mut() {
        None => Poll::Ready(None),
        Some(running) => running.poll(cx).map(|output| {
            // What it still has in flight goes to the driver while there is one.
            op.set(None);
            Some(output)
        }),
    }
}
