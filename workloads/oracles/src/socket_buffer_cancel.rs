//! `socket-buffer-cancel`: reads that are given up before the peer writes.

use contract::{Judged, Ledger, Metric, Metrics, Params, World};

/// Bytes of a message.
pub const SIZE: usize = 4096;
/// What the program puts into memory that it uses for something else; a message is zeros.
pub const OTHER: u8 = 0xA5;

/// How long a first read waits; every second one gives up early, unless all are `patient`.
#[must_use]
pub const fn patience_ms(round: u32, patient: bool) -> u32 {
    if patient || round % 2 == 1 { 2000 } else { 2 }
}

/// When the peer writes.
#[must_use]
pub const fn write_after_ms(round: u32) -> u32 {
    if round % 2 == 1 { 1 } else { 10 }
}

/// What the rounds showed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    stale: u32,
    lost: u32,
}

impl Seen {
    /// One round: whether memory was written that was not lent any more, and the bytes that
    /// came.
    pub fn keep(&mut self, stale: bool, came: usize) {
        self.stale += u32::from(stale);
        self.lost += u32::from(came != SIZE);
    }
}

/// Logs the end: how many rounds, and in how many something was wrong.
pub fn finish(world: &World, rounds: u32, seen: Seen) {
    world.metrics().set(Metric::StaleWrites, seen.stale.into());
    world.metrics().set(Metric::LostItems, seen.lost.into());
    crate::done(world, rounds, (seen.stale + seen.lost).min(1));
}

/// All messages came, and no memory was written that was not lent. Severity: rounds in which
/// it was, or a message was lost.
#[must_use]
pub fn judge(ledger: &Ledger, params: &Params, metrics: &Metrics) -> Judged {
    let value = |metric| metrics.get(metric).unwrap_or(0);
    let wrong = value(Metric::StaleWrites) + value(Metric::LostItems);
    match u32::try_from(wrong) {
        Ok(wrong) if wrong > 0 => Judged::from_severity(wrong),
        _ => crate::complete(ledger, params.n),
    }
}
