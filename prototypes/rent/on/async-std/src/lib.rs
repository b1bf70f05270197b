//! The design `rent` inside async-std.
//!
//! Its futures may be dropped like any of async-std's, but what they give a buffer to is a driver
//! that completes operations, and async-std has none. So an operation brings its executor and its
//! driver, io_uring where it can be had, and all of that is one future of async-std, which lends it
//! two things: the news that the driver's descriptor is readable, and timers. Every name but
//! those declared here is the design's own.

#![forbid(unsafe_code)]

use contract::{Drivers, World};
use runtime_async_std::Host;

pub use design_rent::*;

/// Runs an operation to its end as the root of async-std.
///
/// # Panics
/// With the operation's own panic. Inside of another call, and when runtime or driver cannot be
/// had.
pub fn block_on(world: &'static World, op: impl Op<Output = ()>) {
    // The island is told of its driver through a descriptor.
    let drivers = Drivers { sockets: true, ..world.drivers() };
    let run = |program: std::pin::Pin<&mut (dyn Future<Output = ()> + '_)>| {
        runtime_async_std::block_on(drivers, program);
    };
    block_on_host(world, Host::new, run, op);
}

/// Runs an operation inside a program of async-std.
///
/// # Errors
/// Those of the system, when there is no driver. The operation was not begun then.
///
/// # Cancellation
/// Dropping it drops the operation, and blocks the thread until what it had in flight has ended.
///
/// # Panics
/// With the operation's own panic.
pub fn island<F>(op: F) -> impl Future<Output = Result<F::Output, IoErr>>
where
    F: Future + 'static,
{
    design_rent::island(Host::new, op)
}
