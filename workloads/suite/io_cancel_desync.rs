//! A framed read or write that is cancelled in the middle of a frame.
//!
//! A peer writes 80 bytes, one every 3 ms; a reader puts four of them into a frame and races each
//! frame with a tick every 10 ms. A frame that is cancelled has taken bytes: they are gone with
//! it, and the next frame begins in the middle. `frames` races the bare read, `frames-shielded`
//! marks a frame as one step (`shield`, the identity where cancelling is dropping).
//!
//! `retry` writes a message of 32 bytes into a pipe of 8, under a limit that is too short, and
//! tries again from its beginning: the wire carries a prefix twice.
//!
//! Controls: the bytes of a frame, and the place in a message, are kept outside of what is
//! cancelled.
//!
//! After tokio's list of reads and writes that are not cancel safe.

use core::cell::Cell;

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use design as d;

/// A frame was read; `item` is its first byte, `value` is 1 if all four follow one another.
pub const FRAME: u16 = 1;
/// Byte `item` came over the pipe.
pub const BYTE: u16 = 2;
/// The loop handled a tick.
pub const TICKED: u16 = 3;

const READER: u16 = 1;

/// Bytes of a frame.
pub const FRAME_BYTES: u32 = 4;
const BYTES: usize = FRAME_BYTES as usize;
/// Milliseconds between bytes.
const BYTE_MS: u32 = 3;
/// Milliseconds between ticks.
const TICK_MS: u32 = 10;
/// Bytes of the message, and bytes of it that the pipe holds.
const MESSAGE: u32 = 32;
const PIPE: usize = 8;
/// A try is ended after this long.
const LIMIT_MS: u32 = 35;
const TRIES: u32 = 3;

type Wire = d::Chan<u32, 16>;
type Pipe = d::Chan<u32, PIPE>;
type Ticks = d::Chan<u32, 1>;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "frames", role: Role::Hazard, run: frames, judge: judge_frames },
    Case { id: "frames-shielded", role: Role::Hazard, run: shielded, judge: judge_frames },
    Case { id: "retry", role: Role::Hazard, run: retry, judge: judge_message },
    Case { id: "control", role: Role::Control, run: control, judge: judge_frames },
    Case { id: "control-cursor", role: Role::Control, run: cursor, judge: judge_message },
];

fn frames(world: &'static World, params: &Params) {
    d::block_on(world, read(world, params.n, Form::Bare));
}

fn shielded(world: &'static World, params: &Params) {
    d::block_on(world, read(world, params.n, Form::Shielded));
}

fn control(world: &'static World, params: &Params) {
    d::block_on(world, read(world, params.n, Form::Kept));
}

fn retry(world: &'static World, _: &Params) {
    d::block_on(world, write(world, false));
}

fn cursor(world: &'static World, _: &Params) {
    d::block_on(world, write(world, true));
}

/// Where the bytes of a frame are while it is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Bare,
    Shielded,
    Kept,
}

/// A frame that is being read.
struct Partial {
    bytes: Cell<[u32; BYTES]>,
    len: Cell<usize>,
}

impl Partial {
    fn new() -> Partial {
        Partial { bytes: Cell::new([0; BYTES]), len: Cell::new(0) }
    }
}

#[d::task_fn]
async fn read(world: &'static World, bytes: u32, form: Form) {
    d::chan!(wire: u32, 16);
    d::chan!(ticks: u32, 1);
    let over = Cell::new(false);
    let ends = d::join(send(wire, bytes), tick(ticks, &over));
    d::join(ends, read_loop(world, wire, ticks, &over, form)).await;
}

#[d::task_fn]
async fn read_loop(
    world: &'static World,
    wire: &Wire,
    ticks: &Ticks,
    over: &Cell<bool>,
    form: Form,
) {
    let kept = Partial::new();
    loop {
        match d::race(ticks.recv(), read_frame(wire, &kept, form)).await {
            d::Either::A(Ok(Some(tick))) => world.log(READER, TICKED, tick, 0),
            d::Either::B(Ok(Some(frame))) => {
                let whole = (1..BYTES).all(|at| frame[at] == frame[at - 1] + 1);
                world.log(READER, FRAME, frame[0], i32::from(whole));
            }
            _ => break,
        }
    }
    over.set(true);
}

#[d::task_fn]
async fn read_frame(
    wire: &Wire,
    kept: &Partial,
    form: Form,
) -> Result<Option<[u32; BYTES]>, d::Error> {
    let own = Partial::new();
    match form {
        Form::Bare => fill(wire, &own).await,
        Form::Shielded => d::shield(fill(wire, &own)).await,
        Form::Kept => fill(wire, kept).await,
    }
}

/// Reads until the frame is whole; nothing if the wire ends.
#[d::task_fn]
async fn fill(wire: &Wire, partial: &Partial) -> Result<Option<[u32; BYTES]>, d::Error> {
    while partial.len.get() < BYTES {
        let Some(byte) = wire.recv().await? else { return Ok(None) };
        let mut bytes = partial.bytes.get();
        bytes[partial.len.get()] = byte;
        partial.bytes.set(bytes);
        partial.len.set(partial.len.get() + 1);
    }
    partial.len.set(0);
    Ok(Some(partial.bytes.get()))
}

#[d::task_fn]
async fn send(wire: &Wire, bytes: u32) {
    for byte in 0..bytes {
        let _waited = d::sleep(BYTE_MS).await;
        let _sent = wire.send(byte).await;
    }
    wire.close();
}

#[d::task_fn]
async fn tick(ticks: &Ticks, over: &Cell<bool>) {
    let mut number = 0;
    while !over.get() {
        let _waited = d::sleep(TICK_MS).await;
        if !over.get() {
            let _sent = ticks.send(number).await;
        }
        number += 1;
    }
}

#[d::task_fn]
async fn write(world: &'static World, keeps_place: bool) {
    d::chan!(pipe: u32, PIPE);
    d::join(write_loop(pipe, keeps_place), drain(world, pipe)).await;
}

#[d::task_fn]
async fn write_loop(pipe: &Pipe, keeps_place: bool) {
    let place = Cell::new(0);
    for _ in 0..TRIES {
        if !keeps_place {
            place.set(0);
        }
        if let Ok(Ok(())) = d::timeout(LIMIT_MS, write_all(pipe, &place)).await {
            break;
        }
    }
    pipe.close();
}

#[d::task_fn]
async fn write_all(pipe: &Pipe, place: &Cell<u32>) -> Result<(), d::Error> {
    while place.get() < MESSAGE {
        let sent = pipe.send(place.get()).await;
        sent.map_err(|_| d::Error::Cancelled)?;
        place.set(place.get() + 1);
    }
    Ok(())
}

/// Takes four bytes every 10 ms.
#[d::task_fn]
async fn drain(world: &'static World, pipe: &Pipe) {
    loop {
        let _waited = d::sleep(TICK_MS).await;
        for _ in 0..4 {
            match pipe.recv().await {
                Ok(Some(byte)) => world.log(READER, BYTE, byte, 0),
                _ => return,
            }
        }
    }
}

/// Every byte is in a frame that begins where a frame begins. Severity: bytes that are not.
pub fn judge_frames(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let aligned = |first: u32| first.is_multiple_of(FRAME_BYTES);
    let sound = ledger.of_kind(FRAME).filter(|event| event.value == 1 && aligned(event.item));
    let lost = params.n.saturating_sub(sound.fold(0, |bytes, _| bytes + FRAME_BYTES));
    let wrong = ledger.of_kind(FRAME).filter(|event| event.value != 1 || !aligned(event.item));
    metrics.set(Metric::UnmatchedEffects, wrong.count() as u64);
    metrics.set(Metric::LostItems, lost.into());
    Judged::from_severity(lost + u32::from(ledger.watchdog_fired()))
}

/// The wire carries the message, once. Severity: bytes that are missing or came twice.
pub fn judge_message(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    let times = |byte| ledger.of_kind(BYTE).filter(|event| event.item == byte).count();
    let missing = (0..MESSAGE).filter(|byte| times(*byte) == 0).count();
    let twice = ledger.count(BYTE).saturating_sub(MESSAGE);
    metrics.set(Metric::LostItems, missing as u64);
    metrics.set(Metric::DuplicatedItems, twice.into());
    let stuck = u32::from(ledger.watchdog_fired());
    Judged::from_severity(twice + stuck + u32::try_from(missing).unwrap_or(u32::MAX))
}
