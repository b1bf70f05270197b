//! A limit on the caller's side ends a callee between two effects that belong together.
//!
//! A handler fetches a value, then sends a note into a channel that is full until 200 ms, then
//! writes its cache; the caller waits for 50 ms. A request enters itself into a table of waiters
//! and removes itself when the answer is there, which takes longer than its caller waits. A
//! transfer debits, waits, and credits, while its peer may disconnect at any of eleven instants.
//!
//! Where cancelling is dropping, the second effect is skipped wherever the callee stands. Where
//! cancel is a value, it is skipped if the callee leaves with `?`, and made if the callee goes on
//! in ordinary code, as the request does, or is marked as a whole: `shield`, the identity where
//! cancelling is dropping. What that protection costs is how long the caller waits beyond its
//! limit; `tail` shows it over the length of the tail, `long-tail` over a distribution of lengths.
//!
//! Controls: the second effect comes before the wait, or a destructor makes it.
//!
//! After "Alan builds a cache" and "Alan builds a task scheduler" (wg-async, 2021).

use contract::{Case, Judged, Ledger, Metric, Metrics, Params, Role, World};
use design as d;

/// The first effect of operation `item`.
pub const BEGAN: u16 = 1;
/// The second effect of operation `item`.
pub const ENDED: u16 = 2;
/// The caller of operation `item` went on, `value` milliseconds after its limit.
pub const RETURNED: u16 = 3;

/// Actor: makes the effects.
pub const CALLEE: u16 = 1;
/// Actor: has the limit.
pub const CALLER: u16 = 2;

/// A fetch takes this long.
pub const FETCH_MS: u32 = 10;
/// The caller of the fetch waits for this long.
pub const LIMIT_MS: u32 = 50;
/// The channel of notes is full until then.
pub const FULL_MS: u32 = 200;
/// The caller of a request waits for this long.
pub const REQUEST_MS: u32 = 5;
/// The answer to a request takes this long.
pub const ANSWER_MS: u32 = 20;
/// Time between debit and credit.
pub const TRANSFER_MS: u32 = 5;
/// The peer disconnects after 0 to 10 ms.
pub const DISCONNECTS: u32 = 11;
/// The limit of the cases about tails: twice the median of [`TAIL_MS`].
const TAIL_LIMIT_MS: u32 = 40;

/// Lengths of tails in milliseconds: the percentiles of a log-normal distribution with median 20
/// whose 99th percentile is ten times that, in a mixed order.
#[rustfmt::skip]
const TAIL_MS: [u16; 100] = [
    2, 15, 38, 6, 19, 57, 9, 25, 120, 13, 34, 5, 17, 49, 8, 23, 83, 12, 30, 3, 16, 42, 7, 21, 66,
    10, 27, 256, 14, 37, 6, 19, 55, 9, 25, 107, 13, 33, 4, 17, 47, 8, 22, 78, 11, 30, 3, 15, 41, 7,
    20, 62, 10, 27, 171, 14, 36, 5, 18, 52, 9, 24, 97, 12, 32, 4, 17, 45, 8, 22, 73, 11, 29, 2, 15,
    40, 6, 20, 60, 10, 26, 139, 13, 35, 5, 18, 50, 9, 24, 90, 12, 31, 4, 16, 44, 7, 21, 69, 11, 28,
];

/// The channel of notes.
pub type Notes = d::Chan<u32, 1>;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "cache", role: Role::Hazard, run: cache, judge },
    Case { id: "cache-shielded", role: Role::Hazard, run: cache_shielded, judge },
    Case { id: "waiters", role: Role::Hazard, run: waiters, judge },
    Case { id: "transfer", role: Role::Hazard, run: transfer, judge },
    Case { id: "transfer-shielded", role: Role::Hazard, run: transfer_shielded, judge },
    Case { id: "tail", role: Role::Hazard, run: tail, judge },
    Case { id: "long-tail", role: Role::Hazard, run: long_tail, judge },
    Case { id: "control-cache-first", role: Role::Control, run: cache_first, judge },
    Case { id: "control-guard", role: Role::Control, run: guarded, judge },
    Case { id: "control-credit-first", role: Role::Control, run: credit_first, judge },
];

fn cache(world: &'static World, _: &Params) {
    d::block_on(world, with_notes(world, Order::NoteFirst));
}

fn cache_shielded(world: &'static World, _: &Params) {
    d::block_on(world, with_notes(world, Order::NoteFirstShielded));
}

fn cache_first(world: &'static World, _: &Params) {
    d::block_on(world, with_notes(world, Order::CacheFirst));
}

fn waiters(world: &'static World, params: &Params) {
    d::block_on(world, requests(world, params.n));
}

fn guarded(world: &'static World, params: &Params) {
    d::block_on(world, guarded_requests(world, params.n));
}

fn transfer(world: &'static World, _: &Params) {
    d::block_on(world, transfers(world));
}

fn transfer_shielded(world: &'static World, _: &Params) {
    d::block_on(world, shielded_transfers(world));
}

fn credit_first(world: &'static World, _: &Params) {
    d::block_on(world, early_transfers(world));
}

fn tail(world: &'static World, params: &Params) {
    d::block_on(world, one_tail(world, params.n));
}

fn long_tail(world: &'static World, params: &Params) {
    d::block_on(world, many_tails(world, params.n));
}

/// How the handler of a fetch is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    NoteFirst,
    NoteFirstShielded,
    CacheFirst,
}

#[d::task_fn]
async fn with_notes(world: &'static World, order: Order) {
    d::chan!(notes: u32, 1);
    let _filled = notes.send(0).await;
    d::join(call(world, notes, order), drain(notes)).await;
}

#[d::task_fn]
async fn call(world: &'static World, notes: &Notes, order: Order) {
    let _handled = d::timeout(LIMIT_MS, handle(world, notes, order)).await;
    returned(world, 0, 0, LIMIT_MS);
    notes.close();
}

#[d::task_fn]
async fn handle(world: &'static World, notes: &Notes, order: Order) -> Result<(), d::Error> {
    d::sleep(FETCH_MS).await?;
    world.log(CALLEE, BEGAN, 0, 0);
    if order == Order::CacheFirst {
        world.log(CALLEE, ENDED, 0, 0);
        return note(notes).await;
    }
    if order == Order::NoteFirstShielded {
        return d::shield(note_and_cache(world, notes)).await;
    }
    note_and_cache(world, notes).await
}

#[d::task_fn]
async fn note_and_cache(world: &'static World, notes: &Notes) -> Result<(), d::Error> {
    note(notes).await?;
    world.log(CALLEE, ENDED, 0, 0);
    Ok(())
}

#[d::task_fn]
async fn note(notes: &Notes) -> Result<(), d::Error> {
    let sent = notes.send(1).await;
    sent.map_err(|_| d::Error::Cancelled)
}

/// Takes nothing until [`FULL_MS`], then everything.
#[d::task_fn]
async fn drain(notes: &Notes) {
    let _waited = d::sleep(FULL_MS).await;
    while let Ok(Some(_)) = notes.recv().await {}
}

#[d::task_fn]
async fn requests(world: &'static World, n: u32) {
    for id in 0..n {
        let started_ms = world.now_ms();
        let _answer = d::timeout(REQUEST_MS, request(world, id)).await;
        returned(world, id, started_ms, REQUEST_MS);
    }
}

/// Enters the table, waits for the answer, and leaves the table whatever the answer is.
#[d::task_fn]
async fn request(world: &'static World, id: u32) -> Result<(), d::Error> {
    world.log(CALLEE, BEGAN, id, 0);
    let answer = d::sleep(ANSWER_MS).await;
    world.log(CALLEE, ENDED, id, 0);
    answer
}

#[d::task_fn]
async fn guarded_requests(world: &'static World, n: u32) {
    for id in 0..n {
        let started_ms = world.now_ms();
        let _answer = d::timeout(REQUEST_MS, guarded_request(world, id)).await;
        returned(world, id, started_ms, REQUEST_MS);
    }
}

#[d::task_fn]
async fn guarded_request(world: &'static World, id: u32) -> Result<(), d::Error> {
    let _entry = Entry::new(world, id);
    d::sleep(ANSWER_MS).await
}

/// An entry of the table that leaves it when it is dropped.
#[derive(Debug)]
pub struct Entry {
    world: &'static World,
    id: u32,
}

impl Entry {
    /// Enters the table.
    #[must_use]
    pub fn new(world: &'static World, id: u32) -> Entry {
        world.log(CALLEE, BEGAN, id, 0);
        Entry { world, id }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.world.log(CALLEE, ENDED, self.id, 0);
    }
}

#[d::task_fn]
async fn transfers(world: &'static World) {
    for after_ms in 0..DISCONNECTS {
        let started_ms = world.now_ms();
        let _first = d::race(d::sleep(after_ms), debit_credit(world, after_ms)).await;
        returned(world, after_ms, started_ms, after_ms);
    }
}

#[d::task_fn]
async fn debit_credit(world: &'static World, id: u32) -> Result<(), d::Error> {
    world.log(CALLEE, BEGAN, id, 0);
    d::sleep(TRANSFER_MS).await?;
    world.log(CALLEE, ENDED, id, 0);
    Ok(())
}

#[d::task_fn]
async fn shielded_transfers(world: &'static World) {
    for after_ms in 0..DISCONNECTS {
        let started_ms = world.now_ms();
        let transfer = d::shield(debit_credit(world, after_ms));
        let _first = d::race(d::sleep(after_ms), transfer).await;
        returned(world, after_ms, started_ms, after_ms);
    }
}

#[d::task_fn]
async fn early_transfers(world: &'static World) {
    for after_ms in 0..DISCONNECTS {
        let started_ms = world.now_ms();
        let _first = d::race(d::sleep(after_ms), both_then_wait(world, after_ms)).await;
        returned(world, after_ms, started_ms, after_ms);
    }
}

#[d::task_fn]
async fn both_then_wait(world: &'static World, id: u32) -> Result<(), d::Error> {
    world.log(CALLEE, BEGAN, id, 0);
    world.log(CALLEE, ENDED, id, 0);
    d::sleep(TRANSFER_MS).await
}

#[d::task_fn]
async fn one_tail(world: &'static World, tail_ms: u32) {
    with_tail(world, 0, tail_ms).await;
}

#[d::task_fn]
async fn many_tails(world: &'static World, n: u32) {
    for id in 0..n {
        with_tail(world, id, TAIL_MS[id as usize % TAIL_MS.len()].into()).await;
    }
}

/// A call whose callee makes its first effect at once, and its second one after a shielded tail.
#[d::task_fn]
async fn with_tail(world: &'static World, id: u32, tail_ms: u32) {
    let started_ms = world.now_ms();
    let _ended = d::timeout(TAIL_LIMIT_MS, d::shield(effects(world, id, tail_ms))).await;
    returned(world, id, started_ms, TAIL_LIMIT_MS);
}

#[d::task_fn]
async fn effects(world: &'static World, id: u32, tail_ms: u32) {
    world.log(CALLEE, BEGAN, id, 0);
    if d::sleep(tail_ms).await.is_ok() {
        world.log(CALLEE, ENDED, id, 0);
    }
}

fn returned(world: &'static World, id: u32, started_ms: u32, limit_ms: u32) {
    let late_ms = world.now_ms().saturating_sub(started_ms + limit_ms);
    world.log(CALLER, RETURNED, id, i32::try_from(late_ms).unwrap_or(i32::MAX));
}

/// Every first effect has its second one, and every caller has returned. How late it returned is
/// a price and no fault.
pub fn judge(ledger: &Ledger, _: &Params, metrics: &Metrics) -> Judged {
    let ended = |id| ledger.of_kind(ENDED).any(|event| event.item == id);
    let unmatched = ledger.of_kind(BEGAN).filter(|event| !ended(event.item)).count();
    let missed = ledger.of_kind(RETURNED).filter(|event| event.value > 0).count();
    let longest = ledger.of_kind(RETURNED).map(|event| event.value.unsigned_abs()).max();
    metrics.set(Metric::UnmatchedEffects, unmatched as u64);
    metrics.set(Metric::MissedLimits, missed as u64);
    metrics.set(Metric::CancelMsMax, longest.unwrap_or(0).into());
    let stuck = usize::from(ledger.watchdog_fired() || ledger.count(RETURNED) == 0);
    Judged::from_severity(u32::try_from(unmatched + stuck).unwrap_or(u32::MAX))
}
