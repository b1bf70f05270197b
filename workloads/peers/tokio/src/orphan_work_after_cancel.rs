//! A dropped `JoinHandle`, and one that is aborted and awaited.

use contract::{Case, Params, Role, World};
use suite::orphan_work_after_cancel::{
    CANCELLER, CHILD, EFFECT, EFFECT_MS, EFFECTS, LIMIT_MS, SETTLE_MS, WENT_ON, judge,
};
use tokio::task::spawn_local;

use crate::{Env, block_on};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "kept", role: Role::Hazard, run: kept, judge },
    Case { id: "control-aborted", role: Role::Control, run: aborted, judge },
];

fn kept(world: &'static World, _: &Params) {
    block_on(world, detached);
}

fn aborted(world: &'static World, _: &Params) {
    block_on(world, aborted_and_awaited);
}

async fn detached(env: Env) {
    let parent = async {
        let child = spawn_local(effects(env));
        let _ended = child.await;
    };
    tokio::select! {
        biased;
        () = parent => {}
        () = env.sleep(LIMIT_MS) => {}
    }
    settle(env).await;
}

async fn aborted_and_awaited(env: Env) {
    let mut child = spawn_local(effects(env));
    tokio::select! {
        biased;
        _ = &mut child => {}
        () = env.sleep(LIMIT_MS) => {
            child.abort();
            let _ended = child.await;
        }
    }
    settle(env).await;
}

async fn effects(env: Env) {
    for effect in 0..EFFECTS {
        env.sleep(EFFECT_MS).await;
        env.log(CHILD, EFFECT, effect, 0);
    }
}

async fn settle(env: Env) {
    env.log(CANCELLER, WENT_ON, 0, 0);
    env.sleep(SETTLE_MS).await;
}
