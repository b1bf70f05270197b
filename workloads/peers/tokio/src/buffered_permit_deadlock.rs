//! `tokio::sync::Semaphore` around the items of `StreamExt::buffered` of the `futures` crate, and
//! around the body of the loop over it. In the batch a permit goes out with its item.

use std::pin::pin;
use std::sync::Arc;

use contract::{Case, Params, Role, World};
use futures_util::stream::{self, StreamExt};
use suite::buffered_permit_deadlock::{
    BATCH, BODY_MS, ITEM, LOOP, PROCESSED, TOKENS, WAIT_MS, WINDOW, WORK_MS, WORKED, judge,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Env, block_on};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "hazard", role: Role::Hazard, run: hazard, judge },
    Case { id: "batch", role: Role::Hazard, run: batch, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn hazard(world: &'static World, params: &Params) {
    block_on(world, |env| limited(env, params.n, true));
}

fn batch(world: &'static World, params: &Params) {
    block_on(world, |env| batched(env, params.n));
}

fn control(world: &'static World, params: &Params) {
    block_on(world, |env| limited(env, params.n, false));
}

async fn limited(env: Env, n: u32, body_limited: bool) {
    let permits = Semaphore::new(1);
    let mut items = pin!(stream::iter(0..n).map(|item| work(env, &permits, item)).buffered(WINDOW));
    while let Some(item) = items.next().await {
        if body_limited {
            let _permit = permits.acquire().await.expect("it is not closed");
            env.sleep(BODY_MS).await;
        }
        env.log(LOOP, PROCESSED, item, 0);
    }
}

/// Waits, and works under a permit.
async fn work(env: Env, permits: &Semaphore, item: u32) -> u32 {
    env.sleep(WAIT_MS).await;
    let _permit = permits.acquire().await.expect("it is not closed");
    env.sleep(WORK_MS).await;
    env.log(ITEM, WORKED, item, 0);
    item
}

async fn batched(env: Env, n: u32) {
    let permits = Arc::new(Semaphore::new(TOKENS));
    let items = stream::iter(0..n).map(|item| with_permit(env, permits.clone(), item));
    let mut items = pin!(items.buffered(WINDOW));
    let mut kept = Vec::new();
    while let Some(item) = items.next().await {
        kept.push(item);
        if kept.len() == BATCH as usize {
            for (item, _permit) in kept.drain(..) {
                env.log(LOOP, PROCESSED, item, 0);
            }
        }
    }
}

/// Ready with its permit.
async fn with_permit(env: Env, permits: Arc<Semaphore>, item: u32) -> (u32, OwnedSemaphorePermit) {
    let permit = permits.acquire_owned().await.expect("it is not closed");
    env.log(ITEM, WORKED, item, 0);
    (item, permit)
}
