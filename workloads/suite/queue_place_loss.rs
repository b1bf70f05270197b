//! A wait for a fair lock that is cancelled and begun again loses its place in the line.
//!
//! Four workers take a lock in turns, 10 ms each. A fifth, the victim, waits for it under a limit
//! of 20 ms, and begins again when the limit is over, up to n times. The line is longer than the
//! limit, so a victim that goes to its end every time is never served.
//!
//! `requeued` makes a new wait in every try. The control keeps one wait across the tries.
//!
//! After "Barbara polls a mutex" (wg-async, 2021), and tokio's list of operations that lose their
//! place in a queue when they are cancelled.

use core::cell::Cell;

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use design as d;

/// The victim was served, in try `item`.
pub const SERVED: u16 = 1;
/// The victim's tries are over.
pub const ENDED: u16 = 2;

/// Actor: waits under a limit.
pub const VICTIM: u16 = 1;

/// A worker holds the lock this long.
pub const USE_MS: u32 = 10;
/// The victim waits for this long.
pub const LIMIT_MS: u32 = 20;

/// What everyone waits for.
pub type Lock = d::Lock<u32>;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "requeued", role: Role::Hazard, run: requeued, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn requeued(world: &'static World, params: &Params) {
    d::block_on(world, begun_again(world, params.n));
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, kept(world, params.n));
}

#[d::task_fn]
async fn begun_again(world: &'static World, tries: u32) {
    d::lock!(lock = 0_u32);
    let over = Cell::new(false);
    d::join(workers(lock, &over), begin_again(world, lock, &over, tries)).await;
}

#[d::task_fn]
async fn begin_again(world: &'static World, lock: &Lock, over: &Cell<bool>, tries: u32) {
    let _later = d::sleep(1).await;
    for attempt in 0..tries {
        if let d::Either::A(Ok(mut guard)) = d::race(lock.lock(), d::sleep(LIMIT_MS)).await {
            *guard += 1;
            world.log(VICTIM, SERVED, attempt, 0);
            break;
        }
    }
    world.log(VICTIM, ENDED, 0, 0);
    over.set(true);
}

#[d::task_fn]
async fn kept(world: &'static World, tries: u32) {
    d::lock!(lock = 0_u32);
    let over = Cell::new(false);
    let victim = d::hold!(take_after(1, d::share(lock)), |wait| {
        for attempt in 0..tries {
            if let d::Either::A(_) = d::race(wait.turn(), d::sleep(LIMIT_MS)).await {
                world.log(VICTIM, SERVED, attempt, 0);
                break;
            }
        }
        world.log(VICTIM, ENDED, 0, 0);
        over.set(true);
    });
    d::join(workers(lock, &over), victim).await;
}

#[d::task_fn]
async fn take_after(ms: u32, lock: d::Shared<'_, Lock>) {
    let _later = d::sleep(ms).await;
    if let Ok(mut guard) = lock.lock().await {
        *guard += 1;
    }
}

/// Four workers, until the victim's tries are over.
#[d::task_fn]
pub async fn workers(lock: &Lock, over: &Cell<bool>) {
    let two = d::join(worker(lock, over), worker(lock, over));
    d::join(two, d::join(worker(lock, over), worker(lock, over))).await;
}

#[d::task_fn]
async fn worker(lock: &Lock, over: &Cell<bool>) {
    while !over.get() {
        let Ok(mut guard) = lock.lock().await else { return };
        let _used = d::sleep(USE_MS).await;
        *guard += 1;
    }
}

/// The victim is served. Severity: one if it is not.
pub fn judge(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    let ended = ledger.of_kind(ENDED).map(|event| event.at_ms).next();
    metrics.set(Metric::LateItems, u64::from(ledger.count(SERVED) == 0));
    metrics.set(Metric::CancelMsMax, ended.unwrap_or(0).into());
    Judged::from_severity(u32::from(ledger.count(SERVED) == 0 || ended.is_none()))
}
