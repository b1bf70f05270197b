//! How an operation is run. What it is, is [`design_poll`]'s: a `core::Future`.

use core::pin::pin;
use core::task::Context;

use contract::World;
use design_poll::Op;
use kernel::run::executor::{OnWatchdog, run_on_world};

use crate::mode::Mode;

/// Runs an operation to its end on the driver of this build; tasks are of mode `M`. All tasks
/// that are left are dropped before it returns, in the order of spawning. If nothing can happen
/// any more, the watchdog of the driver fires, and tasks and operation are dropped.
///
/// # Panics
/// When called from inside a task, or when the waker table is full. In the modes that do not
/// catch panics, with the panic of a task.
pub fn block_on_in<M: Mode>(world: &'static World, op: impl Op<Output = ()>) {
    crate::awb_marker_owned();
    let mut op = pin!(op);
    let root = |cx: &mut Context<'_>| M::root(|| op.as_mut().poll(cx));
    let _ended = run_on_world(world, OnWatchdog::Drop, root);
}
