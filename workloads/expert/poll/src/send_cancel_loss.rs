//! Reserve, then send: the limit stands around the wait for a slot, which holds no item.

use contract::{Case, Params, Role, World};
use design as d;
use suite::send_cancel_loss::{consume_slots, judge, produce_reserved};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "caller", role: Role::Hazard, run, judge },
    Case { id: "callee", role: Role::Hazard, run, judge },
];

fn run(world: &'static World, params: &Params) {
    d::block_on(world, reserve_then_send(world, params.n));
}

async fn reserve_then_send(world: &'static World, n: u32) {
    d::chan!(items: u32, 1);
    d::chan!(slots: u32, 1);
    let _free = slots.send(0).await;
    let producer = produce_reserved(world, items, slots, n);
    d::join(producer, consume_slots(world, items, slots)).await;
}
