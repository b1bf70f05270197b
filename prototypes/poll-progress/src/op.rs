//! How an operation is run. What it is, is [`design_poll`]'s: a `core::Future`.

use core::pin::pin;

use contract::World;
use design_poll::Op;
use kernel::run::executor::{OnWatchdog, run_on_world};

/// Runs an operation to its end on the driver of this build. If nothing can happen any more, the
/// watchdog of the driver fires and the operation is dropped.
///
/// # Panics
/// When called from inside a task, or when the waker table is full.
pub fn block_on(world: &'static World, op: impl Op<Output = ()>) {
    crate::awb_marker_poll_progress();
    let mut op = pin!(op);
    let _ended = run_on_world(world, OnWatchdog::Drop, |cx| op.as_mut().poll(cx));
}
