//! Children under async-std; the behaviour is in `workloads/conformance/foreign.rs`.

extern crate design_poll_async_std as design;

use runtime_async_std::spawn_local;

#[path = "../../../../../workloads/conformance/foreign.rs"]
mod foreign;
