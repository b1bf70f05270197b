//! tokio's multi-threaded scheduler: what `#[tokio::main]` builds, and what most programs run on.

use std::future::Future;

use contract::Drivers;
use tokio::runtime::Builder;

pub use tokio::task::{AbortHandle, spawn, yield_now};

/// Runs a future on this thread, and what it [`spawn`]s on so many other threads, with the
/// drivers that it uses: made for this call, as by [`block_on`](crate::block_on).
///
/// # Panics
/// When the runtime cannot be built, inside of another one, and, by tokio, where the future
/// uses a driver that was not named.
pub fn block_on_workers<F: Future>(drivers: Drivers, workers: usize, root: F) -> F::Output {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(workers);
    if drivers.sockets {
        builder.enable_io();
    }
    if drivers.clock {
        builder.enable_time();
    }
    builder.build().expect("epoll, an eventfd and threads can be had").block_on(root)
}
