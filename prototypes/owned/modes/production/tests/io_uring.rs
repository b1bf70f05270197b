//! Sockets and files over io_uring; the behaviour is in `workloads/conformance/io.rs`.
#![cfg(feature = "io")]

extern crate design_owned_production as design;

use std::convert::identity as plain;

#[path = "../../../../../workloads/conformance/ends.rs"]
mod ends;
#[path = "../../../../../workloads/conformance/io.rs"]
mod io;
#[path = "../../../../../workloads/conformance/ring.rs"]
mod ring;

use ring::select_ring as enter;
