//! Two tasks over two `mpsc` channels of one item, on the current-thread scheduler.

use std::future::Future;

use contract::{Case, Params, Role, World};
use oracles::done;
use oracles::ping_pong::judge;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::{begin, runtime};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "tasks", role: Role::Hazard, run: tasks, judge },
    Case { id: "join", role: Role::Hazard, run: join, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn tasks(world: &'static World, params: &Params) {
    let n = params.n;
    run(async move {
        let (there, back) = (channel(1), channel(1));
        begin(world);
        tokio::spawn(pong(there.1, back.0, n));
        let last = tokio::spawn(ping(there.0, back.1, n)).await.unwrap_or(0);
        finish(world, n, last);
    });
}

fn join(world: &'static World, params: &Params) {
    let n = params.n;
    run(async move {
        let (there, back) = (channel(1), channel(1));
        begin(world);
        let (last, ()) = tokio::join!(biased; ping(there.0, back.1, n), pong(there.1, back.0, n));
        finish(world, n, last);
    });
}

fn control(world: &'static World, params: &Params) {
    let n = params.n;
    run(async move {
        let (there, mut back) = channel(1);
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
async fn ping(there: Sender<u32>, mut back: Receiver<u32>, n: u32) -> u32 {
    let mut ball = 0;
    for _ in 0..n {
        let _sent = there.send(ball + 1).await;
        ball = back.recv().await.unwrap_or(0);
    }
    ball
}

async fn pong(mut there: Receiver<u32>, back: Sender<u32>, n: u32) {
    for _ in 0..n {
        let ball = there.recv().await.unwrap_or(0);
        let _sent = back.send(ball + 1).await;
    }
}

/// The program is a task: the scheduler runs those in turn, and polls what is given to
/// `block_on` beside them at a higher price.
fn run(program: impl Future<Output = ()> + 'static) {
    let runtime = runtime(|builder| builder);
    runtime.block_on(runtime.spawn_local(program)).expect("the program does not panic");
}

fn finish(world: &World, n: u32, last: u32) {
    world.end(u64::from(n));
    done(world, last / 2, last % 2);
}
