//! The call that callgrind collects.
//!
//! `valgrind --tool=callgrind --collect-atstart=no --toggle-collect=awb_entry` counts what
//! happens between entry and return of [`awb_entry`] and nothing else. It contains one
//! call through a function pointer and the barrier after it: the same few instructions for
//! every cell.

use std::hint::black_box;

use contract::{Params, World};

use crate::registry::Run;

/// The arguments of one call.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// The case's `run`.
    pub run: Run,
    /// A world that was just reset.
    pub world: &'static World,
    /// The size.
    pub params: Params,
}

/// The measured call.
// SAFETY: no other symbol of the process has this name; the prefix is the workbench's own.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn awb_entry(call: &Call) {
    (call.run)(call.world, &call.params);
    // Keeps the call above from becoming a jump, after which a profiler could not tell
    // when this function returns.
    black_box(());
}

/// Two calls before the measured one. Deliberately another body than [`awb_entry`]:
/// identical functions may be merged into one, and then the warm-up would be counted.
#[inline(never)]
pub fn awb_warm(call: &Call) {
    for _ in 0..2 {
        call.world.reset();
        (black_box(call.run))(call.world, &call.params);
    }
}
