//! A buffer that a device still owns when its operation is given up.
//!
//! A device fills a buffer ten milliseconds after it was asked to. Case `reads` waits for
//! every read. In case `cancels` every tenth read is given up after one to nine milliseconds,
//! and the program uses the memory for something else at once. If the device writes into it
//! afterwards, the program sees bytes that it did not put there.
//!
//! In a design whose operations can be dropped, a safe read cannot lend the caller's buffer:
//! either the driver owns a buffer and copies, or the caller gives its buffer away for the
//! time of the operation. What it costs to be safe is therefore measured beside whether it
//! is: bytes copied, and allocations, per byte read. One byte is one operation.
//!
//! Every read that is not given up must have moved all of its bytes. The control makes as many
//! waits without a device.
//!
//! After wg-async "Grace wants a zero-copy API" and tokio-uring#1.

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use design as d;

/// A read was given up and its memory written by the device; `item` is the read.
const STALE: u16 = 1;
/// All reads are over; `item` is the bytes that they moved.
const READ: u16 = 2;
const READER: u16 = 1;

const SIZE: usize = 4096;
const READ_MS: u32 = 10;
/// What the program puts into memory that it uses for something else.
const OTHER: u8 = 0xA5;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "reads", role: Role::Hazard, run: reads, judge: judge_reads },
    Case { id: "cancels", role: Role::Hazard, run: cancels, judge: judge_cancels },
    Case { id: "control", role: Role::Control, run: control, judge: judge_control },
];

fn reads(world: &'static World, params: &Params) {
    d::block_on(world, read_all(world, params.n));
}

fn cancels(world: &'static World, params: &Params) {
    d::block_on(world, read_some(world, params.n));
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, wait(world, params.n));
}

/// Whether case `cancels` gives up read `item`.
fn gives_up(item: u32) -> bool {
    item % 10 == 9
}

#[d::task_fn]
async fn read_all(world: &'static World, n: u32) {
    let mut buffer = d::buf(SIZE);
    let mut bytes = 0;
    d::begin(world);
    for _ in 0..n {
        bytes += d::device_read(&mut buffer, READ_MS).await.unwrap_or(0);
    }
    finish(world, bytes);
}

#[d::task_fn]
async fn read_some(world: &'static World, n: u32) {
    let mut buffer = d::buf(SIZE);
    let mut bytes = 0;
    d::begin(world);
    for item in 0..n {
        if !gives_up(item) {
            bytes += d::device_read(&mut buffer, READ_MS).await.unwrap_or(0);
            continue;
        }
        let read = d::device_read(&mut buffer, READ_MS);
        let _given_up = d::race(d::sleep(1 + item % 9), read).await;
        if buffer.is_empty() {
            // Given away with the operation: the program goes on with another one.
            buffer = d::buf(SIZE);
        }
        buffer.as_mut().fill(OTHER);
        let _later = d::sleep(2 * READ_MS).await;
        if buffer.as_ref().iter().any(|byte| *byte != OTHER) {
            world.log(READER, STALE, item, 0);
        }
    }
    finish(world, bytes);
}

fn finish(world: &'static World, bytes: usize) {
    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
    d::end(world, bytes);
    world.log(READER, READ, bytes, 0);
}

#[d::task_fn]
async fn wait(world: &'static World, n: u32) {
    d::begin(world);
    for _ in 0..n {
        let _waited = d::sleep(READ_MS).await;
    }
    d::end(world, n);
    world.log(READER, READ, n, 0);
}

/// Every read moved all of its bytes.
fn judge_reads(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    judge(ledger, metrics, bytes(params.n))
}

/// Every read that was not given up moved all of its bytes.
fn judge_cancels(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let given_up = (0..params.n).filter(|item| gives_up(*item)).count();
    judge(ledger, metrics, bytes(params.n) - bytes(u32::try_from(given_up).unwrap_or(0)))
}

fn judge_control(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    judge(ledger, metrics, params.n)
}

fn bytes(reads: u32) -> u32 {
    u32::try_from(SIZE).unwrap_or(0) * reads
}

/// The device wrote into nothing that was not its own, and moved as much as it should.
/// Severity: reads that show a stale write, by what the program saw or by the device's own
/// leases, and one more where bytes are missing.
fn judge(ledger: &Ledger, metrics: &Metrics, wanted: u32) -> Judged {
    let seen = ledger.count(STALE);
    let leased = metrics.get(Metric::StaleWrites).unwrap_or(0);
    let stale = u64::from(seen).max(leased);
    metrics.set(Metric::StaleWrites, stale);
    let missing = u32::from(ledger.of_kind(READ).map(|event| event.item).sum::<u32>() != wanted);
    Judged::from_severity(u32::try_from(stale).unwrap_or(u32::MAX).saturating_add(missing))
}
