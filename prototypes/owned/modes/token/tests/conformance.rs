//! What every design promises; the traces are in `workloads/conformance`.

extern crate design_owned_token as design;

#[path = "../../../../../workloads/conformance/suite.rs"]
mod suite;

const FAMILY: suite::Family = suite::Family::Told;
