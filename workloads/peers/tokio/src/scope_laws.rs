//! A `JoinSet` as a scope, as its users write it: the set is a local of the function that starts
//! the tasks, which joins them in a loop, and `?` leaves the loop and drops the set.
//!
//! A dropped set aborts its tasks and does not wait for them. What it has no word for (a shield, a
//! policy) is left out, and so is what reads only the limits of the clock.

use contract::{Case, Params, Role, World};
use oracles::scope_laws::{
    BESIDE_MS, BODY, CALLER, CHILD, EFFECT, EFFECT_MS, EFFECTS, ENDED, FEW, MARK, MARK_MS,
    RETURNED, SETTLE_MS, TOLD, judge_body_stops, judge_both_told, judge_moves, judge_nothing,
    judge_one_of_two, judge_quiet, judge_two_children, judge_two_ended,
};
use tokio::task::JoinSet;

use crate::{Env, block_on};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "waits-for-children", role: Role::Hazard, run: waits, judge: judge_two_children },
    Case { id: "moves-beside-body", role: Role::Hazard, run: beside, judge: judge_moves },
    Case { id: "cancel-waits", role: Role::Hazard, run: limited, judge: judge_two_ended },
    Case { id: "error-ends-siblings", role: Role::Hazard, run: error, judge: judge_quiet },
    Case { id: "error-ends-body", role: Role::Hazard, run: body_of_error, judge: judge_body_stops },
    Case {
        id: "body-error-ends-children",
        role: Role::Hazard,
        run: body_error,
        judge: judge_quiet,
    },
    Case { id: "errors-kept", role: Role::Hazard, run: errors, judge: judge_both_told },
    Case { id: "cancel-is-sticky", role: Role::Hazard, run: sticky, judge: judge_quiet },
    Case { id: "cancel-one", role: Role::Hazard, run: one, judge: judge_one_of_two },
    Case { id: "cancelled-before-start", role: Role::Hazard, run: unbegun, judge: judge_nothing },
    Case { id: "spawn-after-cancel", role: Role::Hazard, run: spawned_late, judge: judge_nothing },
    Case { id: "control", role: Role::Control, run: waits, judge: judge_two_children },
];

/// Each case is a program of its own.
macro_rules! programs {
    ($($case:ident: $program:ident,)*) => {$(
        fn $case(world: &'static World, _: &Params) {
            block_on(world, $program);
        }
    )*};
}

programs! {
    waits: waits_for_children,
    beside: moves_beside_body,
    limited: cancel_waits,
    error: error_ends_siblings,
    body_of_error: error_ends_body,
    body_error: body_error_ends_children,
    errors: errors_kept,
    sticky: cancel_is_sticky,
    one: cancel_one,
    unbegun: cancelled_before_start,
    spawned_late: spawn_after_cancel,
}

/// Tells that the frame of a task is gone.
struct Ends(Env, u32);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.log(CHILD, ENDED, self.1, 0);
    }
}

/// A task that works.
async fn work(env: Env, child: u32, effects: u32) -> Result<(), u32> {
    let _ended = Ends(env, child);
    for _ in 0..effects {
        env.sleep(EFFECT_MS).await;
        env.log(CHILD, EFFECT, child, 0);
    }
    Ok(())
}

/// A task that fails.
async fn fail(env: Env, child: u32) -> Result<(), u32> {
    env.sleep(MARK_MS * child).await;
    env.log(CHILD, MARK, child, 0);
    Err(child)
}

/// The caller continues, `limit_ms` or more after the beginning, and looks on.
async fn settle(env: Env, limit_ms: u32) {
    let late_ms = env.now_ms().saturating_sub(limit_ms);
    env.log(CALLER, RETURNED, 0, i32::try_from(late_ms).unwrap_or(i32::MAX));
    env.sleep(SETTLE_MS).await;
}

/// The loop that joins: the first error leaves it. A task that was aborted is none.
async fn join(mut set: JoinSet<Result<(), u32>>) -> Result<(), u32> {
    while let Some(ended) = set.join_next().await {
        ended.unwrap_or(Ok(()))?;
    }
    Ok(())
}

async fn two_children(env: Env, effects: u32) {
    let mut set = JoinSet::new();
    set.spawn_local(work(env, 1, effects));
    set.spawn_local(work(env, 2, effects));
    let _none = join(set).await;
}

async fn waits_for_children(env: Env) {
    two_children(env, FEW).await;
    settle(env, u32::MAX).await;
}

async fn moves_beside_body(env: Env) {
    let mut set = JoinSet::new();
    set.spawn_local(work(env, 1, FEW));
    env.sleep(BESIDE_MS).await;
    env.log(BODY, MARK, 0, 0);
    let _none = join(set).await;
    settle(env, u32::MAX).await;
}

async fn cancel_waits(env: Env) {
    tokio::select! {
        biased;
        () = two_children(env, EFFECTS) => {}
        () = env.sleep(MARK_MS) => {}
    }
    settle(env, MARK_MS).await;
}

async fn error_ends_siblings(env: Env) {
    let mut set = JoinSet::new();
    set.spawn_local(fail(env, 1));
    set.spawn_local(work(env, 2, EFFECTS));
    let _error = join(set).await;
    settle(env, u32::MAX).await;
}

async fn error_ends_body(env: Env) {
    let mut set = JoinSet::new();
    set.spawn_local(fail(env, 1));
    for _ in 0..EFFECTS {
        env.sleep(EFFECT_MS).await;
        env.log(BODY, EFFECT, 0, 0);
    }
    let _error = join(set).await;
    settle(env, u32::MAX).await;
}

async fn body_error_ends_children(env: Env) {
    let body = async {
        let mut set = JoinSet::new();
        set.spawn_local(work(env, 1, EFFECTS));
        env.sleep(MARK_MS).await;
        env.log(BODY, MARK, 0, 0);
        Err::<(), u32>(0)?;
        join(set).await
    };
    if body.await.is_err() {
        env.log(CALLER, TOLD, 0, 0);
    }
    settle(env, u32::MAX).await;
}

/// No error leaves the loop: each is told.
async fn errors_kept(env: Env) {
    let mut set = JoinSet::new();
    set.spawn_local(fail(env, 1));
    set.spawn_local(fail(env, 2));
    while let Some(ended) = set.join_next().await {
        if let Ok(Err(child)) = ended {
            env.log(CALLER, TOLD, child, 0);
        }
    }
    settle(env, u32::MAX).await;
}

async fn cancel_is_sticky(env: Env) {
    let mut set = JoinSet::new();
    set.spawn_local(work(env, 1, EFFECTS));
    env.sleep(MARK_MS).await;
    env.log(BODY, MARK, 0, 0);
    set.abort_all();
    let _none = join(set).await;
    settle(env, u32::MAX).await;
}

async fn cancel_one(env: Env) {
    let mut set = JoinSet::new();
    let one = set.spawn_local(work(env, 1, EFFECTS));
    set.spawn_local(work(env, 2, EFFECTS));
    env.sleep(MARK_MS).await;
    env.log(BODY, MARK, 0, 0);
    one.abort();
    let _none = join(set).await;
    settle(env, u32::MAX).await;
}

async fn cancelled_before_start(env: Env) {
    let mut set = JoinSet::new();
    let child = set.spawn_local(work(env, 1, FEW));
    env.log(BODY, MARK, 0, 0);
    child.abort();
    let _none = join(set).await;
    settle(env, u32::MAX).await;
}

async fn spawn_after_cancel(env: Env) {
    let mut set = JoinSet::new();
    env.log(BODY, MARK, 0, 0);
    set.abort_all();
    set.spawn_local(work(env, 1, FEW));
    let _none = join(set).await;
    settle(env, u32::MAX).await;
}
