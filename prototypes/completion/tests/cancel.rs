//! Cancelling at every suspension point; the points are in `workloads/conformance`.
#![cfg(feature = "io")]

extern crate design_completion as design;

#[path = "../../../workloads/conformance/cancel/mod.rs"]
mod cancel;
#[path = "../../../workloads/conformance/drain_root.rs"]
mod drain_root;
#[path = "../../../workloads/conformance/ring.rs"]
mod ring;

use drain_root::{DETACHES, EXTRA, LOSES, extra, prepare, root};
use ring::select_ring;
