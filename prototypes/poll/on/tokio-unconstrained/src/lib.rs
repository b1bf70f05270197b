//! The design `poll` on tokio, inside of [`tokio::task::unconstrained`].
//!
//! tokio gives a task 128 operations a turn, and then every one of them is put off until the
//! next ([cooperative scheduling](tokio::task::coop)). A scope of many children is one task, so
//! its children share that budget: those that come after it are polled in vain. `unconstrained`
//! takes the budget away, with what it is there for. Everything else is
//! [`design_poll_tokio`].

#![forbid(unsafe_code)]

use contract::World;

pub use design_poll_tokio::*;

/// Runs an operation to its end on tokio, without the budget of a task.
///
/// # Panics
/// Inside of another call, and when the runtime cannot be had.
pub fn block_on(world: &'static World, op: impl Op<Output = ()>) {
    awb_marker_poll();
    runtime_tokio::block_on(world.drivers(), tokio::task::unconstrained(op));
}
