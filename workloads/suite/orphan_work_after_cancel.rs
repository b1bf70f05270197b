//! Work goes on after the operation that asked for it was cancelled.
//!
//! A parent starts a child that makes one effect every 10 ms, ten in all, and is ended after 35
//! ms. `child` starts it in a scope, `kept` keeps it with `hold!`, whose handle is dropped with
//! the parent. An effect that comes after the canceller went on is late.
//!
//! `goodbye` ends n connections, which need 5 to 50 ms each for their last message, under a limit
//! of 40 ms; `goodbye-shielded` marks each message as one step (`shield`, the identity where
//! cancelling is dropping). A message that is not sent is a severity, a canceller that waits
//! longer than its limit is the price.
//!
//! The control ends nothing.
//!
//! After "AWS engineer: getting ready to deploy" (wg-async, 2021), and tokio's `JoinHandle`.

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use design as d;

/// Effect `item` of the work, or the last message of connection `item`.
pub const EFFECT: u16 = 1;
/// The canceller went on, `value` milliseconds after its limit.
pub const WENT_ON: u16 = 2;

/// Actor: works.
pub const CHILD: u16 = 1;
/// Actor: has the limit.
pub const CANCELLER: u16 = 2;

/// Effects of a child.
pub const EFFECTS: u32 = 10;
/// Milliseconds between effects.
pub const EFFECT_MS: u32 = 10;
/// The parent is ended after this long.
pub const LIMIT_MS: u32 = 35;
/// Connections have this long for their goodbyes.
pub const GOODBYE_MS: u32 = 40;
/// After that everything is quiet, whatever the design does.
pub const SETTLE_MS: u32 = 500;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "child", role: Role::Hazard, run: child, judge },
    Case { id: "kept", role: Role::Hazard, run: kept, judge },
    Case { id: "goodbye", role: Role::Hazard, run: goodbye, judge: judge_goodbyes },
    Case { id: "goodbye-shielded", role: Role::Hazard, run: shielded, judge: judge_goodbyes },
    Case { id: "control", role: Role::Control, run: control, judge: judge_goodbyes },
];

fn child(world: &'static World, _: &Params) {
    d::block_on(world, scope_under_limit(world));
}

fn kept(world: &'static World, _: &Params) {
    d::block_on(world, hold_under_limit(world));
}

fn goodbye(world: &'static World, params: &Params) {
    d::block_on(world, goodbyes(world, params.n, false));
}

fn shielded(world: &'static World, params: &Params) {
    d::block_on(world, goodbyes(world, params.n, true));
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, patient(world, params.n));
}

/// The child: stops at its first wait that fails.
#[d::task_fn]
async fn effects(world: &'static World) {
    for effect in 0..EFFECTS {
        if d::sleep(EFFECT_MS).await.is_err() {
            return;
        }
        world.log(CHILD, EFFECT, effect, 0);
    }
}

#[d::task_fn]
async fn scope_under_limit(world: &'static World) {
    let parent = d::scope!(cap = 1, bytes = 512, |scope| {
        let child = scope.spawn(effects(world));
        let _ended = child.await;
    });
    let _limited = d::timeout(LIMIT_MS, parent).await;
    settle(world, LIMIT_MS).await;
}

#[d::task_fn]
async fn hold_under_limit(world: &'static World) {
    let parent = d::hold!(effects(world), |child| {
        child.turn().await;
    });
    let _limited = d::timeout(LIMIT_MS, parent).await;
    settle(world, LIMIT_MS).await;
}

#[d::task_fn]
async fn goodbyes(world: &'static World, n: u32, shielded: bool) {
    let _limited = d::timeout(GOODBYE_MS, all_goodbyes(world, n, shielded)).await;
    settle(world, GOODBYE_MS).await;
}

#[d::task_fn]
async fn patient(world: &'static World, n: u32) {
    all_goodbyes(world, n, false).await;
    world.log(CANCELLER, WENT_ON, 0, 0);
}

#[d::task_fn]
async fn all_goodbyes(world: &'static World, n: u32, shielded: bool) {
    d::scope!(cap = 100, bytes = 32_768, |scope| {
        for connection in 0..n {
            let _child = scope.spawn(one_goodbye(world, connection, shielded));
        }
    })
    .await;
}

#[d::task_fn]
async fn one_goodbye(world: &'static World, connection: u32, shielded: bool) {
    let ms = 5 + connection % 46;
    let sent = if shielded { d::shield(d::sleep(ms)).await } else { d::sleep(ms).await };
    if sent.is_ok() {
        world.log(CHILD, EFFECT, connection, 0);
    }
}

#[d::task_fn]
async fn settle(world: &'static World, limit_ms: u32) {
    let late_ms = world.now_ms().saturating_sub(limit_ms);
    world.log(CANCELLER, WENT_ON, 0, i32::try_from(late_ms).unwrap_or(i32::MAX));
    let _settled = d::sleep(SETTLE_MS).await;
}

/// No effect comes after the canceller went on. Severity: those that do.
pub fn judge(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    Judged::from_severity(late(ledger, metrics) + u32::from(ledger.count(EFFECT) == 0))
}

/// Every last message is sent before the canceller goes on. Severity: those that are not.
pub fn judge_goodbyes(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let missing = params.n.saturating_sub(ledger.count(EFFECT));
    metrics.set(Metric::LostItems, missing.into());
    Judged::from_severity(missing + late(ledger, metrics))
}

fn late(ledger: &Ledger, metrics: &Metrics) -> u32 {
    let mut went_on = false;
    let mut late = 0;
    for event in ledger.events() {
        went_on |= event.kind == WENT_ON;
        late += u32::from(went_on && event.kind == EFFECT);
    }
    let waited = ledger.of_kind(WENT_ON).map(|event| event.value.unsigned_abs()).next();
    metrics.set(Metric::LateEffects, late.into());
    metrics.set(Metric::CancelMsMax, waited.unwrap_or(0).into());
    late + u32::from(!went_on)
}
