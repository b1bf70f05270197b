//! Never leave a future unpolled: what is kept across a race is driven beside the handler,
//! by a join instead of an await.

use core::pin::pin;

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
    let main = async {
        let _started = d::sleep(1).await;
        let mut first = pin!(use_lock(world, lock, 1));
        if let d::Either::B(_) = d::race(first.as_mut(), d::sleep(500)).await {
            let _served = d::join(first, use_lock(world, lock, 2)).await;
        }
    };
    d::join(background(lock), main).await;
}

async fn case_b(world: &'static World) {
    d::chan!(items: u32, 1);
    let _filled = items.send(0).await;
    let main = async {
        let mut first = pin!(items.send(1));
        if let d::Either::B(_) = d::race(first.as_mut(), d::sleep(10)).await {
            let _sent = d::join(first, items.send(2)).await;
        }
    };
    d::join(receive_three(world, items), main).await;
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
    let main = async {
        let _started = d::sleep(1).await;
        let first = use_lock(world, lock, 1);
        let rest = async {
            let _ready = d::sleep(500).await;
            use_lock(world, lock, 2).await
        };
        let _served = d::join(first, rest).await;
    };
    d::join(background(lock), main).await;
}
