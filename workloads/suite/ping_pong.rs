//! Two tasks that wake each other.
//!
//! A number goes to and fro over two channels of one item; each side raises it. Every hop is
//! one send that finds room, one receive that has to wait, and one wake: the shortest way
//! through a design's channel, its ready list and whatever polls it.
//!
//! Case `tasks` has two children of a scope, `join` the two halves of a two-way join, which
//! are polled together. The control is the same number of sends and receives by one task,
//! which never waits.

use contract::{Case, Drivers, Params, Role, World};
use design as d;
use oracles::done;
use oracles::ping_pong::judge;

type Ball = d::Chan<u32, 1>;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "tasks", role: Role::Hazard, run: tasks, judge },
    Case { id: "join", role: Role::Hazard, run: join, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn tasks(world: &'static World, params: &Params) {
    world.uses(Drivers::NONE);
    d::block_on(world, as_children(world, params.n));
}

fn join(world: &'static World, params: &Params) {
    world.uses(Drivers::NONE);
    d::block_on(world, as_halves(world, params.n));
}

fn control(world: &'static World, params: &Params) {
    world.uses(Drivers::NONE);
    d::block_on(world, alone(world, params.n));
}

#[d::task_fn]
async fn as_children(world: &'static World, n: u32) {
    d::chan!(there: u32, 1);
    d::chan!(back: u32, 1);
    d::begin(world);
    let last = d::scope!(cap = 2, bytes = 1024, |scope| {
        let _child = scope.spawn(pong(d::share(there), d::share(back), n));
        let last = scope.spawn(ping(d::share(there), d::share(back), n)).await;
        last.unwrap_or(0)
    })
    .await;
    finish(world, n, last);
}

#[d::task_fn]
async fn as_halves(world: &'static World, n: u32) {
    d::chan!(there: u32, 1);
    d::chan!(back: u32, 1);
    d::begin(world);
    let ping = ping(d::share(there), d::share(back), n);
    let (last, ()) = d::join(ping, pong(d::share(there), d::share(back), n)).await;
    finish(world, n, last);
}

#[d::task_fn]
async fn alone(world: &'static World, n: u32) {
    d::chan!(there: u32, 1);
    d::begin(world);
    let mut ball = 0;
    for _ in 0..2 * n {
        let _sent = there.send(ball + 1).await;
        ball = there.recv().await.ok().flatten().unwrap_or(0);
    }
    finish(world, n, ball);
}

/// Serves `n` times; its output is the number that came back last.
#[d::task_fn]
async fn ping(there: d::Shared<'_, Ball>, back: d::Shared<'_, Ball>, n: u32) -> u32 {
    let mut ball = 0;
    for _ in 0..n {
        let _sent = there.send(ball + 1).await;
        ball = back.recv().await.ok().flatten().unwrap_or(0);
    }
    ball
}

#[d::task_fn]
async fn pong(there: d::Shared<'_, Ball>, back: d::Shared<'_, Ball>, n: u32) {
    for _ in 0..n {
        let ball = there.recv().await.ok().flatten().unwrap_or(0);
        let _sent = back.send(ball + 1).await;
    }
}

fn finish(world: &'static World, n: u32, last: u32) {
    d::end(world, n);
    done(world, last / 2, last % 2);
}
