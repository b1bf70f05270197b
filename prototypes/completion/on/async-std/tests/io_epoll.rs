//! Sockets and files of an island inside async-std over epoll;
//! the behaviour is in `workloads/conformance/io.rs`.

extern crate design_completion_async_std as design;

use kernel::driver::select::{Backend, select};

#[path = "../../../../../workloads/conformance/io.rs"]
mod io;

fn enter() {
    select(Backend::Epoll);
}
