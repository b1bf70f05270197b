//! `tcp-echo`: clients and server over loopback in one thread.
//!
//! Set-up: a listener, `n` connections, and then, all connections at once, [`WARM_UP`] round
//! trips on each. Measured: [`rounds`] further round trips on every connection, again all at
//! once. A round trip is one operation: the client writes a message, the server reads it and
//! writes back what it read, the client reads all of it. No connection is closed before all
//! clients are through.
//!
//! The rounds before the measured part are made together because what a driver keeps for
//! operations grows with how many are in flight at once, and a connection alone has few.

use core::cell::Cell;

use contract::{Judged, Ledger, Metrics, Params};

/// Bytes of a small message.
pub const SMALL: usize = 64;
/// Bytes of a large message.
pub const LARGE: usize = 16 * 1024;

/// Round trips that every client makes before the measured part, all of them together: in the
/// first whatever grows with the operations in flight grows, in the second it has its size.
pub const WARM_UP: u32 = 2;

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
    connected: Cell<u32>,
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
            connected: Cell::new(0),
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

    /// A client is connected. True for the last one: let all of them warm up.
    pub fn connect(&self) -> bool {
        self.connected.set(self.connected.get() + 1);
        self.connected.get() == self.connections
    }

    /// A client has made its first round trips. True for the last one: begin, and let go.
    pub fn arrive(&self) -> bool {
        self.ready.set(self.ready.get() + 1);
        self.ready.get() == self.connections
    }

    /// A client is through: it made `round_trips` that are measured. True for the last one: end.
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

/// The first and the last byte of a message. They differ from round to round and, within a
/// round, from connection to connection: an echo of an earlier message is noticed, and so are
/// the buffers of two connections that were taken for each other. The two bytes together are
/// unique for 1024 connections and 64 rounds, and each depends on both numbers.
#[must_use]
pub const fn ends(connection: u32, round: u32) -> [u8; 2] {
    let [low, high, ..] = (connection % 1024 + (round % 64) * 1024).to_le_bytes();
    // An odd factor: no two numbers of sixteen bits become the same.
    (u16::from_le_bytes([low, high])).wrapping_mul(40_503).to_le_bytes()
}

/// Writes the [`ends`] into a message.
pub fn mark(message: &mut [u8], connection: u32, round: u32) {
    let [first, last] = ends(connection, round);
    if let Some(byte) = message.last_mut() {
        *byte = last;
    }
    if let Some(byte) = message.first_mut() {
        *byte = first;
    }
}

/// Whether a whole message has the [`ends`] that it should have.
#[must_use]
pub fn is_marked(message: &[u8], connection: u32, round: u32) -> bool {
    let [first, last] = ends(connection, round);
    message.len() > 1 && message.first() == Some(&first) && message.last() == Some(&last)
}

/// Every round trip was made and carried its own bytes.
#[must_use]
pub fn judge(ledger: &Ledger, params: &Params, _: &Metrics) -> Judged {
    crate::complete(ledger, round_trips(params.n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_has_the_ends_of_another() {
        let mut seen = std::collections::BTreeSet::new();
        for round in 0..64 {
            for connection in 0..1024 {
                assert!(seen.insert(ends(connection, round)), "{connection} in {round}");
            }
        }
    }

    #[test]
    fn both_ends_are_looked_at() {
        let mut message = [0; SMALL];
        mark(&mut message, 3, 7);
        assert!(is_marked(&message, 3, 7));
        assert!(!is_marked(&message, 4, 7), "another connection");
        assert!(!is_marked(&message, 3, 8), "another round");
        assert!(!is_marked(&message[..SMALL - 1], 3, 7), "without its last byte");
        assert!(!is_marked(&message[1..], 3, 7), "without its first byte");
        for byte in [0, SMALL - 1] {
            let mut other = message;
            other[byte] ^= 1;
            assert!(!is_marked(&other, 3, 7), "byte {byte}");
        }
        // Two halves of two connections.
        for other in 0..256 {
            let mut mixed = [0; SMALL];
            mark(&mut mixed, other, 7);
            mixed[..SMALL / 2].copy_from_slice(&message[..SMALL / 2]);
            assert_eq!(is_marked(&mixed, 3, 7), ends(other, 7)[1] == ends(3, 7)[1]);
        }
    }
}
