//! A child that is always ready, beside a sibling that wants its turns.
//!
//! One child takes a permit that is always free, n times. Its sibling lets others run and counts
//! its turns. Time stands still as long as something is ready, so that turns are counted and no
//! milliseconds: how many permits are taken between two turns of the sibling. Without a budget
//! that is all of them.
//!
//! `joined` has both in one join, `children` in one scope. The control yields after every permit.
//!
//! After tokio#4612 and futures-rs#2140.

use core::cell::Cell;

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use design as d;

/// A permit was taken.
pub const TAKEN: u16 = 1;
/// The sibling had a turn.
pub const TURN: u16 = 2;

const BUSY: u16 = 1;
const SIBLING: u16 = 2;
/// Permits between two turns that are too many: twice the budget that tokio gives a task.
const TOO_MANY: u64 = 256;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "joined", role: Role::Hazard, run: joined, judge },
    Case { id: "children", role: Role::Hazard, run: children, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn joined(world: &'static World, params: &Params) {
    d::block_on(world, in_a_join(world, params.n, false));
}

fn children(world: &'static World, params: &Params) {
    d::block_on(world, in_a_scope(world, params.n));
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, in_a_join(world, params.n, true));
}

#[d::task_fn]
async fn in_a_join(world: &'static World, n: u32, yields: bool) {
    d::sem!(permits = 1);
    let over = Cell::new(false);
    d::join(busy(world, permits, &over, n, yields), sibling(world, &over)).await;
}

#[d::task_fn]
async fn in_a_scope(world: &'static World, n: u32) {
    d::sem!(permits = 1);
    d::own!(over = Cell::new(false));
    d::scope!(cap = 2, bytes = 2048, |scope| {
        let _busy = scope.spawn(busy_child(world, d::share(permits), d::share(&over), n));
        let _sibling = scope.spawn(sibling_child(world, d::share(&over)));
    })
    .await;
}

#[d::task_fn]
async fn busy_child(
    world: &'static World,
    permits: d::Shared<'_, d::Sem>,
    over: d::Shared<'_, Cell<bool>>,
    n: u32,
) {
    busy(world, &permits, &over, n, false).await;
}

#[d::task_fn]
async fn sibling_child(world: &'static World, over: d::Shared<'_, Cell<bool>>) {
    sibling(world, &over).await;
}

#[d::task_fn]
async fn busy(world: &'static World, permits: &d::Sem, over: &Cell<bool>, n: u32, yields: bool) {
    for item in 0..n {
        let permit = permits.acquire().await;
        world.log(BUSY, TAKEN, item, 0);
        drop(permit);
        if yields {
            let _yielded = d::yield_now().await;
        }
    }
    over.set(true);
}

#[d::task_fn]
async fn sibling(world: &'static World, over: &Cell<bool>) {
    let mut turn = 0;
    while !over.get() {
        world.log(SIBLING, TURN, turn, 0);
        turn += 1;
        let _yielded = d::yield_now().await;
    }
}

/// The sibling has its turns. Severity: permits beyond [`TOO_MANY`] between two of them.
pub fn judge(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let (mut run, mut longest) = (0_u64, 0);
    for event in ledger.events() {
        run = if event.kind == TAKEN { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    metrics.set(Metric::StepsBetween, longest);
    let beyond = u32::try_from(longest.saturating_sub(TOO_MANY)).unwrap_or(u32::MAX);
    Judged::from_severity(beyond + params.n.abs_diff(ledger.count(TAKEN)))
}
