//! Sockets and files of an island inside smol over epoll;
//! the behaviour is in `workloads/conformance/io.rs`.

extern crate design_rent_smol as design;

use kernel::driver::select::{Backend, select};

#[path = "../../../../../workloads/conformance/io.rs"]
mod io;

fn enter() {
    select(Backend::Epoll);
}
