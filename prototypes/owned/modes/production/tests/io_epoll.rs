//! Sockets and files over epoll; the behaviour is in `workloads/conformance/io.rs`.
#![cfg(feature = "io")]

extern crate design_owned_production as design;

use std::convert::identity as plain;

use kernel::driver::select::{Backend, select};

#[path = "../../../../../workloads/conformance/ends.rs"]
mod ends;
#[path = "../../../../../workloads/conformance/io.rs"]
mod io;

fn enter() {
    select(Backend::Epoll);
}
