//! The code that stands in line is a task with a share of what it stands in line for, so it moves
//! whatever its parent awaits.

use contract::{Case, Judged, Ledger, Metrics, Params, Role, World};
use design as d;
use portable::futurelock::{SERVED, background, judge, use_lock};

const CONSUMER: u16 = 2;

type Lock = d::Shared<'static, d::Lock<u32>>;
type Items = d::Shared<'static, d::Chan<u32, 1>>;

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

async fn hold_it(lock: Lock) {
    background(&lock).await;
}

async fn user(world: &'static World, lock: Lock, number: u32) {
    let _served = use_lock(world, &lock, number).await;
}

async fn case_a(world: &'static World) {
    d::lock!(lock = 0_u32);
    let background = d::spawn(hold_it(d::share(lock)));
    let _started = d::sleep(1).await;
    let mut first = d::spawn(user(world, d::share(lock), 1));
    if let d::Either::B(_) = d::race(&mut first, d::sleep(500)).await {
        let _served = use_lock(world, lock, 2).await;
        let _served = first.await;
    }
    let _ended = background.await;
}

async fn case_b(world: &'static World) {
    d::chan!(items: u32, 1);
    let _filled = items.send(0).await;
    let consumer = d::spawn(receive_three(world, d::share(items)));
    let mut first = d::spawn(send_one(d::share(items)));
    if let d::Either::B(_) = d::race(&mut first, d::sleep(10)).await {
        let _sent = items.send(2).await;
        let _sent = first.await;
    }
    let _ended = consumer.await;
}

async fn send_one(items: Items) {
    let _sent = items.send(1).await;
}

async fn receive_three(world: &'static World, items: Items) {
    for _ in 0..3 {
        let _waited = d::sleep(100).await;
        if let Ok(Some(item)) = items.recv().await {
            world.log(CONSUMER, SERVED, item, 0);
        }
    }
}

async fn case_c(world: &'static World) {
    d::lock!(lock = 0_u32);
    let background = d::spawn(hold_it(d::share(lock)));
    let _started = d::sleep(1).await;
    let items = [(500, None), (0, Some(d::share(lock)))];
    let ops = items.map(|(ms, lock)| item(world, ms, lock));
    d::buffered::<2, _, _, _>(ops, |first| body(world, d::share(lock), first)).await;
    let _ended = background.await;
}

/// True for the item that waits; the other one stands in line.
async fn item(world: &'static World, ms: u32, lock: Option<Lock>) -> bool {
    match lock {
        None => d::sleep(ms).await.is_ok(),
        Some(lock) => {
            user(world, lock, 1).await;
            false
        }
    }
}

async fn body(world: &'static World, lock: Lock, first: bool) {
    if first {
        user(world, lock, 2).await;
    }
}
