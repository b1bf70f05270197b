//! The window of a buffered stream freezes while the loop body awaits.
//!
//! Twenty connections are opened through an ordered window of five. Each item opens its
//! connection, waits five milliseconds and uses it; a peer closes connections that are
//! unused for more than 100 ms. The loop body takes 200 ms per item. Where the window is
//! driven only while the loop asks for the next item, connections stand open and unused
//! for a whole body.
//!
//! The control has a body that does not await.
//!
//! After "Barbara battles buffered streams" (wg-async, 2021) and futures-rs#2387.

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use design as d;

/// An item was claimed: its operation was polled for the first time.
pub const CLAIMED: u16 = 1;
/// A connection was opened.
pub const OPENED: u16 = 2;
/// A connection was used; `value` is its age in milliseconds.
pub const USED: u16 = 3;
/// A body began.
pub const BODY: u16 = 4;
/// A body ended.
pub const BODY_OVER: u16 = 5;

/// Actor: an item of the window.
pub const ITEM: u16 = 1;
/// Actor: the loop over the window.
pub const LOOP: u16 = 2;

/// Items in flight at most.
pub const WINDOW: usize = 5;
/// The peer closes a connection that is unused for longer.
const PEER_PATIENCE_MS: i32 = 100;
/// What the loop body takes per item.
pub const BODY_MS: u32 = 200;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "hazard", role: Role::Hazard, run: hazard, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn hazard(world: &'static World, params: &Params) {
    d::block_on(world, stream(world, params.n, BODY_MS));
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, stream(world, params.n, 0));
}

#[d::task_fn]
async fn stream(world: &'static World, n: u32, body_ms: u32) {
    let items = (0..n).map(|item| connection(world, item));
    d::buffered::<WINDOW, _, _, _>(items, |item| body(world, item, body_ms)).await;
}

/// Opens connection `item`, waits a little, uses it.
#[d::task_fn]
pub async fn connection(world: &'static World, item: u32) -> u32 {
    world.log(ITEM, CLAIMED, item, 0);
    let _opened = d::sleep(5 * (item % 5 + 1)).await;
    let opened_ms = world.now_ms();
    world.log(ITEM, OPENED, item, 0);
    let _waited = d::sleep(5).await;
    let age = i32::try_from(world.now_ms() - opened_ms).unwrap_or(i32::MAX);
    world.log(ITEM, USED, item, age);
    item
}

/// The loop body; one runs at a time.
#[d::task_fn]
pub async fn body(world: &'static World, item: u32, body_ms: u32) {
    world.log(LOOP, BODY, item, 0);
    if body_ms > 0 {
        let _worked = d::sleep(body_ms).await;
    }
    world.log(LOOP, BODY_OVER, item, 0);
}

/// No connection is used later than its peer is patient; every item gets its body.
pub fn judge(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let late = ledger
        .of_kind(USED)
        .fold(0, |late, event| if event.value > PEER_PATIENCE_MS { late + 1 } else { late });
    let (mut bodies, mut bodies_peak) = (0_u64, 0);
    let (mut ahead, mut claimed_ahead) = (0_u64, 0);
    for event in ledger.events() {
        match event.kind {
            CLAIMED => ahead += 1,
            BODY => {
                ahead = ahead.saturating_sub(1);
                bodies += 1;
            }
            BODY_OVER => bodies = bodies.saturating_sub(1),
            _ => {}
        }
        bodies_peak = bodies.max(bodies_peak);
        claimed_ahead = ahead.max(claimed_ahead);
    }
    let missing = params.n.saturating_sub(ledger.count(BODY_OVER));
    metrics.set(Metric::LateItems, u64::from(late));
    metrics.set(Metric::BodiesPeak, bodies_peak);
    metrics.set(Metric::ClaimedAhead, claimed_ahead);
    metrics.set(Metric::LostItems, u64::from(missing));
    Judged::from_severity(late + missing)
}
