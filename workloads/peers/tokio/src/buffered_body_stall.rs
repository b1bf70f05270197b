//! `StreamExt::buffered` of the `futures` crate on tokio, with a loop that awaits, and the
//! usual answer: the items as tasks.

use std::pin::pin;

use contract::{Case, Params, Role, World};
use futures_util::stream::{self, StreamExt};
use suite::buffered_body_stall::{
    BODY, BODY_MS, BODY_OVER, CLAIMED, ITEM, LOOP, OPENED, USED, WINDOW, judge,
};

use crate::{Env, block_on};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "hazard", role: Role::Hazard, run: hazard, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn hazard(world: &'static World, params: &Params) {
    block_on(world, |env| looped(env, params.n, BODY_MS));
}

fn control(world: &'static World, params: &Params) {
    block_on(world, |env| looped(env, params.n, 0));
}

async fn looped(env: Env, n: u32, body_ms: u32) {
    let connections = stream::iter(0..n).map(|item| connection(env, item)).buffered(WINDOW);
    let mut connections = pin!(connections);
    while let Some(item) = connections.next().await {
        body(env, item, body_ms).await;
    }
}

/// Opens connection `item`, waits a little, uses it.
pub async fn connection(env: Env, item: u32) -> u32 {
    env.log(ITEM, CLAIMED, item, 0);
    env.sleep(5 * (item % 5 + 1)).await;
    let opened_ms = env.now_ms();
    env.log(ITEM, OPENED, item, 0);
    env.sleep(5).await;
    let age = i32::try_from(env.now_ms() - opened_ms).unwrap_or(i32::MAX);
    env.log(ITEM, USED, item, age);
    item
}

/// The loop body; one runs at a time.
pub async fn body(env: Env, item: u32, body_ms: u32) {
    env.log(LOOP, BODY, item, 0);
    if body_ms > 0 {
        env.sleep(body_ms).await;
    }
    env.log(LOOP, BODY_OVER, item, 0);
}
