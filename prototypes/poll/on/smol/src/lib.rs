//! The design `poll` on smol: races, joins, scopes, channels and locks are the design's; the
//! executor, the clock, sockets and files are smol's.
//!
//! Names that depend on the runtime are declared here and shadow those of the design.

#![forbid(unsafe_code)]

use contract::World;
use futures_util::TryFutureExt;

pub use design_poll::*;
pub use kernel::IoErr;
pub use runtime_smol::{
    Buf, Conn, File, Listener, accept, accept_or, buf, connect, listen, open, read, read_at,
    read_exact, write, write_all,
};

/// Runs an operation to its end on smol. There is no watchdog: a clock that is not ours cannot
/// tell that nothing will happen any more.
///
/// # Panics
/// Inside of another call, and when the runtime cannot be had.
pub fn block_on(world: &'static World, op: impl Op<Output = ()>) {
    awb_marker_poll();
    runtime_smol::block_on(world.drivers(), op);
}

/// Waits `ms` milliseconds, counted from the first poll.
///
/// # Errors
/// None; the type is what makes one source serve designs whose waits can be cancelled.
///
/// # Cancellation
/// Dropping it disarms the timer; nothing is lost.
pub async fn sleep(ms: u32) -> Result<(), Err> {
    runtime_smol::sleep(ms).await;
    Ok(())
}

/// Drives `op` for at most `ms` milliseconds; then it is dropped, and this is ready with
/// [`Err::Elapsed`]. If both happen at once, the output of `op` counts.
pub fn timeout<O: Op>(ms: u32, op: O) -> impl Future<Output = Result<O::Output, Err>> {
    runtime_smol::timeout(ms, op).map_err(|_| Err::Elapsed)
}
