//! What every design promises; the traces are in `workloads/conformance`.

extern crate design_poll_cancel as design;

#[path = "../../../workloads/conformance/family.rs"]
mod family;

#[macro_use]
#[path = "../../../workloads/conformance/suite.rs"]
mod suite;

#[path = "../../../workloads/conformance/borrow.rs"]
mod borrow;

const FAMILY: family::Family = family::Family::Poll;
