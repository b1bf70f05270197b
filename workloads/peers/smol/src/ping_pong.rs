//! Two tasks of a `LocalExecutor` over two `smol::channel`s of one item.

use contract::{Case, Params, Role, World};
use oracles::done;
use oracles::ping_pong::judge;
use smol::LocalExecutor;
use smol::channel::{Receiver, Sender, bounded};
use smol::future::{block_on, zip};

use crate::begin;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "tasks", role: Role::Hazard, run: tasks, judge },
    Case { id: "join", role: Role::Hazard, run: join, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn tasks(world: &'static World, params: &Params) {
    let n = params.n;
    let executor = LocalExecutor::new();
    block_on(executor.run(async {
        let (there, back) = (bounded(1), bounded(1));
        begin(world);
        let pong = executor.spawn(pong(there.1, back.0, n));
        let last = executor.spawn(ping(there.0, back.1, n)).await;
        pong.await;
        finish(world, n, last);
    }));
}

fn join(world: &'static World, params: &Params) {
    let n = params.n;
    block_on(async {
        let (there, back) = (bounded(1), bounded(1));
        begin(world);
        let (last, ()) = zip(ping(there.0, back.1, n), pong(there.1, back.0, n)).await;
        finish(world, n, last);
    });
}

fn control(world: &'static World, params: &Params) {
    let n = params.n;
    block_on(async {
        let (there, back) = bounded(1);
        begin(world);
        let mut ball = 0;
        for _ in 0..2 * n {
            let _sent = there.send(ball + 1).await;
            ball = back.recv().await.unwrap_or(0);
        }
        finish(world, n, ball);
    });
}

/// Serves `n` times; its output is the number that came back last.
async fn ping(there: Sender<u32>, back: Receiver<u32>, n: u32) -> u32 {
    let mut ball = 0;
    for _ in 0..n {
        let _sent = there.send(ball + 1).await;
        ball = back.recv().await.unwrap_or(0);
    }
    ball
}

async fn pong(there: Receiver<u32>, back: Sender<u32>, n: u32) {
    for _ in 0..n {
        let ball = there.recv().await.unwrap_or(0);
        let _sent = back.send(ball + 1).await;
    }
}

fn finish(world: &World, n: u32, last: u32) {
    world.end(u64::from(n));
    done(world, last / 2, last % 2);
}
