//! The promises for which this design has words: a policy says what the failure or the success of
//! a child means for the others, and a scope has a deadline of its own.
//!
//! What has no word is as in the portable form: an error of the body ends no child, and the answer
//! of a scope counts failures and has no errors.

use contract::{Case, Params, Role, World};
use design as d;
use oracles::scope_laws::{
    BODY, EFFECT, EFFECT_MS, EFFECTS, LATER_MS, MARK, MARK_MS, judge_body_stops, judge_earliest,
    judge_quiet, judge_undisturbed,
};
use suite::scope_laws::{fail, pause, settle, work};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "error-ends-siblings", role: Role::Hazard, run: error, judge: judge_quiet },
    Case { id: "error-ends-body", role: Role::Hazard, run: body_of_error, judge: judge_body_stops },
    Case { id: "supervisor-isolates", role: Role::Hazard, run: isolated, judge: judge_undisturbed },
    Case { id: "first-success-ends-rest", role: Role::Hazard, run: success, judge: judge_quiet },
    Case { id: "earliest-deadline", role: Role::Hazard, run: deadlines, judge: judge_earliest },
];

fn error(world: &'static World, _: &Params) {
    d::block_on(world, error_ends_siblings(world));
}

fn body_of_error(world: &'static World, _: &Params) {
    d::block_on(world, error_ends_body(world));
}

fn isolated(world: &'static World, _: &Params) {
    d::block_on(world, supervisor_isolates(world));
}

fn success(world: &'static World, _: &Params) {
    d::block_on(world, first_success_ends_rest(world));
}

fn deadlines(world: &'static World, _: &Params) {
    d::block_on(world, earliest_deadline(world));
}

#[d::task_fn]
async fn error_ends_siblings(world: &'static World) {
    let _answer = d::scope!(policy = d::Policy::AllOrFail, bytes = 1024, |scope| {
        let _fails = scope.spawn_result(fail(world, 1));
        let sibling = scope.spawn(work(world, 2, EFFECTS));
        let _ended = sibling.await;
    })
    .await;
    settle(world).await;
}

#[d::task_fn]
async fn error_ends_body(world: &'static World) {
    let _answer = d::scope!(policy = d::Policy::AllOrFail, bytes = 512, |scope| {
        let _fails = scope.spawn_result(fail(world, 1));
        for _ in 0..EFFECTS {
            if d::sleep(EFFECT_MS).await.is_err() {
                break;
            }
            world.log(BODY, EFFECT, 0, 0);
        }
    })
    .await;
    settle(world).await;
}

#[d::task_fn]
async fn supervisor_isolates(world: &'static World) {
    let _answer = d::scope!(policy = d::Policy::Supervise, bytes = 1024, |scope| {
        let _fails = scope.spawn_result(fail(world, 1));
        let sibling = scope.spawn(work(world, 2, EFFECTS));
        let _ended = sibling.await;
    })
    .await;
    settle(world).await;
}

#[d::task_fn]
async fn first_success_ends_rest(world: &'static World) {
    let _answer = d::scope!(policy = d::Policy::FirstSuccess, bytes = 1024, |scope| {
        let succeeds = scope.spawn(pause(MARK_MS));
        let _loser = scope.spawn(work(world, 2, EFFECTS));
        let _success = succeeds.await;
        world.log(BODY, MARK, 0, 0);
    })
    .await;
    settle(world).await;
}

/// A scope with a deadline around one child.
#[d::task_fn]
async fn within(world: &'static World, child: u32, ms: u32) {
    let _answer = d::scope!(policy = d::Policy::AllOrFail, bytes = 1024, |scope| {
        scope.deadline(ms);
        let _ended = scope.spawn(work(world, child, EFFECTS)).await;
    })
    .await;
}

#[d::task_fn]
async fn earliest_deadline(world: &'static World) {
    for (child, outer, inner) in [(1, MARK_MS, LATER_MS), (2, LATER_MS, MARK_MS)] {
        let _answer = d::scope!(policy = d::Policy::AllOrFail, bytes = 4096, |scope| {
            scope.deadline(outer);
            let _ended = scope.spawn(within(world, child, inner)).await;
        })
        .await;
    }
    settle(world).await;
}
