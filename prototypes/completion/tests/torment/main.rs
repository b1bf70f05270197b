//! Every foreign call of this design misbehaves in turn, in the parts that torment each of its
//! structures and in the programs of the suite and the workloads; see
//! `workloads/conformance/torment`.
#![recursion_limit = "1024"]

extern crate design_completion as real;
// For programs that are tormented from outside: the names of `sealed` over those of the design.
extern crate self as design;

#[macro_use]
#[path = "../../../../workloads/conformance/torment/sealed.rs"]
mod sealed;

#[path = "../../../../workloads/conformance/torment/all_sealed.rs"]
mod all;
#[path = "../../../../workloads/conformance/torment/sealed_parts.rs"]
mod sealed_parts;
#[macro_use]
#[path = "../../../../workloads/conformance/torment/mod.rs"]
mod torment;

use all::workloads::select_recreate_loss;
use real::*;
use sealed::{
    barrier, block_on, boxed, buffered, device_read, edge, hold, join, race, scope, shield, sleep,
    task, timeout, yield_now,
};

const FAMILY: all::family::Family = all::family::Family::Completion;

torment_tests!("completion", &sealed_parts::PARTS, holds_panics: false);
