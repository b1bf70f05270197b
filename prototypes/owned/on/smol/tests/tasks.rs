//! Tasks of smol; the behaviour is in `workloads/conformance/tasks.rs`.

extern crate design_owned_smol as design;

#[path = "../../../../../workloads/conformance/tasks.rs"]
mod tasks;
