//! The symbols that callgrind looks for.
//!
//! `valgrind --tool=callgrind --collect-atstart=no --toggle-collect=awb_entry` counts what
//! happens between entry and return of [`awb_entry`] and nothing else. It contains one
//! call through a function pointer and the barrier after it: the same few instructions for
//! every cell.
//!
//! Of a run with a measured part, `--zero-before=awb_region_begin
//! --dump-before=awb_region_end` leaves one profile per call, of what happened between the
//! two, and the third counts. A few instructions of this module and of the World stand
//! between these symbols and the workload; they are the same for every cell.

use std::hint::black_box;

use contract::{Params, Region, World};

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

/// Called once [`awb_entry`] has returned.
// SAFETY: no other symbol of the process has this name; the prefix is the workbench's own.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn awb_left() {
    // Another constant than in its like: identical functions may be merged into one.
    black_box(0_u8);
}

/// Where a profile of the measured part begins.
// SAFETY: no other symbol of the process has this name; the prefix is the workbench's own.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn awb_region_begin() {
    black_box(1_u8);
}

/// Where a profile of the measured part ends.
// SAFETY: no other symbol of the process has this name; the prefix is the workbench's own.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn awb_region_end() {
    black_box(2_u8);
}

/// The edges that a profiler sees.
#[must_use]
pub fn edges() -> Region {
    Region { begin: |_| awb_region_begin(), end: |_| awb_region_end() }
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
