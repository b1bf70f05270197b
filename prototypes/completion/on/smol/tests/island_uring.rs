//! Islands inside smol over io_uring; the behaviour is in `workloads/conformance/island.rs`.

extern crate design_completion_smol as design;

use design::plain;
use runtime_smol as host;

#[path = "../../../../../workloads/conformance/island.rs"]
mod island;
#[path = "../../../../../workloads/conformance/island_end.rs"]
mod island_end;
#[path = "../../../../../workloads/conformance/ring.rs"]
mod ring;

use ring::select_ring as enter;
