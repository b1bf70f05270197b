//! Runs a future on the workbench's executor, so that only the combinator is the peer's.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;

use contract::World;
use kernel::run::executor::{OnWatchdog, run_on_world};

/// Reached by every measured call of this peer and by no other.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn awb_marker_futures() {
    black_box("futures");
}

/// Runs `future` to its end, or until the watchdog of virtual time drops it.
pub fn block_on(world: &'static World, future: impl Future<Output = ()>) {
    awb_marker_futures();
    let mut future = pin!(future);
    let _ended = run_on_world(world, OnWatchdog::Drop, |cx| future.as_mut().poll(cx));
}
