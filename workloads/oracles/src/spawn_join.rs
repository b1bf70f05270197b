//! `spawn-join`: tasks that yield once and are joined.
//!
//! Measured: `n` tasks from their spawning to the last join. A task is one operation.

use contract::{Judged, Ledger, Metrics, Params};

/// Tasks alive at once in case `window`.
pub const WINDOW: usize = 64;

/// Every task was joined.
#[must_use]
pub fn judge(ledger: &Ledger, params: &Params, _: &Metrics) -> Judged {
    crate::complete(ledger, params.n)
}
