//! A future that is alive but not polled owns what its own task waits for.
//!
//! An operation is kept across a race, stands in line for a fair resource, and is granted
//! it while nothing polls it; the handler of the other arm then waits for the same resource.
//! Case `a` shows it with a lock, `b` with a slot of a channel, `c` with a window of
//! operations instead of a race.
//!
//! Controls: race by value, so that the loser is gone; and the first user as a job of its
//! own, so that something polls it.
//!
//! After Oxide RFD 609, "Futurelock" (2025).

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use design as d;

/// A user of the lock was served, or an item was received; `item` says which.
pub const SERVED: u16 = 1;

/// Actor: a user of the lock.
pub const USER: u16 = 1;
/// Actor: takes items.
pub const CONSUMER: u16 = 2;

/// The background job holds the lock this long.
pub const HELD_MS: u32 = 5000;
/// A user holds the lock this long.
pub const USE_MS: u32 = 10;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "a", role: Role::Hazard, run: lock_by_reference, judge: judge_two },
    Case { id: "b", role: Role::Hazard, run: send_by_reference, judge: judge_three },
    Case { id: "c", role: Role::Hazard, run: lock_in_window, judge: judge_two },
    Case { id: "control-by-value", role: Role::Control, run: lock_by_value, judge: judge_one },
    Case { id: "control-job", role: Role::Control, run: lock_as_job, judge: judge_two },
];

fn lock_by_reference(world: &'static World, _: &Params) {
    d::block_on(world, case_a(world));
}

fn send_by_reference(world: &'static World, _: &Params) {
    d::block_on(world, case_b(world));
}

fn lock_in_window(world: &'static World, _: &Params) {
    d::block_on(world, case_c(world));
}

fn lock_by_value(world: &'static World, _: &Params) {
    d::block_on(world, case_by_value(world));
}

fn lock_as_job(world: &'static World, _: &Params) {
    d::block_on(world, case_job(world));
}

#[d::task_fn]
async fn case_a(world: &'static World) {
    d::lock!(lock = 0_u32);
    d::join(background(lock), race_by_reference(world, lock)).await;
}

#[d::task_fn]
async fn race_by_reference(world: &'static World, lock: &d::Lock<u32>) {
    let _started = d::sleep(1).await;
    d::hold!(use_lock(world, lock, 1), |first| {
        match d::race(first.turn(), d::sleep(500)).await {
            d::Either::A(_) => {}
            d::Either::B(_) => {
                let _served = use_lock(world, lock, 2).await;
                let _served = first.turn().await;
            }
        }
    })
    .await;
}

#[d::task_fn]
async fn case_b(world: &'static World) {
    d::chan!(items: u32, 1);
    let _filled = items.send(0).await;
    d::join(receive_three(world, items), send_two(items)).await;
}

#[d::task_fn]
async fn send_two(items: &d::Chan<u32, 1>) {
    d::hold!(items.send(1), |first| {
        match d::race(first.turn(), d::sleep(10)).await {
            d::Either::A(_) => {}
            d::Either::B(_) => {
                let _sent = items.send(2).await;
                let _sent = first.turn().await;
            }
        }
    })
    .await;
}

#[d::task_fn]
async fn receive_three(world: &'static World, items: &d::Chan<u32, 1>) {
    for _ in 0..3 {
        let _waited = d::sleep(100).await;
        if let Ok(Some(item)) = items.recv().await {
            world.log(CONSUMER, SERVED, item, 0);
        }
    }
}

#[d::task_fn]
async fn case_c(world: &'static World) {
    d::lock!(lock = 0_u32);
    d::join(background(lock), window(world, lock)).await;
}

/// The first item of the window is ready at 500 ms; the second stands in line for the lock
/// while the body of the first waits for it.
#[d::task_fn]
async fn window(world: &'static World, lock: &d::Lock<u32>) {
    let _started = d::sleep(1).await;
    let items = (0..2).map(|item| window_item(world, lock, item));
    d::buffered::<2, _, _, _>(items, |item| window_body(world, lock, item)).await;
}

#[d::task_fn]
async fn window_item(world: &'static World, lock: &d::Lock<u32>, item: u32) -> u32 {
    if item == 0 {
        let _waited = d::sleep(500).await;
    } else {
        let _served = use_lock(world, lock, 1).await;
    }
    item
}

#[d::task_fn]
async fn window_body(world: &'static World, lock: &d::Lock<u32>, item: u32) {
    if item == 0 {
        let _served = use_lock(world, lock, 2).await;
    }
}

#[d::task_fn]
async fn case_by_value(world: &'static World) {
    d::lock!(lock = 0_u32);
    d::join(background(lock), race_by_value(world, lock)).await;
}

#[d::task_fn]
async fn race_by_value(world: &'static World, lock: &d::Lock<u32>) {
    let _started = d::sleep(1).await;
    if let d::Either::B(_) = d::race(use_lock(world, lock, 1), d::sleep(500)).await {
        let _served = use_lock(world, lock, 2).await;
    }
}

#[d::task_fn]
async fn case_job(world: &'static World) {
    d::lock!(lock = 0_u32);
    let first = delayed_user(world, lock, 1, 1);
    let second = delayed_user(world, lock, 2, 501);
    d::join(background(lock), d::join(first, second)).await;
}

#[d::task_fn]
async fn delayed_user(world: &'static World, lock: &d::Lock<u32>, user: u32, delay_ms: u32) {
    let _started = d::sleep(delay_ms).await;
    let _served = use_lock(world, lock, user).await;
}

/// Holds the lock from the start.
#[d::task_fn]
pub async fn background(lock: &d::Lock<u32>) {
    if let Ok(mut guard) = lock.lock().await {
        let _held = d::sleep(HELD_MS).await;
        *guard += 1;
    }
}

/// Takes the lock, holds it a little, releases it.
#[d::task_fn]
pub async fn use_lock(
    world: &'static World,
    lock: &d::Lock<u32>,
    user: u32,
) -> Result<(), d::Error> {
    let mut guard = lock.lock().await?;
    d::sleep(USE_MS).await?;
    *guard += 1;
    world.log(USER, SERVED, user, 0);
    Ok(())
}

/// One user is served.
pub fn judge_one(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    judge(ledger, metrics, 1)
}

/// Two users are served.
pub fn judge_two(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    judge(ledger, metrics, 2)
}

/// Three items are received.
pub fn judge_three(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    judge(ledger, metrics, 3)
}

/// All are served; the watchdog does not fire.
pub fn judge(ledger: &Ledger, metrics: &Metrics, expected: u32) -> Judged {
    let missing = expected.saturating_sub(ledger.count(SERVED));
    metrics.set(Metric::LostItems, u64::from(missing));
    let stuck = u32::from(ledger.watchdog_fired());
    Judged::from_severity(missing.max(stuck))
}
