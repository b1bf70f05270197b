//! Traps of the scope; the tests are in `workloads/conformance`.

extern crate design_poll_progress as design;

#[path = "../../../workloads/conformance/scope_traps.rs"]
mod scope_traps;

#[path = "../../../workloads/conformance/doubles.rs"]
mod doubles;
#[path = "../../../workloads/conformance/scope_foreign.rs"]
mod scope_foreign;
