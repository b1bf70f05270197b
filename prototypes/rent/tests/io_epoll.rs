//! Sockets and files over epoll; the behaviour is in `workloads/conformance/io.rs`.
#![cfg(feature = "io")]

extern crate design_rent as design;

use kernel::driver::select::{Backend, select};

#[path = "../../../workloads/conformance/io.rs"]
mod io;

fn enter() {
    select(Backend::Epoll);
}
