//! `ping-pong`: two tasks and two channels of one item.
//!
//! Measured: `n` round trips of a number that both sides raise. A round trip is one operation.

use contract::{Judged, Ledger, Metrics, Params};

/// Every round trip was made, and the number was raised by both sides each time.
#[must_use]
pub fn judge(ledger: &Ledger, params: &Params, _: &Metrics) -> Judged {
    crate::complete(ledger, params.n)
}
