//! Tasks of `tokio_uring::spawn`, which are tasks of a `LocalSet` on tokio.
//!
//! The crate has no channels and no timers of its own; those of tokio work in it.

use std::collections::VecDeque;
use std::future::Future;

use contract::{Case, Params, Role, World};
use oracles::spawn_join::{WINDOW, judge};
use oracles::{done, failed};
use tokio::task::yield_now;

use crate::{begin, block_on};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "burst", role: Role::Hazard, run: burst, judge },
    Case { id: "window", role: Role::Hazard, run: window, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn burst(world: &'static World, params: &Params) {
    let n = params.n;
    run(world, n, async move {
        let tasks: Vec<_> = (0..n).map(|_| tokio_uring::spawn(task())).collect();
        let mut joined = 0;
        for task in tasks {
            joined += task.await.unwrap_or(0);
        }
        joined
    });
}

fn window(world: &'static World, params: &Params) {
    let n = params.n;
    run(world, n, async move {
        let mut rest = (0..n).map(|_| tokio_uring::spawn(task()));
        let mut tasks: VecDeque<_> = rest.by_ref().take(WINDOW).collect();
        let mut joined = 0;
        while let Some(oldest) = tasks.pop_front() {
            joined += oldest.await.unwrap_or(0);
            tasks.extend(rest.next());
        }
        joined
    });
}

fn control(world: &'static World, params: &Params) {
    let n = params.n;
    run(world, n, async move {
        let mut joined = 0;
        for _ in 0..n {
            joined += task().await;
        }
        joined
    });
}

/// The body of a task; its output is 1, so that a join can be counted.
async fn task() -> u32 {
    yield_now().await;
    1
}

fn run(world: &'static World, n: u32, program: impl Future<Output = u32>) {
    let ran = block_on(async {
        begin(world);
        let joined = program.await;
        world.end(u64::from(n));
        done(world, joined, 0);
    });
    if let Err(error) = ran {
        failed(world, error.raw_os_error().unwrap_or(-1));
    }
}
