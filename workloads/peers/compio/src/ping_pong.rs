//! Two tasks over two `futures_channel::mpsc` channels of one item: the crate has none of its
//! own, and its tests take this one.
//!
//! One that is asked for no room takes an item too, but its `send` then waits for the receiver.

use std::future::Future;

use compio::runtime::ResumeUnwind;
use contract::{Case, Params, Role, World};
use futures_channel::mpsc::{Receiver, Sender, channel};
use futures_util::future::join as both;
use futures_util::{SinkExt, StreamExt};
use oracles::ping_pong::judge;
use oracles::{done, failed};

use crate::{begin, block_on};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "tasks", role: Role::Hazard, run: tasks, judge },
    Case { id: "join", role: Role::Hazard, run: join, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn tasks(world: &'static World, params: &Params) {
    let n = params.n;
    run(world, async move {
        let (there, back) = (channel(1), channel(1));
        begin(world);
        compio::runtime::spawn(pong(there.1, back.0, n)).detach();
        let last =
            compio::runtime::spawn(ping(there.0, back.1, n)).await.resume_unwind().unwrap_or(0);
        finish(world, n, last);
    });
}

fn join(world: &'static World, params: &Params) {
    let n = params.n;
    run(world, async move {
        let (there, back) = (channel(1), channel(1));
        begin(world);
        let (last, ()) = both(ping(there.0, back.1, n), pong(there.1, back.0, n)).await;
        finish(world, n, last);
    });
}

fn control(world: &'static World, params: &Params) {
    let n = params.n;
    run(world, async move {
        let (mut there, mut back) = channel(1);
        begin(world);
        let mut ball = 0;
        for _ in 0..2 * n {
            let _sent = there.send(ball + 1).await;
            ball = back.next().await.unwrap_or(0);
        }
        finish(world, n, ball);
    });
}

/// Serves `n` times; its output is the number that came back last.
async fn ping(mut there: Sender<u32>, mut back: Receiver<u32>, n: u32) -> u32 {
    let mut ball = 0;
    for _ in 0..n {
        let _sent = there.send(ball + 1).await;
        ball = back.next().await.unwrap_or(0);
    }
    ball
}

async fn pong(mut there: Receiver<u32>, mut back: Sender<u32>, n: u32) {
    for _ in 0..n {
        let ball = there.next().await.unwrap_or(0);
        let _sent = back.send(ball + 1).await;
    }
}

/// The program is a task: the scheduler runs those in turn, and polls what is given to
/// `block_on` beside them.
fn run(world: &'static World, program: impl Future<Output = ()> + 'static) {
    let ran = block_on(async { compio::runtime::spawn(program).await.resume_unwind() });
    if let Err(error) = ran {
        failed(world, error.raw_os_error().unwrap_or(-1));
    }
}

fn finish(world: &World, n: u32, last: u32) {
    world.end(u64::from(n));
    done(world, last / 2, last % 2);
}
