//! Permits are owned by operations in a buffered window while the body of its loop asks for one.
//!
//! n items go through an ordered window of three. Each waits five milliseconds, takes the only
//! permit, works for ten and gives the permit back; the loop body takes it for one. A permit that
//! is given back is handed to the first in line, and that is an item of the window. Where the
//! window is driven only while the loop asks for the next item, that item never uses the permit,
//! and the body waits for ever.
//!
//! `batch` is no fault of who drives: a permit goes out with an item's output, and the loop keeps
//! three of two before it gives any back. It stops in every design.
//!
//! The control has bodies that need no permit.
//!
//! After futures-rs#2387 and wg-async#131.

use core::cell::Cell;

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use design as d;

/// The work of an item was done, under its permit.
pub const WORKED: u16 = 1;
/// The body of an item ended.
pub const PROCESSED: u16 = 2;

/// Actor: an item of the window.
pub const ITEM: u16 = 1;
/// Actor: the loop over the window.
pub const LOOP: u16 = 2;

/// Items in flight at most.
pub const WINDOW: usize = 3;
/// An item waits so long before it asks for its permit.
pub const WAIT_MS: u32 = 5;
/// An item has its permit for so long.
pub const WORK_MS: u32 = 10;
/// A body has its permit for so long.
pub const BODY_MS: u32 = 1;
/// Permits of the case `batch`, which are messages.
pub const TOKENS: usize = 2;
/// Outputs that the loop of `batch` keeps, with their permits, before it gives any back.
pub const BATCH: u32 = 3;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "hazard", role: Role::Hazard, run: hazard, judge },
    Case { id: "batch", role: Role::Hazard, run: batch, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn hazard(world: &'static World, params: &Params) {
    d::block_on(world, limited(world, params.n, true));
}

fn batch(world: &'static World, params: &Params) {
    d::block_on(world, batched(world, params.n));
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, limited(world, params.n, false));
}

#[d::task_fn]
async fn limited(world: &'static World, n: u32, body_limited: bool) {
    d::sem!(permits = 1);
    let items = (0..n).map(|number| shared_item(world, d::share(permits), number));
    d::buffered::<WINDOW, _, _, _>(items, |number| body(world, permits, number, body_limited))
        .await;
}

#[d::task_fn]
async fn shared_item(world: &'static World, permits: d::Shared<'_, d::Sem>, number: u32) -> u32 {
    let _worked = item(world, &permits, number).await;
    number
}

/// Waits, and works under a permit.
#[d::task_fn]
pub async fn item(world: &'static World, permits: &d::Sem, number: u32) -> Result<(), d::Error> {
    d::sleep(WAIT_MS).await?;
    let _permit = permits.acquire().await?;
    d::sleep(WORK_MS).await?;
    world.log(ITEM, WORKED, number, 0);
    Ok(())
}

/// The loop body; one runs at a time.
#[d::task_fn]
pub async fn body(world: &'static World, permits: &d::Sem, number: u32, limited: bool) {
    if limited {
        let _processed = process(world, permits, number).await;
    } else {
        world.log(LOOP, PROCESSED, number, 0);
    }
}

/// What a body does under a permit.
#[d::task_fn]
pub async fn process(world: &'static World, permits: &d::Sem, number: u32) -> Result<(), d::Error> {
    let _permit = permits.acquire().await?;
    d::sleep(BODY_MS).await?;
    world.log(LOOP, PROCESSED, number, 0);
    Ok(())
}

#[d::task_fn]
async fn batched(world: &'static World, n: u32) {
    d::chan!(tokens: u32, TOKENS);
    for token in (0_u32..).take(TOKENS) {
        let _given = tokens.send(token).await;
    }
    let kept = Cell::new(0);
    let items = (0..n).map(|number| with_token(world, d::share(tokens), number));
    d::buffered::<WINDOW, _, _, _>(items, |number| keep(world, tokens, &kept, number)).await;
}

/// Ready with its token, which the loop gives back.
#[d::task_fn]
async fn with_token(
    world: &'static World,
    tokens: d::Shared<'_, d::Chan<u32, TOKENS>>,
    number: u32,
) -> u32 {
    let _token = tokens.recv().await;
    world.log(ITEM, WORKED, number, 0);
    number
}

/// Keeps outputs until there are enough, and gives their tokens back.
#[d::task_fn]
async fn keep(world: &'static World, tokens: &d::Chan<u32, TOKENS>, kept: &Cell<u32>, number: u32) {
    kept.set(kept.get() + 1);
    if kept.get() == BATCH {
        for token in 0..kept.take() {
            let _given = tokens.send(token).await;
            world.log(LOOP, PROCESSED, number, 0);
        }
    }
}

/// Every item gets its body.
pub fn judge(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let missing = params.n.saturating_sub(ledger.count(PROCESSED));
    metrics.set(Metric::LostItems, u64::from(missing));
    Judged::from_severity(missing.max(u32::from(ledger.watchdog_fired())))
}
