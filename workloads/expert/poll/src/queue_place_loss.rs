//! The wait is made once and raced by reference, so it keeps its place in the line. Nothing else
//! of the task waits for the lock meanwhile.

use core::cell::Cell;
use core::pin::pin;

use contract::{Case, Params, Role, World};
use design as d;
use suite::queue_place_loss::{ENDED, LIMIT_MS, SERVED, VICTIM, judge, workers};

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "requeued", role: Role::Hazard, run, judge }];

fn run(world: &'static World, params: &Params) {
    d::block_on(world, kept(world, params.n));
}

async fn kept(world: &'static World, tries: u32) {
    d::lock!(lock = 0_u32);
    let over = Cell::new(false);
    let victim = async {
        let _later = d::sleep(1).await;
        let mut wait = pin!(lock.lock());
        for attempt in 0..tries {
            let first = d::race(wait.as_mut(), d::sleep(LIMIT_MS)).await;
            if let d::Either::A(Ok(mut guard)) = first {
                *guard += 1;
                world.log(VICTIM, SERVED, attempt, 0);
                break;
            }
        }
        world.log(VICTIM, ENDED, 0, 0);
        over.set(true);
    };
    d::join(workers(lock, &over), victim).await;
}
