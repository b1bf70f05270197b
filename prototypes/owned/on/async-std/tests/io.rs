//! Sockets and files on async-std; the behaviour is in `workloads/conformance/io.rs`.

extern crate design_owned_async_std as design;

#[path = "../../../../../workloads/conformance/io.rs"]
mod io;

/// There is one runtime.
fn enter() {}
