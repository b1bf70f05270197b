//! The marker, and the runtime as the crate's documentation builds it.

use std::future::Future;
use std::hint::black_box;

use contract::World;
use smol::LocalExecutor;

/// Reached by every measured call of this peer and by no other.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn awb_marker_smol() {
    black_box("smol");
}

/// Begins the measured part.
pub fn begin(world: &World) {
    world.begin();
    awb_marker_smol();
}

/// Runs a program on an executor for one thread. `smol::block_on` drives the reactor while
/// the executor has nothing to do; the thread `async-io`, which the crate starts for itself,
/// only takes over when nothing else does.
pub fn block_on<'a, T>(executor: &LocalExecutor<'a>, program: impl Future<Output = T>) -> T {
    smol::block_on(executor.run(program))
}
