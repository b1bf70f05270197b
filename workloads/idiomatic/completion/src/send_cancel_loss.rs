//! The limit hands over what it drained: the item that comes back is not dropped with it.

use contract::{Case, Params, Role, World};
use design as d;
use suite::send_cancel_loss::{Items, LIMIT_MS, PRODUCER, RETURNED, consume, judge};

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "caller", role: Role::Hazard, run, judge }];

fn run(world: &'static World, params: &Params) {
    d::block_on(world, offered(world, params.n));
}

#[d::task_fn]
async fn offered(world: &'static World, n: u32) {
    d::chan!(items: u32, 1);
    d::join(produce(world, items, n), consume(world, items)).await;
}

#[d::task_fn]
async fn produce(world: &'static World, items: &Items, n: u32) {
    for item in 0..n {
        let (sent, _elapsed) = d::deadline(LIMIT_MS, items.send(item)).await;
        if let Some(Err(unsent)) = sent {
            world.log(PRODUCER, RETURNED, unsent.into_inner(), 0);
        }
    }
    items.close();
}
