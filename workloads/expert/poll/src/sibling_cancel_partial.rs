//! No branch is dropped: the failure closes a channel, each step races its work with that by
//! value, and says how it ended. The join waits for all of them.

use contract::{Case, Params, Role, World};
use design as d;
use suite::sibling_cancel_partial::{
    BEGAN, CALLER, DONE, FAILED, FAILS, REPORTED, RETURNED, STEP, STOP_MS, judge_steps,
};

type Stop = d::Chan<u32, 1>;

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "fail-fast", role: Role::Hazard, run, judge: judge_steps }];

fn run(world: &'static World, _: &Params) {
    d::block_on(world, steps(world));
}

async fn steps(world: &'static World) {
    d::chan!(stop: u32, 1);
    let step = |number| step(world, stop, number);
    d::join(d::join(step(1), step(2)), d::join(step(3), d::join(step(4), step(5)))).await;
    world.log(CALLER, RETURNED, 0, 0);
}

async fn step(world: &'static World, stop: &Stop, number: u32) {
    world.log(STEP, BEGAN, number, 0);
    let kind = match d::race(work(number), stop.recv()).await {
        d::Either::A(true) => DONE,
        d::Either::A(false) => {
            world.log(STEP, FAILED, number, 0);
            stop.close();
            REPORTED
        }
        d::Either::B(_) => REPORTED,
    };
    world.log(STEP, kind, number, 0);
}

/// Whether the step did not fail.
async fn work(number: u32) -> bool {
    let _first = d::sleep(10 * number).await;
    if number == FAILS {
        return false;
    }
    d::sleep(STOP_MS).await.is_ok()
}
