//! Tasks of tokio; the behaviour is in `workloads/conformance/tasks.rs`.

extern crate design_owned_tokio as design;

#[path = "../../../../../workloads/conformance/tasks.rs"]
mod tasks;
