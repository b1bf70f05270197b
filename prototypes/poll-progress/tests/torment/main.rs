//! Every foreign call of this design misbehaves in turn, in the parts that torment each of its
//! structures and in the programs of the suite and the workloads; see
//! `workloads/conformance/torment`.
#![recursion_limit = "1024"]

extern crate design_poll_progress as real;
// For programs that are tormented from outside: the names of `plain` over those of the design.
extern crate self as design;

#[macro_use]
#[path = "../../../../workloads/conformance/torment/plain.rs"]
mod plain;
#[macro_use]
#[path = "../../../../workloads/conformance/torment/borrowing.rs"]
mod children;

#[path = "../../../../workloads/conformance/torment/all_plain.rs"]
mod all;
mod own;
#[path = "../../../../workloads/conformance/torment/parts.rs"]
mod parts;
#[path = "../../../../workloads/conformance/torment/sockets.rs"]
mod sockets;
#[macro_use]
#[path = "../../../../workloads/conformance/torment/mod.rs"]
mod torment;

use all::workloads::select_recreate_loss;
use children::buffered;
use plain::{
    barrier, block_on, boxed, device_read, edge, hold, join, race, scope, sleep, task, timeout,
    yield_now,
};
use real::*;

const FAMILY: all::family::Family = all::family::Family::Progress;

torment_tests!("poll-progress", &[&parts::PARTS[..], &own::PARTS, sockets::PARTS].concat(), holds_panics: false);
