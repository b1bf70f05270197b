//! Tasks on the current-thread scheduler, joined by their handles (`burst`, `window`), and
//! in a `JoinSet` (`-set`), as in the documentation of each.
//!
//! `-local` is `spawn_local` in a `LocalRuntime`, `-localset` in a `LocalSet` on a runtime of
//! its own; their tasks need no `Send`, and they are the counterpart of designs whose children
//! need none. `-multi` is the multi-threaded scheduler with two workers: the root is in
//! `block_on`, as in `#[tokio::main]`, and its tasks run on the workers; the world is touched by
//! the root alone. No driver is enabled, because nothing waits for one.

use std::collections::VecDeque;
use std::future::Future;

use contract::{Case, Params, Role, World};
use oracles::done;
use oracles::spawn_join::{WINDOW, judge};
use tokio::task::{JoinHandle, JoinSet, LocalSet, spawn_local, yield_now};

use crate::{begin, runtime};

/// Threads that run tasks, beside that of the root.
const WORKERS: usize = 2;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "burst", role: Role::Hazard, run: burst, judge },
    Case { id: "window", role: Role::Hazard, run: window, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
    Case { id: "burst-local", role: Role::Hazard, run: burst_local, judge },
    Case { id: "window-local", role: Role::Hazard, run: window_local, judge },
    Case { id: "burst-localset", role: Role::Hazard, run: burst_localset, judge },
    Case { id: "burst-set", role: Role::Hazard, run: burst_set, judge },
    Case { id: "window-set", role: Role::Hazard, run: window_set, judge },
    Case { id: "burst-multi", role: Role::Hazard, run: burst_multi, judge },
    Case { id: "window-multi", role: Role::Hazard, run: window_multi, judge },
];

fn burst(world: &'static World, params: &Params) {
    block_on(world, params.n, all_at_once(params.n, || tokio::spawn(task())));
}

fn window(world: &'static World, params: &Params) {
    block_on(world, params.n, at_most_64(params.n, || tokio::spawn(task())));
}

fn burst_local(world: &'static World, params: &Params) {
    block_on(world, params.n, all_at_once(params.n, || spawn_local(task())));
}

fn window_local(world: &'static World, params: &Params) {
    block_on(world, params.n, at_most_64(params.n, || spawn_local(task())));
}

/// A `LocalSet` belongs into a runtime of its own.
fn burst_localset(world: &'static World, params: &Params) {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().expect("a runtime without drivers needs no system call");
    let measured = measured(world, params.n, all_at_once(params.n, || spawn_local(task())));
    LocalSet::new().block_on(&runtime, measured);
}

fn control(world: &'static World, params: &Params) {
    let n = params.n;
    block_on(world, n, async move {
        let mut joined = 0;
        for _ in 0..n {
            joined += task().await;
        }
        joined
    });
}

fn burst_set(world: &'static World, params: &Params) {
    let n = params.n;
    block_on(world, n, async move {
        let mut tasks: JoinSet<u32> = (0..n).map(|_| task()).collect();
        let mut joined = 0;
        while let Some(one) = tasks.join_next().await {
            joined += one.unwrap_or(0);
        }
        joined
    });
}

fn window_set(world: &'static World, params: &Params) {
    let n = params.n;
    block_on(world, n, async move {
        let mut rest = (0..n).map(|_| task());
        let mut tasks: JoinSet<u32> = rest.by_ref().take(WINDOW).collect();
        let mut joined = 0;
        while let Some(one) = tasks.join_next().await {
            joined += one.unwrap_or(0);
            if let Some(next) = rest.next() {
                tasks.spawn(next);
            }
        }
        joined
    });
}

fn burst_multi(world: &'static World, params: &Params) {
    on_workers(world, params.n, all_at_once(params.n, || tokio::spawn(task())));
}

fn window_multi(world: &'static World, params: &Params) {
    on_workers(world, params.n, at_most_64(params.n, || tokio::spawn(task())));
}

/// The body of a task; its output is 1, so that a join can be counted.
async fn task() -> u32 {
    yield_now().await;
    1
}

async fn all_at_once(n: u32, spawn: impl Fn() -> JoinHandle<u32>) -> u32 {
    let tasks: Vec<_> = (0..n).map(|_| spawn()).collect();
    let mut joined = 0;
    for task in tasks {
        joined += task.await.unwrap_or(0);
    }
    joined
}

async fn at_most_64(n: u32, spawn: impl Fn() -> JoinHandle<u32>) -> u32 {
    let mut rest = (0..n).map(|_| spawn());
    let mut tasks: VecDeque<_> = rest.by_ref().take(WINDOW).collect();
    let mut joined = 0;
    while let Some(oldest) = tasks.pop_front() {
        joined += oldest.await.unwrap_or(0);
        tasks.extend(rest.next());
    }
    joined
}

fn block_on(world: &'static World, n: u32, program: impl Future<Output = u32>) {
    runtime(|builder| builder).block_on(measured(world, n, program));
}

/// The runtime that `#[tokio::main]` builds, with as many workers on every machine.
fn on_workers(world: &'static World, n: u32, program: impl Future<Output = u32>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).build();
    let runtime = runtime.expect("two threads can be had");
    runtime.block_on(measured(world, n, program));
}

async fn measured(world: &'static World, n: u32, program: impl Future<Output = u32>) {
    begin(world);
    let joined = program.await;
    world.end(u64::from(n));
    done(world, joined, 0);
}
