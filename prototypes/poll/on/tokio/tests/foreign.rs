//! Children under tokio; the behaviour is in `workloads/conformance/foreign.rs`.

extern crate design_poll_tokio as design;

use runtime_tokio::spawn_local;

#[path = "../../../../../workloads/conformance/foreign.rs"]
mod foreign;
