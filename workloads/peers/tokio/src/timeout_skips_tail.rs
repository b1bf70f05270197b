//! `tokio::time::timeout` around a handler that fetches, sends and writes, around a request that
//! stands in a table, and a `select!` of a transfer with its peer's disconnect.

use contract::{Case, Params, Role, World};
use suite::timeout_skips_tail::{
    ANSWER_MS, BEGAN, CALLEE, CALLER, DISCONNECTS, ENDED, Entry, FETCH_MS, FULL_MS, LIMIT_MS,
    REQUEST_MS, RETURNED, TRANSFER_MS, judge,
};
use tokio::sync::mpsc;

use crate::{Env, block_on};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "cache", role: Role::Hazard, run: cache, judge },
    Case { id: "waiters", role: Role::Hazard, run: waiters, judge },
    Case { id: "transfer", role: Role::Hazard, run: transfer, judge },
    Case { id: "control-cache-first", role: Role::Control, run: cache_first, judge },
    Case { id: "control-guard", role: Role::Control, run: guarded, judge },
    Case { id: "control-credit-first", role: Role::Control, run: credit_first, judge },
];

fn cache(world: &'static World, _: &Params) {
    block_on(world, |env| fetch(env, false));
}

fn cache_first(world: &'static World, _: &Params) {
    block_on(world, |env| fetch(env, true));
}

fn waiters(world: &'static World, params: &Params) {
    block_on(world, |env| requests(env, params.n));
}

fn guarded(world: &'static World, params: &Params) {
    block_on(world, |env| guarded_requests(env, world, params.n));
}

fn transfer(world: &'static World, _: &Params) {
    block_on(world, |env| transfers(env, false));
}

fn credit_first(world: &'static World, _: &Params) {
    block_on(world, |env| transfers(env, true));
}

async fn fetch(env: Env, cache_first: bool) {
    let (notes, mut taken) = mpsc::channel(1);
    let _filled = notes.send(0).await;
    let drain = async {
        env.sleep(FULL_MS).await;
        while taken.recv().await.is_some() {}
    };
    let call = async move {
        tokio::select! {
            biased;
            () = handle(env, &notes, cache_first) => {}
            () = env.sleep(LIMIT_MS) => {}
        }
        returned(env, 0, 0, LIMIT_MS);
    };
    tokio::join!(biased; call, drain);
}

/// # Cancellation
/// Fetches and does not write the cache, unless the cache comes first.
async fn handle(env: Env, notes: &mpsc::Sender<u32>, cache_first: bool) {
    env.sleep(FETCH_MS).await;
    env.log(CALLEE, BEGAN, 0, 0);
    if cache_first {
        env.log(CALLEE, ENDED, 0, 0);
    }
    let _sent = notes.send(1).await;
    if !cache_first {
        env.log(CALLEE, ENDED, 0, 0);
    }
}

async fn requests(env: Env, n: u32) {
    for id in 0..n {
        let started_ms = env.now_ms();
        let request = async {
            env.log(CALLEE, BEGAN, id, 0);
            env.sleep(ANSWER_MS).await;
            env.log(CALLEE, ENDED, id, 0);
        };
        tokio::select! {
            biased;
            () = request => {}
            () = env.sleep(REQUEST_MS) => {}
        }
        returned(env, id, started_ms, REQUEST_MS);
    }
}

async fn guarded_requests(env: Env, world: &'static World, n: u32) {
    for id in 0..n {
        let started_ms = env.now_ms();
        let request = async {
            let _entry = Entry::new(world, id);
            env.sleep(ANSWER_MS).await;
        };
        tokio::select! {
            biased;
            () = request => {}
            () = env.sleep(REQUEST_MS) => {}
        }
        returned(env, id, started_ms, REQUEST_MS);
    }
}

async fn transfers(env: Env, both_first: bool) {
    for after_ms in 0..DISCONNECTS {
        let started_ms = env.now_ms();
        tokio::select! {
            biased;
            () = env.sleep(after_ms) => {}
            () = debit_credit(env, after_ms, both_first) => {}
        }
        returned(env, after_ms, started_ms, after_ms);
    }
}

/// # Cancellation
/// Debits and does not credit, unless both come first.
async fn debit_credit(env: Env, id: u32, both_first: bool) {
    env.log(CALLEE, BEGAN, id, 0);
    if both_first {
        env.log(CALLEE, ENDED, id, 0);
    }
    env.sleep(TRANSFER_MS).await;
    if !both_first {
        env.log(CALLEE, ENDED, id, 0);
    }
}

fn returned(env: Env, id: u32, started_ms: u32, limit_ms: u32) {
    let late_ms = env.now_ms().saturating_sub(started_ms + limit_ms);
    env.log(CALLER, RETURNED, id, i32::try_from(late_ms).unwrap_or(i32::MAX));
}
