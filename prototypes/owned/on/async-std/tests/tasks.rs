//! Tasks of async-std; the behaviour is in `workloads/conformance/tasks.rs`.

extern crate design_owned_async_std as design;

#[path = "../../../../../workloads/conformance/tasks.rs"]
mod tasks;
