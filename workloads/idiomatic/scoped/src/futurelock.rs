//! The code that stands in line is a child, so something polls it whatever its parent awaits.

use contract::{Case, Judged, Ledger, Metrics, Params, Role, World};
use design as d;
use suite::futurelock::{SERVED, background, judge, use_lock};

const CONSUMER: u16 = 2;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "a", role: Role::Hazard, run: lock, judge: judge_two },
    Case { id: "b", role: Role::Hazard, run: send, judge: judge_three },
    Case { id: "c", role: Role::Hazard, run: window, judge: judge_two },
];

fn judge_two(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    judge(ledger, metrics, 2)
}

fn judge_three(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    judge(ledger, metrics, 3)
}

fn lock(world: &'static World, _: &Params) {
    d::block_on(world, case_a(world));
}

fn send(world: &'static World, _: &Params) {
    d::block_on(world, case_b(world));
}

fn window(world: &'static World, _: &Params) {
    d::block_on(world, case_c(world));
}

async fn case_a(world: &'static World) {
    d::lock!(lock = 0_u32);
    d::scope!(cap = 2, bytes = 1024, |scope| {
        let _background = scope.spawn(background(lock));
        let _started = d::sleep(1).await;
        let first = scope.spawn(use_lock(world, lock, 1));
        if let d::Either::B(_) = d::race(first, d::sleep(500)).await {
            let _served = use_lock(world, lock, 2).await;
        }
    })
    .await;
}

async fn case_b(world: &'static World) {
    d::chan!(items: u32, 1);
    let _filled = items.send(0).await;
    d::scope!(cap = 2, bytes = 1024, |scope| {
        let _consumer = scope.spawn(receive_three(world, items));
        let first = scope.spawn(items.send(1));
        if let d::Either::B(_) = d::race(first, d::sleep(10)).await {
            let _sent = items.send(2).await;
        }
    })
    .await;
}

async fn receive_three(world: &'static World, items: &d::Chan<u32, 1>) {
    for _ in 0..3 {
        let _waited = d::sleep(100).await;
        if let Ok(Some(item)) = items.recv().await {
            world.log(CONSUMER, SERVED, item, 0);
        }
    }
}

async fn case_c(world: &'static World) {
    d::lock!(lock = 0_u32);
    d::scope!(cap = 3, bytes = 1024, |scope| {
        let _background = scope.spawn(background(lock));
        let _started = d::sleep(1).await;
        let ready = scope.spawn(d::sleep(500));
        let first = scope.spawn(use_lock(world, lock, 1));
        let _ready = ready.await;
        let _served = use_lock(world, lock, 2).await;
        let _served = first.await;
    })
    .await;
}
