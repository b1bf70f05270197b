//! Islands inside tokio over io_uring; the behaviour is in `workloads/conformance/island.rs`.

extern crate design_completion_tokio as design;

use design::plain;
use runtime_tokio as host;

#[path = "../../../../../workloads/conformance/island.rs"]
mod island;
#[path = "../../../../../workloads/conformance/island_end.rs"]
mod island_end;
#[path = "../../../../../workloads/conformance/ring.rs"]
mod ring;

use ring::select_ring as enter;
