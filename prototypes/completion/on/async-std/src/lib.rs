//! The design `completion` inside async-std.
//!
//! A runtime that may drop its tasks cannot hold an operation that must complete. So the
//! operation brings its executor and its driver, io_uring where it can be had, and all of that
//! is one future of async-std, which lends it two things: the news that the driver's descriptor is
//! readable, and timers. Every name but those declared here is the design's own.

#![forbid(unsafe_code)]

use std::future::Future;

use contract::{Drivers, World};
use runtime_async_std::Host;

pub use design_completion::*;

/// Runs an operation to its end as the root of async-std.
///
/// # Panics
/// With the operation's own panic. Inside of another call, and when runtime or driver cannot be
/// had.
pub fn block_on<C: Completion>(world: &'static World, op: C) -> C::Output {
    // The island is told of its driver through a descriptor.
    let drivers = Drivers { sockets: true, ..world.drivers() };
    let run = |program: std::pin::Pin<&mut (dyn Future<Output = ()> + '_)>| {
        runtime_async_std::block_on(drivers, program);
    };
    block_on_host(world, Host::new, run, op)
}

/// Runs an operation inside a program of async-std.
///
/// # Errors
/// Those of the system, when there is no driver. The operation was not begun then.
///
/// # Cancellation
/// Dropping it cancels the operation and blocks the thread until it has ended.
///
/// # Panics
/// With the operation's own panic.
pub fn island<C>(op: C) -> impl Future<Output = Result<C::Output, IoErr>>
where
    C: Completion + 'static,
{
    design_completion::island(Host::new, op)
}
