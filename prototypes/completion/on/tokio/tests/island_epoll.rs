//! Islands inside tokio over epoll; the behaviour is in `workloads/conformance/island.rs`.

extern crate design_completion_tokio as design;

use design::plain;
use kernel::driver::select::{Backend, select};
use runtime_tokio as host;

#[path = "../../../../../workloads/conformance/island.rs"]
mod island;
#[path = "../../../../../workloads/conformance/island_end.rs"]
mod island_end;

fn enter() {
    select(Backend::Epoll);
}
