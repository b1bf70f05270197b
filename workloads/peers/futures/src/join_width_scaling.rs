//! `select_all`, `join_all` and `FuturesUnordered` over the leaves of the suite.
//!
//! Written as their documentation shows them. `join_all` keeps children in order and polls
//! all of them while there are at most 30; above, it is built on `FuturesOrdered`.

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use futures_util::future::{join_all, select_all};
use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::block_on;

/// A leaf completed; `item` is its number.
const COMPLETED: u16 = 1;
const LEAF: u16 = 1;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "select_all", role: Role::Hazard, run: run_select_all, judge },
    Case { id: "join_all", role: Role::Hazard, run: run_join_all, judge },
    Case { id: "unordered", role: Role::Hazard, run: run_unordered, judge },
];

fn run_select_all(world: &'static World, params: &Params) {
    let n = params.n;
    block_on(world, async move {
        let mut rest: Vec<_> = leaves(world, n).map(Box::pin).collect();
        while !rest.is_empty() {
            let ((), _, others) = select_all(rest).await;
            rest = others;
        }
    });
}

fn run_join_all(world: &'static World, params: &Params) {
    let n = params.n;
    block_on(world, async move {
        join_all(leaves(world, n)).await;
    });
}

fn run_unordered(world: &'static World, params: &Params) {
    let n = params.n;
    block_on(world, async move {
        let mut set: FuturesUnordered<_> = leaves(world, n).collect();
        while set.next().await.is_some() {}
    });
}

fn leaves(world: &'static World, n: u32) -> impl Iterator<Item = impl Future<Output = ()>> {
    (0..n).map(move |item| leaf(world, item, n - item))
}

/// Ready after `ms` milliseconds, as in the suite.
async fn leaf(world: &'static World, item: u32, ms: u32) {
    kernel::leaf::sleep::sleep(ms).await;
    world.log(LEAF, COMPLETED, item, 0);
}

/// As in the suite: at most four polls of a leaf per completion.
fn judge(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let completed = ledger.count(COMPLETED);
    let polls = metrics.get(Metric::LeafPolls).unwrap_or(0);
    let beyond = polls.saturating_sub(u64::from(params.n) * 4);
    let beyond = u32::try_from(beyond).unwrap_or(u32::MAX);
    Judged::from_severity(params.n.saturating_sub(completed).saturating_add(beyond))
}
