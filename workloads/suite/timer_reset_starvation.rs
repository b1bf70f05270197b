//! A timer that is created in the arm of a loop begins again with every event.
//!
//! An event comes every 60 ms. A loop races it against a timer of 100 ms that is created afresh
//! in every iteration: it never fires while events come. The control creates the timer once,
//! outside of the loop.
//!
//! A review finds this often; what decides is whether the interface lets an arm be created inside
//! the loop, and none of the races here forbids it.

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use design as d;

/// Event `item` was handled.
pub const HANDLED: u16 = 1;
/// The timer fired.
pub const FIRED: u16 = 2;

/// Actor: the loop.
pub const LOOP: u16 = 1;

/// Milliseconds between events.
pub const EVENT_MS: u32 = 60;
/// The timer's.
pub const TIMER_MS: u32 = 100;

/// The channel of events.
pub type Events = d::Chan<u32, 1>;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "recreated", role: Role::Hazard, run: recreated, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn recreated(world: &'static World, params: &Params) {
    d::block_on(world, in_the_arm(world, params.n));
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, outside(world, params.n));
}

#[d::task_fn]
async fn in_the_arm(world: &'static World, n: u32) {
    d::chan!(events: u32, 1);
    d::join(arrive(events, n), recreate_loop(world, events)).await;
}

#[d::task_fn]
async fn recreate_loop(world: &'static World, events: &Events) {
    loop {
        match d::race(events.recv(), d::sleep(TIMER_MS)).await {
            d::Either::A(Ok(Some(event))) => world.log(LOOP, HANDLED, event, 0),
            d::Either::A(_) => break,
            d::Either::B(_) => world.log(LOOP, FIRED, 0, 0),
        }
    }
}

#[d::task_fn]
async fn outside(world: &'static World, n: u32) {
    d::chan!(events: u32, 1);
    d::join(arrive(events, n), hoist_loop(world, events)).await;
}

#[d::task_fn]
async fn hoist_loop(world: &'static World, events: &Events) {
    d::hold!(d::sleep(TIMER_MS), |timer| {
        loop {
            match d::race(events.recv(), timer.turn()).await {
                d::Either::A(Ok(Some(event))) => world.log(LOOP, HANDLED, event, 0),
                d::Either::A(_) => break,
                d::Either::B(_) => {
                    world.log(LOOP, FIRED, 0, 0);
                    break;
                }
            }
        }
    })
    .await;
    recreate_loop(world, events).await;
}

/// Events, and then no more.
#[d::task_fn]
async fn arrive(events: &Events, n: u32) {
    for event in 0..n {
        let _waited = d::sleep(EVENT_MS).await;
        let _sent = events.send(event).await;
    }
    events.close();
}

/// The timer fires while events come. Severity: one if it does not.
pub fn judge(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let fired = ledger.of_kind(FIRED).map(|event| event.at_ms).next();
    metrics.set(Metric::LateItems, u64::from(fired.is_none()));
    let missing = params.n.saturating_sub(ledger.count(HANDLED));
    Judged::from_severity(missing + u32::from(fired.is_none()))
}
