//! Branches instead of children: a join moves all of them while any waits, and hands over every
//! output; a race by value ends the others with the first, body or child.

use contract::{Case, Params, Role, World};
use design as d;
use oracles::scope_laws::{
    BESIDE_MS, BODY, CALLER, EFFECT, EFFECT_MS, EFFECTS, FEW, MARK, MARK_MS, TOLD,
    judge_body_stops, judge_both_told, judge_moves, judge_quiet,
};
use suite::scope_laws::{fail, pause, settle, work};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "moves-beside-body", role: Role::Hazard, run: beside, judge: judge_moves },
    Case { id: "error-ends-siblings", role: Role::Hazard, run: error, judge: judge_quiet },
    Case { id: "error-ends-body", role: Role::Hazard, run: body_of_error, judge: judge_body_stops },
    Case {
        id: "body-error-ends-children",
        role: Role::Hazard,
        run: body_error,
        judge: judge_quiet,
    },
    Case { id: "errors-kept", role: Role::Hazard, run: errors, judge: judge_both_told },
    Case { id: "first-success-ends-rest", role: Role::Hazard, run: success, judge: judge_quiet },
];

fn beside(world: &'static World, _: &Params) {
    d::block_on(world, async {
        d::join(work(world, 1, FEW), marks(world, BESIDE_MS)).await;
        settle(world).await;
    });
}

fn error(world: &'static World, _: &Params) {
    d::block_on(world, async {
        let _first = d::race(fail(world, 1), work(world, 2, EFFECTS)).await;
        settle(world).await;
    });
}

fn body_of_error(world: &'static World, _: &Params) {
    d::block_on(world, async {
        let body = async {
            for _ in 0..EFFECTS {
                let _passed = d::sleep(EFFECT_MS).await;
                world.log(BODY, EFFECT, 0, 0);
            }
        };
        let _first = d::race(fail(world, 1), body).await;
        settle(world).await;
    });
}

fn body_error(world: &'static World, _: &Params) {
    d::block_on(world, async {
        let _first = d::race(marks(world, MARK_MS), work(world, 1, EFFECTS)).await;
        settle(world).await;
    });
}

fn errors(world: &'static World, _: &Params) {
    d::block_on(world, async {
        let (first, second) = d::join(fail(world, 1), fail(world, 2)).await;
        for child in [first, second].into_iter().filter_map(Result::err) {
            world.log(CALLER, TOLD, child, 0);
        }
        settle(world).await;
    });
}

fn success(world: &'static World, _: &Params) {
    d::block_on(world, async {
        let _first = d::race(marks(world, MARK_MS), work(world, 2, EFFECTS)).await;
        settle(world).await;
    });
}

/// A branch that is through after `ms`.
async fn marks(world: &'static World, ms: u32) {
    pause(ms).await;
    world.log(BODY, MARK, 0, 0);
}
