//! What every design promises; the traces are in `workloads/conformance`.

extern crate design_owned_production as design;

#[path = "../../../../../workloads/conformance/family.rs"]
mod family;

#[path = "../../../../../workloads/conformance/suite.rs"]
mod suite;

const FAMILY: family::Family = family::Family::Owned;
