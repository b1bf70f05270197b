//! Sockets and files on smol; the behaviour is in `workloads/conformance/io.rs`.

extern crate design_owned_smol as design;

#[path = "../../../../../workloads/conformance/io.rs"]
mod io;

/// There is one runtime.
fn enter() {}
