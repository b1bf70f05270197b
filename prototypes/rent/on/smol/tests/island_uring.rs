//! Islands inside smol over io_uring; the behaviour is in `workloads/conformance/island.rs`.

extern crate design_rent_smol as design;

use std::convert::identity as plain;

use runtime_smol as host;

#[path = "../../../../../workloads/conformance/island.rs"]
mod island;
#[path = "../../../../../workloads/conformance/island_drop.rs"]
mod island_drop;
#[path = "../../../../../workloads/conformance/ring.rs"]
mod ring;

use ring::select_ring as enter;
