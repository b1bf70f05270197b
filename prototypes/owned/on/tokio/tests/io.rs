//! Sockets and files on tokio; the behaviour is in `workloads/conformance/io.rs`.

extern crate design_owned_tokio as design;

#[path = "../../../../../workloads/conformance/io.rs"]
mod io;

/// There is one runtime.
fn enter() {}
