//! Sockets and files on tokio without a budget; the behaviour is in `workloads/conformance/io.rs`.

extern crate design_poll_tokio_unconstrained as design;

#[path = "../../../../../workloads/conformance/io.rs"]
mod io;

/// There is one runtime.
fn enter() {}
