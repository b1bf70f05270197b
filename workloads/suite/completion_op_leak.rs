//! A result that is delivered to an operation nothing waits for any more.
//!
//! A device opens a resource ten milliseconds after it was asked to; the program waits for
//! five to fourteen and then goes on. In half of the rounds it has gone on when the resource
//! comes, and in one of ten both happen at the same instant. Whose is the resource then?
//!
//! Three ways to drop an operation that a device still works on, where it can be dropped:
//! `ignore` does nothing, `cancel` tells the device, which may have finished already, and
//! `reclaim` keeps the driver responsible for what comes. A design whose operations must
//! complete has one behaviour in all three: the loser is cancelled and answered for.
//!
//! The control is readiness: the resource is taken by the program itself, within a poll, so
//! that an operation that is dropped has nothing. In every case some resources must have been
//! opened and used: where nothing was, nothing could leak.
//!
//! Beside what leaked stand the resources that were closed without having been used, and the
//! requests to cancel that the device got.
//!
//! After wg-async#182 and the discussions of io_uring's accept.

use contract::{CLOSED, Case, Judged, Ledger, Metric, Metrics, OPENED, Params, Role, USED, World};
use design as d;

/// The device takes so long.
const OPENS_MS: u32 = 10;
/// What is still under way comes to its end meanwhile.
const SETTLE_MS: u32 = 100;
const LINE: usize = 0;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "ignore", role: Role::Hazard, run: ignore, judge },
    Case { id: "cancel", role: Role::Hazard, run: cancel, judge },
    Case { id: "reclaim", role: Role::Hazard, run: reclaim, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn ignore(world: &'static World, params: &Params) {
    d::block_on(world, open_resources(world, params.n, d::Orphan::Ignore));
}

fn cancel(world: &'static World, params: &Params) {
    d::block_on(world, open_resources(world, params.n, d::Orphan::Cancel));
}

fn reclaim(world: &'static World, params: &Params) {
    d::block_on(world, open_resources(world, params.n, d::Orphan::Reclaim));
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, takes(world, params.n));
}

/// How long round `round` waits.
fn patience_ms(round: u32) -> u32 {
    5 + round % 10
}

#[d::task_fn]
async fn open_resources(world: &'static World, n: u32, orphan: d::Orphan) {
    for round in 0..n {
        let opened = d::open_resource(OPENS_MS, orphan);
        if let d::Either::B(Ok(resource)) = d::race(d::sleep(patience_ms(round)), opened).await {
            world.use_resource(resource.number());
        }
    }
    let _settled = d::sleep(SETTLE_MS).await;
    world.metrics().set(Metric::CancelsIssued, world.device().cancels().into());
}

#[d::task_fn]
async fn takes(world: &'static World, n: u32) {
    world.start_line(LINE, OPENS_MS);
    let mut seen = 0;
    for round in 0..n {
        let ready = d::edge(LINE, seen);
        if let d::Either::B(Ok(edges)) = d::race(d::sleep(patience_ms(round)), ready).await {
            seen = edges;
            let resource = world.open();
            world.use_resource(resource);
            world.close(resource);
        }
    }
    let _settled = d::sleep(SETTLE_MS).await;
}

/// Whatever was opened was closed, and something was opened and used. Severity: resources that
/// were not closed; a run without any is a failure of its own and says nothing of leaks.
fn judge(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    let opened = ledger.count(OPENED);
    let idle = u32::from(opened == 0) + u32::from(ledger.count(USED) == 0);
    if idle > 0 {
        return Judged::from_severity(idle);
    }
    let used = |number: u32| ledger.of_kind(USED).any(|event| event.item == number);
    let unused = ledger.of_kind(CLOSED).filter(|event| !used(event.item)).count();
    let leaked = opened.saturating_sub(ledger.count(CLOSED));
    metrics.set(Metric::Leaked, leaked.into());
    metrics.set(Metric::ReclaimedLate, unused as u64);
    Judged::from_severity(leaked)
}
