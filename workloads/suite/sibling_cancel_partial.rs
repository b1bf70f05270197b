//! The first error of several steps ends the others, and what became of them is not reported.
//!
//! Five steps run beside each other. Step i waits for 10·i ms, then stops something, which takes
//! 10 ms more; the third fails before that. A fail-fast join then ends the rest. A step that was
//! begun is done, or it is reported to the caller, or it is silent.
//!
//! `fail-fast` is the join that drops or cancels its branches, as `try_join!` does. Every step
//! reports when one of its waits is cancelled: it can where cancel is a value, and there is no
//! code to run where cancelling is dropping. `fail-fast-shielded` marks the stopping as one step
//! (`shield`, the identity where cancelling is dropping), so that the error waits for it.
//! `handles` has children instead of branches, cancels them, and asks each handle.
//! `hosts` sends five chunks to each of three hosts; the second fails at its third chunk.
//!
//! The control joins all steps and then looks at what they returned.
//!
//! After "AWS engineer: juggling error handling" (wg-async, 2021), and Oxide RFD 400.

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use design as d;

/// Step `item` began.
pub const BEGAN: u16 = 1;
/// Step `item` did all of its work.
pub const DONE: u16 = 2;
/// Step `item` failed.
pub const FAILED: u16 = 3;
/// The caller was told that step `item` is not done.
pub const REPORTED: u16 = 4;
/// The caller has the error, and goes on.
pub const RETURNED: u16 = 5;

/// Actor: a step, or a host.
pub const STEP: u16 = 1;
/// Actor: joins the steps.
pub const CALLER: u16 = 2;

/// Steps, from 1.
pub const STEPS: u32 = 5;
/// The step that fails.
pub const FAILS: u32 = 3;
/// Hosts, from 1; the second fails.
pub const HOSTS: u32 = 3;
/// Chunks for each host.
pub const CHUNKS: u32 = 5;
/// A chunk takes this long.
pub const CHUNK_MS: u32 = 5;
/// Stopping takes this long.
pub const STOP_MS: u32 = 10;

/// Who failed.
type Failure = d::Chan<u32, 1>;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "fail-fast", role: Role::Hazard, run: fail_fast, judge: judge_steps },
    Case {
        id: "fail-fast-shielded",
        role: Role::Hazard,
        run: fail_fast_shielded,
        judge: judge_steps,
    },
    Case { id: "handles", role: Role::Hazard, run: handles, judge: judge_steps },
    Case { id: "hosts", role: Role::Hazard, run: hosts, judge: judge_hosts },
    Case { id: "control", role: Role::Control, run: control, judge: judge_steps },
];

fn fail_fast(world: &'static World, _: &Params) {
    d::block_on(world, joined(world, false));
}

fn fail_fast_shielded(world: &'static World, _: &Params) {
    d::block_on(world, joined(world, true));
}

fn handles(world: &'static World, _: &Params) {
    d::block_on(world, children(world));
}

fn hosts(world: &'static World, _: &Params) {
    d::block_on(world, uploads(world));
}

fn control(world: &'static World, _: &Params) {
    d::block_on(world, join_all(world));
}

#[d::task_fn]
async fn joined(world: &'static World, shielded: bool) {
    d::chan!(failure: u32, 1);
    let step = |number| told_step(world, failure, number, shielded);
    let steps = d::join(d::join(step(1), step(2)), d::join(step(3), d::join(step(4), step(5))));
    if let d::Either::A(Ok(Some(number))) = d::race(failure.recv(), steps).await {
        world.log(CALLER, REPORTED, number, 0);
    }
    world.log(CALLER, RETURNED, 0, 0);
}

/// A step that tells of its failure at once.
#[d::task_fn]
async fn told_step(world: &'static World, failure: &Failure, number: u32, shielded: bool) {
    if !step(world, number, shielded).await {
        let _told = failure.send(number).await;
    }
}

/// One step; ready with whether it did not fail.
#[d::task_fn]
async fn step(world: &'static World, number: u32, shielded: bool) -> bool {
    world.log(STEP, BEGAN, number, 0);
    if d::sleep(10 * number).await.is_err() {
        world.log(STEP, REPORTED, number, 0);
        return true;
    }
    if number == FAILS {
        world.log(STEP, FAILED, number, 0);
        return false;
    }
    let stopped =
        if shielded { d::shield(d::sleep(STOP_MS)).await } else { d::sleep(STOP_MS).await };
    let kind = if stopped.is_ok() { DONE } else { REPORTED };
    world.log(STEP, kind, number, 0);
    true
}

#[d::task_fn]
async fn children(world: &'static World) {
    d::scope!(cap = 5, bytes = 4096, |scope| {
        let mut steps: [Option<_>; STEPS as usize] =
            core::array::from_fn(|i| Some(scope.spawn(step(world, number(i), false))));
        for (index, step) in steps.iter_mut().enumerate() {
            let Some(step) = step.take() else { continue };
            match step.await {
                Ok(true) => {}
                Ok(false) => {
                    world.log(CALLER, REPORTED, number(index), 0);
                    scope.cancel_all();
                }
                Err(_) => world.log(CALLER, REPORTED, number(index), 0),
            }
        }
        world.log(CALLER, RETURNED, 0, 0);
    })
    .await;
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1)
}

#[d::task_fn]
async fn uploads(world: &'static World) {
    d::chan!(failure: u32, 1);
    let host = |number| upload(world, failure, number);
    let uploads = d::join(d::join(host(1), host(2)), host(3));
    if let d::Either::A(Ok(Some(number))) = d::race(failure.recv(), uploads).await {
        world.log(CALLER, REPORTED, number, 0);
    }
    world.log(CALLER, RETURNED, 0, 0);
}

#[d::task_fn]
async fn upload(world: &'static World, failure: &Failure, host: u32) {
    world.log(STEP, BEGAN, host, 0);
    for chunk in 1..=CHUNKS {
        if d::sleep(CHUNK_MS).await.is_err() {
            world.log(STEP, REPORTED, host, 0);
            return;
        }
        if host == 2 && chunk == FAILS {
            world.log(STEP, FAILED, host, 0);
            let _told = failure.send(host).await;
            return;
        }
    }
    world.log(STEP, DONE, host, 0);
}

#[d::task_fn]
async fn join_all(world: &'static World) {
    let step = |number| step(world, number, false);
    let steps = d::join(d::join(step(1), step(2)), d::join(step(3), d::join(step(4), step(5))));
    let ((one, two), (three, (four, five))) = steps.await;
    for (index, done) in [one, two, three, four, five].into_iter().enumerate() {
        if !done {
            world.log(CALLER, REPORTED, number(index), 0);
        }
    }
    world.log(CALLER, RETURNED, 0, 0);
}

/// Every step is done or reported.
pub fn judge_steps(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    judge(ledger, metrics, STEPS)
}

/// Every host has all chunks or is reported.
pub fn judge_hosts(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    judge(ledger, metrics, HOSTS)
}

/// Nothing is silent. How long the error takes from the failure to the caller is a price.
fn judge(ledger: &Ledger, metrics: &Metrics, steps: u32) -> Judged {
    let is = |kind, number| ledger.of_kind(kind).any(|event| event.item == number);
    let silent = (1..=steps).filter(|number| !is(DONE, *number) && !is(REPORTED, *number)).count();
    let at = |kind| ledger.of_kind(kind).map(|event| event.at_ms).next();
    let delay = at(RETURNED).zip(at(FAILED)).map_or(0, |(told, failed)| told - failed);
    metrics.set(Metric::UnmatchedEffects, silent as u64);
    metrics.set(Metric::CancelMsMax, delay.into());
    let stuck = usize::from(at(RETURNED).is_none() || at(FAILED).is_none());
    Judged::from_severity(u32::try_from(silent + stuck).unwrap_or(u32::MAX))
}
