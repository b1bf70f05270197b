//! What every design promises; the traces are in `workloads/conformance`.

extern crate design_rent as design;

#[path = "../../../workloads/conformance/family.rs"]
mod family;

#[macro_use]
#[path = "../../../workloads/conformance/suite.rs"]
mod suite;

#[path = "../../../workloads/conformance/borrow.rs"]
mod borrow;

/// Everything that the traces show is the status quo's.
const FAMILY: family::Family = family::Family::Poll;
