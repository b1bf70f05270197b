//! A guard that is held over a wait, in every design.
//!
//! `downstream`: n handlers take one lock each before they wait 10 ms for something downstream,
//! so that they wait one after another. `duplex`: both directions of a connection stand behind
//! one lock; the reader holds the guard while it waits for the reply to what the writer cannot
//! send. No model of futures changes either; a lint could find both.
//!
//! Controls: the guard is released before the wait, and the directions have no lock in common.
//!
//! After "Alan thinks he needs async locks" and "Alan tries a socket sink" (wg-async, 2021).

use contract::{Case, Judged, Ledger, Metrics, Params, Role, World};
use design as d;

/// A handler is through, or the reply is there.
pub const THROUGH: u16 = 1;

const HANDLER: u16 = 1;
/// What is downstream takes this long.
const DOWNSTREAM_MS: u32 = 10;

type Lock = d::Lock<u32>;
type Line = d::Chan<u32, 1>;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "downstream", role: Role::Hazard, run: downstream, judge },
    Case { id: "duplex", role: Role::Hazard, run: duplex, judge: judge_reply },
    Case { id: "control", role: Role::Control, run: control, judge },
    Case { id: "control-split", role: Role::Control, run: split, judge: judge_reply },
];

fn downstream(world: &'static World, params: &Params) {
    d::block_on(world, handlers(world, params.n, true));
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, handlers(world, params.n, false));
}

fn duplex(world: &'static World, _: &Params) {
    d::block_on(world, connection(world, true));
}

fn split(world: &'static World, _: &Params) {
    d::block_on(world, connection(world, false));
}

#[d::task_fn]
async fn handlers(world: &'static World, n: u32, holds: bool) {
    d::lock!(lock = 0_u32);
    d::scope!(cap = 100, bytes = 32_768, |scope| {
        for handler in 0..n {
            let _child = scope.spawn(handle(world, d::share(lock), handler, holds));
        }
    })
    .await;
}

#[d::task_fn]
async fn handle(world: &'static World, lock: d::Shared<'_, Lock>, handler: u32, holds: bool) {
    let Ok(mut guard) = lock.lock().await else { return };
    *guard += 1;
    let guard = holds.then_some(guard);
    let _answered = d::sleep(DOWNSTREAM_MS).await;
    drop(guard);
    world.log(HANDLER, THROUGH, handler, 0);
}

#[d::task_fn]
async fn connection(world: &'static World, locked: bool) {
    d::lock!(both = 0_u32);
    d::chan!(sent: u32, 1);
    d::chan!(received: u32, 1);
    let ends = d::join(read(world, both, received, locked), write(both, sent));
    d::join(ends, peer(sent, received)).await;
}

#[d::task_fn]
async fn read(world: &'static World, both: &Lock, received: &Line, locked: bool) {
    let Ok(guard) = both.lock().await else { return };
    let guard = locked.then_some(guard);
    if let Ok(Some(reply)) = received.recv().await {
        world.log(HANDLER, THROUGH, reply, 0);
    }
    drop(guard);
}

#[d::task_fn]
async fn write(both: &Lock, sent: &Line) {
    let _later = d::sleep(1).await;
    let Ok(guard) = both.lock().await else { return };
    let _sent = sent.send(0).await;
    drop(guard);
}

/// Replies to what it is sent.
#[d::task_fn]
async fn peer(sent: &Line, received: &Line) {
    if let Ok(Some(request)) = sent.recv().await {
        let _replied = received.send(request).await;
    }
}

/// All handlers are through in ten times the time of one. Severity: those that are not.
pub fn judge(ledger: &Ledger, params: &Params, _: &Metrics) -> Judged {
    let in_time = ledger.of_kind(THROUGH).filter(|event| event.at_ms <= 10 * DOWNSTREAM_MS);
    Judged::from_severity(params.n.saturating_sub(in_time.fold(0, |n, _| n + 1)))
}

/// The reply arrives.
pub fn judge_reply(ledger: &Ledger, _: &Params, _: &Metrics) -> Judged {
    Judged::from_severity(u32::from(ledger.count(THROUGH) != 1))
}
