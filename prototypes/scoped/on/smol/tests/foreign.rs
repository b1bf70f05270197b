//! Children under smol; the behaviour is in `workloads/conformance/foreign.rs`.

extern crate design_scoped_smol as design;

use runtime_smol::spawn_local;

#[path = "../../../../../workloads/conformance/foreign.rs"]
mod foreign;
