//! What every design promises; the traces are in `workloads/conformance`.

extern crate design_poll_progress as design;

#[path = "../../../workloads/conformance/family.rs"]
mod family;

#[macro_use]
#[path = "../../../workloads/conformance/suite.rs"]
mod suite;

#[path = "../../../workloads/conformance/borrow.rs"]
mod borrow;

/// Everything that the traces show is the status quo's, but for the window.
const FAMILY: family::Family = family::Family::Progress;
