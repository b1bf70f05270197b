//! `timers`: many at once, and many that never fire.
//!
//! Case `fire`: `n` tasks sleep 1 to 8 milliseconds, all at once. Case `timeout-ready`: `n`
//! times, one after another, an operation that yields once under a timeout of a second: a
//! timer is armed and disarmed. A timer is one operation. Nothing is said of when a timer ends.

use contract::{Judged, Ledger, Metrics, Params};

/// How long task `item` sleeps.
#[must_use]
pub const fn sleep_ms(item: u32) -> u32 {
    1 + item % 8
}

/// The limit that is never reached.
pub const LIMIT_MS: u32 = 1000;

/// Every timer ended as it should.
#[must_use]
pub fn judge(ledger: &Ledger, params: &Params, _: &Metrics) -> Judged {
    crate::complete(ledger, params.n)
}
