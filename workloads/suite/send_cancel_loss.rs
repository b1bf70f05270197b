//! A send that is cancelled drops the item that it owned.
//!
//! A producer offers items to a channel of one, each under a limit of 10 ms; the consumer takes
//! one every 30 ms. An item may be delivered, or come back to the producer, which logs it. What
//! is neither is lost, and no error says so.
//!
//! In `caller` the limit stands around the bare send. In `callee` it stands around a function
//! that handles the error of its send itself: where cancel is a value, that function still runs,
//! and the item comes back in the error; where cancelling is dropping, it is dropped with its
//! item. The program is the same text in both.
//!
//! The control waits under the limit for a slot, which holds nothing, and sends when it has one.
//!
//! After the documentation of tokio's `mpsc::Sender::send` (tokio#5947).

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use design as d;

/// An item reached the consumer.
pub const DELIVERED: u16 = 1;
/// An item came back to the producer.
pub const RETURNED: u16 = 2;

/// Actor: offers items.
pub const PRODUCER: u16 = 1;
/// Actor: takes items.
pub const CONSUMER: u16 = 2;

/// The producer waits for this long with each item.
pub const LIMIT_MS: u32 = 10;
/// The consumer takes this long over one item.
pub const CONSUME_MS: u32 = 30;

/// The channel between the two.
pub type Items = d::Chan<u32, 1>;
/// Slots that are free; one of them is a right to send at once.
pub type Slots = d::Chan<u32, 1>;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "caller", role: Role::Hazard, run: caller, judge },
    Case { id: "callee", role: Role::Hazard, run: callee, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn caller(world: &'static World, params: &Params) {
    d::block_on(world, bare(world, params.n));
}

fn callee(world: &'static World, params: &Params) {
    d::block_on(world, handled(world, params.n));
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, reserved(world, params.n));
}

#[d::task_fn]
async fn bare(world: &'static World, n: u32) {
    d::chan!(items: u32, 1);
    d::join(produce_bare(world, items, n), consume(world, items)).await;
}

#[d::task_fn]
async fn produce_bare(world: &'static World, items: &Items, n: u32) {
    for item in 0..n {
        if let Ok(Err(unsent)) = d::timeout(LIMIT_MS, items.send(item)).await {
            world.log(PRODUCER, RETURNED, unsent.into_inner(), 0);
        }
    }
    items.close();
}

#[d::task_fn]
async fn handled(world: &'static World, n: u32) {
    d::chan!(items: u32, 1);
    d::join(produce_handled(world, items, n), consume(world, items)).await;
}

#[d::task_fn]
async fn produce_handled(world: &'static World, items: &Items, n: u32) {
    for item in 0..n {
        let _offered = d::timeout(LIMIT_MS, offer(world, items, item)).await;
    }
    items.close();
}

/// Sends, and logs what comes back.
#[d::task_fn]
async fn offer(world: &'static World, items: &Items, item: u32) {
    if let Err(unsent) = items.send(item).await {
        world.log(PRODUCER, RETURNED, unsent.into_inner(), 0);
    }
}

/// Takes items, slowly, until the channel is closed.
#[d::task_fn]
pub async fn consume(world: &'static World, items: &Items) {
    while let Ok(Some(item)) = items.recv().await {
        world.log(CONSUMER, DELIVERED, item, 0);
        let _consumed = d::sleep(CONSUME_MS).await;
    }
}

#[d::task_fn]
async fn reserved(world: &'static World, n: u32) {
    d::chan!(items: u32, 1);
    d::chan!(slots: u32, 1);
    let _free = slots.send(0).await;
    d::join(produce_reserved(world, items, slots, n), consume_slots(world, items, slots)).await;
}

/// Waits for a slot under the limit; an item whose slot does not come stays with the producer.
#[d::task_fn]
pub async fn produce_reserved(world: &'static World, items: &Items, slots: &Slots, n: u32) {
    for item in 0..n {
        if let Ok(Ok(Some(_))) = d::timeout(LIMIT_MS, slots.recv()).await {
            let _sent = items.send(item).await;
        } else {
            world.log(PRODUCER, RETURNED, item, 0);
        }
    }
    items.close();
}

/// As [`consume`], and says when there is room again.
#[d::task_fn]
pub async fn consume_slots(world: &'static World, items: &Items, slots: &Slots) {
    while let Ok(Some(item)) = items.recv().await {
        world.log(CONSUMER, DELIVERED, item, 0);
        let _free = slots.send(0).await;
        let _consumed = d::sleep(CONSUME_MS).await;
    }
}

/// Every item is delivered or comes back, once.
pub fn judge(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let (mut lost, mut duplicated) = (0, 0);
    for item in 0..params.n {
        let of = |kind| ledger.of_kind(kind).filter(|event| event.item == item).count();
        match of(DELIVERED) + of(RETURNED) {
            0 => lost += 1,
            1 => {}
            _ => duplicated += 1,
        }
    }
    metrics.set(Metric::LostItems, lost);
    metrics.set(Metric::DuplicatedItems, duplicated);
    let stuck = u64::from(ledger.watchdog_fired());
    Judged::from_severity(u32::try_from(lost + duplicated + stuck).unwrap_or(u32::MAX))
}
