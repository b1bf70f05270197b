//! Children that work on data of their parent's frame.
//!
//! Sixteen senders stand in the frame of a function. It sends 32 chunks over each of them, 5 ms a
//! chunk, by one child per sender. Where a child may borrow, it gets a reference; where a child
//! owns all that it uses, this text is refused by the compiler, and the idiomatic form shares by
//! counting.
//!
//! `awaited-at-once` awaits each child where it is made, so that nothing is concurrent, in any
//! design. The control sends in one loop, sender by sender.
//!
//! After "AWS engineer: failure to parallelize" (wg-async, 2021).

use core::cell::Cell;

use contract::{Case, Judged, Ledger, Metrics, Params, Role, World};
use design as d;

/// A sender is through; `item` is its number, `value` what it has sent.
pub const SENT: u16 = 1;
/// All senders are through.
pub const ALL: u16 = 2;

/// Actor: sends.
pub const SENDER: u16 = 1;

/// Chunks for each sender.
pub const CHUNKS: u32 = 32;
/// A chunk takes this long.
pub const CHUNK_MS: u32 = 5;
/// Senders in the frame.
pub const SENDERS: usize = 16;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "borrowed", role: Role::Hazard, run: borrowed, judge: judge_concurrent },
    Case { id: "awaited-at-once", role: Role::Hazard, run: awaited, judge: judge_concurrent },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn borrowed(world: &'static World, _: &Params) {
    d::block_on(world, children(world));
}

fn awaited(world: &'static World, _: &Params) {
    d::block_on(world, one_after_another(world));
}

fn control(world: &'static World, _: &Params) {
    d::block_on(world, serial(world));
}

/// Counts what goes through it.
#[derive(Debug, Default)]
pub struct Sender {
    sent: Cell<u32>,
}

#[d::task_fn]
async fn children(world: &'static World) {
    let senders: [Sender; SENDERS] = core::array::from_fn(|_| Sender::default());
    let senders = &senders;
    d::scope!(cap = 16, bytes = 8192, |scope| {
        for (number, sender) in senders.iter().enumerate() {
            let _child = scope.spawn(send(world, sender, number));
        }
    })
    .await;
    world.log(SENDER, ALL, 0, 0);
}

#[d::task_fn]
async fn one_after_another(world: &'static World) {
    let senders: [Sender; SENDERS] = core::array::from_fn(|_| Sender::default());
    let senders = &senders;
    d::scope!(cap = 16, bytes = 8192, |scope| {
        for (number, sender) in senders.iter().enumerate() {
            let child = scope.spawn(send(world, sender, number));
            let _ended = child.await;
        }
    })
    .await;
    world.log(SENDER, ALL, 0, 0);
}

#[d::task_fn]
async fn serial(world: &'static World) {
    let senders: [Sender; SENDERS] = core::array::from_fn(|_| Sender::default());
    for (number, sender) in senders.iter().enumerate() {
        send(world, sender, number).await;
    }
    world.log(SENDER, ALL, 0, 0);
}

/// Sends all chunks over one sender.
#[d::task_fn]
pub async fn send(world: &'static World, sender: &Sender, number: usize) {
    for _ in 0..CHUNKS {
        let _sent = d::sleep(CHUNK_MS).await;
        sender.sent.set(sender.sent.get() + 1);
    }
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    world.log(SENDER, SENT, number, i32::try_from(sender.sent.get()).unwrap_or(i32::MAX));
}

/// All chunks are sent. Severity: senders that are not through.
pub fn judge(ledger: &Ledger, _: &Params, _: &Metrics) -> Judged {
    let through = ledger.of_kind(SENT).filter(|event| event.value.unsigned_abs() == CHUNKS);
    let missing = u32::try_from(SENDERS.abs_diff(through.count())).unwrap_or(u32::MAX);
    Judged::from_severity(missing + u32::from(ledger.count(ALL) != 1))
}

/// And in at most twice the time of one sender.
pub fn judge_concurrent(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let serial = ledger.of_kind(ALL).any(|event| event.at_ms > 2 * CHUNKS * CHUNK_MS);
    Judged::from_severity(judge(ledger, params, metrics).severity + u32::from(serial))
}
