//! `io-trait-shapes`: frames with a length before them, and connections that say nothing.
//!
//! Case `codec`: `n` frames of [`BODY`] bytes after [`HEAD`] bytes that say so, from one end
//! of a connection to the other. A frame is one operation. Case `idle`: `n` connections, held
//! by another process, each with a read for [`HOLD`] bytes under way. Measured from the first
//! accept to the last read that has begun; a connection is one operation.

use contract::{Judged, Ledger, Metrics, Params};

/// Bytes of the length before a frame.
pub const HEAD: usize = 4;
/// Bytes of a frame after its length.
pub const BODY: usize = 1020;
/// Bytes of both.
pub const FRAME: usize = HEAD + BODY;
/// Bytes that an idle connection is ready to read.
pub const HOLD: usize = 16 * 1024;

/// The length before a frame, as it is sent.
#[must_use]
pub fn head() -> [u8; HEAD] {
    1020_u32.to_le_bytes()
}

/// The length that the bytes say.
#[must_use]
pub fn len(head: &[u8]) -> usize {
    head.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize)
}

/// Every frame was read whole.
#[must_use]
pub fn judge_codec(ledger: &Ledger, params: &Params, _: &Metrics) -> Judged {
    crate::complete(ledger, params.n)
}

/// Every connection was held, and none got a byte.
#[must_use]
pub fn judge_idle(ledger: &Ledger, params: &Params, _: &Metrics) -> Judged {
    crate::complete(ledger, params.n)
}
