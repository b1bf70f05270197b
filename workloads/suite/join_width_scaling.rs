//! The cost of one completion against the number of siblings.
//!
//! `n` leaves become ready one after another, in reverse order of their start, so that
//! every completion comes alone and the last leaf comes first. A combinator that looks at
//! all of its children whenever one is woken polls about n²/2 leaves; one with a waker per
//! child polls about 2 n.
//!
//! `own` is each design's own wide form, a scope of `n` children. `static` is a tree of
//! two-way joins over eight leaves. The control awaits the leaves one after the other.
//! Public combinators are measured on the same leaves in `workloads/peers`.
//!
//! After "Barbara bridges sync and async" (wg-async, 2021), futures-rs#1603 and #2412.

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use design as d;

/// A leaf completed; `item` is its number.
pub const COMPLETED: u16 = 1;
const LEAF: u16 = 1;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "own", role: Role::Hazard, run: own, judge },
    Case { id: "static", role: Role::Hazard, run: fixed, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn own(world: &'static World, params: &Params) {
    d::block_on(world, children(world, params.n));
}

fn fixed(world: &'static World, params: &Params) {
    assert!(params.n == 8, "the tree of joins has eight leaves");
    d::block_on(world, eight(world));
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, one_by_one(world, params.n));
}

#[d::task_fn]
async fn children(world: &'static World, n: u32) {
    let _all = d::scope!(cap = 100, bytes = 32_768, |scope| {
        for item in 0..n {
            let _child = scope.spawn(leaf(world, item, n - item));
        }
    })
    .await;
}

#[d::task_fn]
async fn eight(world: &'static World) {
    let leaf = |item| leaf(world, item, 8 - item);
    let low = d::join(d::join(leaf(0), leaf(1)), d::join(leaf(2), leaf(3)));
    let high = d::join(d::join(leaf(4), leaf(5)), d::join(leaf(6), leaf(7)));
    d::join(low, high).await;
}

#[d::task_fn]
async fn one_by_one(world: &'static World, n: u32) {
    for item in 0..n {
        leaf(world, item, 1).await;
    }
}

/// Ready after `ms` milliseconds.
#[d::task_fn]
pub async fn leaf(world: &'static World, item: u32, ms: u32) {
    let _ready = d::sleep(ms).await;
    world.log(LEAF, COMPLETED, item, 0);
}

/// Every leaf completes, for at most four polls of a leaf per completion. Polls are counted
/// by the counting build; other builds judge completion only.
pub fn judge(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let missing = params.n.saturating_sub(ledger.count(COMPLETED));
    let polls = metrics.get(Metric::LeafPolls).unwrap_or(0);
    let allowed = u64::from(params.n) * 4;
    let beyond = u32::try_from(polls.saturating_sub(allowed)).unwrap_or(u32::MAX);
    Judged::from_severity(missing.saturating_add(beyond))
}
