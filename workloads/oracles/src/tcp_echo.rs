//! `tcp-echo`: clients and server over loopback in one thread.
//!
//! Set-up: a listener, `n` connections, and one round trip on each. Measured: [`rounds`]
//! further round trips on every connection, all connections at once. A round trip is one
//! operation: the client writes a message, the server reads it and writes back what it
//! read, the client reads all of it. No connection is closed before all clients are through.

use core::cell::Cell;

use contract::{Judged, Ledger, Metrics, Params};

/// Bytes of a small message.
pub const SMALL: usize = 64;
/// Bytes of a large message.
pub const LARGE: usize = 16 * 1024;

/// Measured round trips on each of `n` connections: at least eight, and 256 in all.
#[must_use]
pub fn rounds(n: u32) -> u32 {
    (256 / n.max(1)).max(8)
}

/// Everything that is done in the measured part.
#[must_use]
pub fn round_trips(n: u32) -> u32 {
    n * rounds(n)
}

/// What the connections of a run tell each other: who is ready, who is through.
#[derive(Debug)]
pub struct Progress {
    connections: u32,
    ready: Cell<u32>,
    through: Cell<u32>,
    round_trips: Cell<u32>,
    wrong: Cell<u32>,
}

impl Progress {
    /// For `n` connections.
    #[must_use]
    pub const fn new(n: u32) -> Progress {
        Progress {
            connections: n,
            ready: Cell::new(0),
            through: Cell::new(0),
            round_trips: Cell::new(0),
            wrong: Cell::new(0),
        }
    }

    /// How many connections there are.
    #[must_use]
    pub fn connections(&self) -> u32 {
        self.connections
    }

    /// A client has done its first round trip. True for the last one: begin, and let go.
    pub fn arrive(&self) -> bool {
        self.ready.set(self.ready.get() + 1);
        self.ready.get() == self.connections
    }

    /// A client is through: it made `round_trips` after the first. True for the last one: end.
    pub fn leave(&self, round_trips: u32) -> bool {
        self.round_trips.set(self.round_trips.get() + round_trips);
        self.through.set(self.through.get() + 1);
        self.through.get() == self.connections
    }

    /// A client got an error, or other bytes than it sent.
    pub fn wrong(&self) {
        self.wrong.set(self.wrong.get() + 1);
    }

    /// Round trips made and clients that failed.
    #[must_use]
    pub fn totals(&self) -> (u32, u32) {
        (self.round_trips.get(), self.wrong.get())
    }
}

/// The first byte of a message: differs from round to round, so that an echo of an earlier
/// one is noticed.
#[must_use]
pub fn stamp(round: u32) -> u8 {
    u8::try_from(round % 251).expect("below 251")
}

/// Every round trip was made and carried its own bytes.
#[must_use]
pub fn judge(ledger: &Ledger, params: &Params, _: &Metrics) -> Judged {
    crate::complete(ledger, round_trips(params.n))
}
