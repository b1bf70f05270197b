//! Signs of life while a group is timed.
//!
//! On a busy machine a group may take many times as long as on a quiet one, and a caller that
//! waits cannot tell it from one that hangs. A sign, a line on standard error, says how far the
//! group is and by when the next sign comes at the latest, from what its parts took so far.

use std::cell::Cell;
use std::io::Write;

use record::SIGN;

/// Signs come at most so often.
const EVERY_NS: u64 = 1_000_000_000;
/// How much longer than the longest part so far the next one may take: as long as on a machine
/// with as many other tasks as that for each core.
const PATIENCE: u64 = 20;
/// Nothing is given up sooner.
const LEAST_MS: u64 = 60_000;

thread_local! {
    static LAST: Cell<Option<u64>> = const { Cell::new(None) };
    static LONGEST: Cell<u64> = const { Cell::new(0) };
}

/// Forgets the group before.
pub fn begin() {
    LAST.set(None);
    LONGEST.set(0);
}

/// A part ends at this time of the wall clock, `now_ns`; `what` says how far the group is.
/// Never between the two readings of a block's clocks.
pub fn part(now_ns: u64, took_ns: u64, what: impl FnOnce() -> String) {
    LONGEST.set(LONGEST.get().max(took_ns));
    if LAST.get().is_some_and(|last| now_ns.saturating_sub(last) < EVERY_NS) {
        return;
    }
    LAST.set(Some(now_ns));
    let limit_ms = (LONGEST.get() / 1_000_000).saturating_mul(PATIENCE).max(LEAST_MS);
    // A caller that has gone does not wait.
    let _ = writeln!(std::io::stderr(), "{SIGN}{limit_ms} {}", what());
}
