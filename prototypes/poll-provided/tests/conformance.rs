//! What every design promises; the traces are in `workloads/conformance`.

extern crate design_poll_provided as design;

#[macro_use]
#[path = "../../../workloads/conformance/suite.rs"]
mod suite;

#[path = "../../../workloads/conformance/borrow.rs"]
mod borrow;

/// Everything that the traces show is the status quo's.
const FAMILY: suite::Family = suite::Family::Poll;
