//! Buffered bytes that never reach their sink, because the scope of the writer was left.
//!
//! A writer has room for 64 bytes over a sink that takes 8 bytes per 10 ms. A program writes 40
//! bytes into it, which waits for nothing, and leaves the scope of the writer.
//!
//! `no-flush` leaves without a flush, as a destructor cannot do it. `ended` flushes in its last
//! line and is ended before that. `in-clean-up` flushes in `cleanup!` and is ended as well: where
//! cancelling is dropping that is not run, where cancel is a value the scope waits for it.
//! No error says that bytes are missing. The control flushes, and nothing is ended early.
//!
//! After tokio#2307 and tokio#4296.

use core::cell::Cell;

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use design as d;

/// The sink took `item` bytes.
pub const TAKEN: u16 = 1;
/// The program went on, `value` milliseconds after its limit.
pub const WENT_ON: u16 = 2;

/// Actor: takes bytes.
pub const SINK: u16 = 1;
/// Actor: has written them.
pub const PROGRAM: u16 = 2;

/// The sink takes so many bytes at a time.
pub const TAKES: u32 = 8;
/// Each time takes this long.
pub const TAKE_MS: u32 = 10;
/// The work before the last line.
pub const WORK_MS: u32 = 100;
/// The program is ended after this long.
pub const LIMIT_MS: u32 = 20;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "no-flush", role: Role::Hazard, run: no_flush, judge },
    Case { id: "ended", role: Role::Hazard, run: ended, judge },
    Case { id: "in-clean-up", role: Role::Hazard, run: in_clean_up, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn no_flush(world: &'static World, params: &Params) {
    d::block_on(world, leave(world, params.n));
}

fn ended(world: &'static World, params: &Params) {
    d::block_on(world, limited(world, params.n, false));
}

fn in_clean_up(world: &'static World, params: &Params) {
    d::block_on(world, limited(world, params.n, true));
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, flushed(world, params.n));
}

/// A buffered writer: only its length matters.
#[derive(Debug)]
pub struct Writer {
    buffered: Cell<u32>,
}

impl Writer {
    /// With bytes written into it.
    #[must_use]
    pub fn with(bytes: u32) -> Writer {
        Writer { buffered: Cell::new(bytes) }
    }
}

/// Passes everything on to the sink.
#[d::task_fn]
pub async fn flush(world: &'static World, writer: &Writer) -> Result<(), d::Error> {
    while writer.buffered.get() > 0 {
        d::sleep(TAKE_MS).await?;
        let bytes = writer.buffered.get().min(TAKES);
        writer.buffered.set(writer.buffered.get() - bytes);
        world.log(SINK, TAKEN, bytes, 0);
    }
    Ok(())
}

#[d::task_fn]
async fn leave(world: &'static World, bytes: u32) {
    write_only(bytes).await;
    world.log(PROGRAM, WENT_ON, 0, 0);
    let _later = d::sleep(WORK_MS).await;
}

#[d::task_fn]
async fn write_only(bytes: u32) {
    let _writer = Writer::with(bytes);
    let _worked = d::sleep(1).await;
}

#[d::task_fn]
async fn flushed(world: &'static World, bytes: u32) {
    let writer = Writer::with(bytes);
    let _worked = d::sleep(1).await;
    let _flushed = flush(world, &writer).await;
    world.log(PROGRAM, WENT_ON, 0, 0);
}

#[d::task_fn]
async fn limited(world: &'static World, bytes: u32, cleans_up: bool) {
    let _limited = d::timeout(LIMIT_MS, write_and_work(world, bytes, cleans_up)).await;
    let late_ms = world.now_ms().saturating_sub(LIMIT_MS);
    world.log(PROGRAM, WENT_ON, 0, i32::try_from(late_ms).unwrap_or(i32::MAX));
    let _later = d::sleep(WORK_MS).await;
}

#[d::task_fn]
async fn write_and_work(
    world: &'static World,
    bytes: u32,
    cleans_up: bool,
) -> Result<(), d::Error> {
    let writer = Writer::with(bytes);
    if cleans_up {
        return d::cleanup!(d::sleep(WORK_MS).await, {
            let _flushed = flush(world, &writer).await;
        })
        .await;
    }
    d::sleep(WORK_MS).await?;
    flush(world, &writer).await
}

/// The sink took every byte. Severity: bytes that it did not.
pub fn judge(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let taken: u32 = ledger.of_kind(TAKEN).map(|event| event.item).sum();
    let late = ledger.of_kind(WENT_ON).map(|event| event.value.unsigned_abs()).next();
    let missing = params.n.abs_diff(taken);
    metrics.set(Metric::LostItems, missing.into());
    metrics.set(Metric::ExitMs, late.unwrap_or(0).into());
    Judged::from_severity(missing + u32::from(late.is_none()))
}
