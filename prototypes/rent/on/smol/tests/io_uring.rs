//! Sockets and files of an island inside smol over io_uring;
//! the behaviour is in `workloads/conformance/io.rs`.

extern crate design_rent_smol as design;

#[path = "../../../../../workloads/conformance/io.rs"]
mod io;
#[path = "../../../../../workloads/conformance/ring.rs"]
mod ring;

use ring::select_ring as enter;
