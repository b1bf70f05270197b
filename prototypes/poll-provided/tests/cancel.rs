//! Cancelling at every suspension point; the points are in `workloads/conformance`.
#![cfg(feature = "io")]

extern crate design_poll_provided as design;

use kernel::driver::select::Backend;

#[path = "../../../workloads/conformance/cancel/mod.rs"]
mod cancel;
#[path = "../../../workloads/conformance/drop_root.rs"]
mod drop_root;
#[path = "../../../workloads/conformance/no_extra.rs"]
mod no_extra;
#[path = "../../../workloads/conformance/ring.rs"]
mod ring;

use drop_root::root;
use no_extra::{EXTRA, extra, prepare};
use ring::select_ring;

/// Who gives up drops, and over a ring that leaves an orphan.
const LOSES: &[Backend] = &[Backend::Uring];
/// Whether a kept operation goes on when its keeper goes.
const DETACHES: bool = false;
