//! What every design promises; the traces are in `workloads/conformance`.

extern crate design_structured as design;

#[macro_use]
#[path = "../../../workloads/conformance/suite.rs"]
mod suite;

#[path = "../../../workloads/conformance/borrow.rs"]
mod borrow;

const FAMILY: suite::Family = suite::Family::Structured;
