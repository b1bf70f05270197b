//! What the design does, as traces of events on the simulated driver. What must-complete
//! operations do in every mode of driving is tested by the traces of `completion`.

extern crate design_structured as design;

#[path = "../../../completion/tests/traces/cancel.rs"]
mod cancel;
#[path = "../../../completion/tests/traces/common.rs"]
mod common;
#[path = "../../../completion/tests/traces/scope.rs"]
mod scope;
#[path = "../../../completion/tests/traces/t05_panics.rs"]
mod t05_panics;
// Exhaustive: the interpreter runs it where it comes from.
#[cfg(not(miri))]
#[path = "../../../completion/tests/traces/t16_same_tick.rs"]
mod t16_same_tick;

mod deadlines;
mod driven;
mod memory;
mod policies;
mod traps;
mod tree;
