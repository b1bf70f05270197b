//! The marker of this baseline.

use std::hint::black_box;

use contract::World;

/// Reached by every measured call of this baseline and by no other.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn awb_marker_state_machine() {
    black_box("state-machine");
}

/// Begins the measured part.
pub fn begin(world: &World) {
    world.begin();
    awb_marker_state_machine();
}
