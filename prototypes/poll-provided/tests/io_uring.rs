//! Sockets and files over io_uring; the behaviour is in `workloads/conformance/io.rs`.
#![cfg(feature = "io")]

extern crate design_poll_provided as design;

#[path = "../../../workloads/conformance/io.rs"]
mod io;
#[path = "../../../workloads/conformance/ring.rs"]
mod ring;

use ring::select_ring as enter;
