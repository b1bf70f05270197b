//! Islands inside tokio over epoll; the behaviour is in `workloads/conformance/island.rs`.

extern crate design_rent_tokio as design;

use std::convert::identity as plain;

use kernel::driver::select::{Backend, select};
use runtime_tokio as host;

#[path = "../../../../../workloads/conformance/island.rs"]
mod island;
#[path = "../../../../../workloads/conformance/island_drop.rs"]
mod island_drop;

fn enter() {
    select(Backend::Epoll);
}
