//! `mpsc::Sender::send` under a limit, and `reserve` under a limit followed by `Permit::send`.

use contract::{Case, Params, Role, World};
use suite::send_cancel_loss::{
    CONSUME_MS, CONSUMER, DELIVERED, LIMIT_MS, PRODUCER, RETURNED, judge,
};
use tokio::sync::mpsc;

use crate::{Env, block_on};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "caller", role: Role::Hazard, run: caller, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn caller(world: &'static World, params: &Params) {
    block_on(world, |env| bare(env, params.n));
}

fn control(world: &'static World, params: &Params) {
    block_on(world, |env| reserved(env, params.n));
}

async fn bare(env: Env, n: u32) {
    let (items, mut taken) = mpsc::channel(1);
    let produce = async move {
        for item in 0..n {
            tokio::select! {
                biased;
                sent = items.send(item) => sent.expect("the consumer takes until the end"),
                () = env.sleep(LIMIT_MS) => {}
            }
        }
    };
    tokio::join!(biased; produce, consume(env, &mut taken));
}

async fn reserved(env: Env, n: u32) {
    let (items, mut taken) = mpsc::channel(1);
    let produce = async move {
        for item in 0..n {
            tokio::select! {
                biased;
                permit = items.reserve() => {
                    permit.expect("the consumer takes until the end").send(item);
                }
                () = env.sleep(LIMIT_MS) => env.log(PRODUCER, RETURNED, item, 0),
            }
        }
    };
    tokio::join!(biased; produce, consume(env, &mut taken));
}

async fn consume(env: Env, taken: &mut mpsc::Receiver<u32>) {
    while let Some(item) = taken.recv().await {
        env.log(CONSUMER, DELIVERED, item, 0);
        env.sleep(CONSUME_MS).await;
    }
}
