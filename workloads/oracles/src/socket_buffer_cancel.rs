//! `socket-buffer-cancel`: reads that are given up before the peer writes, and, in the cases
//! with `-late`, when the bytes are there and nothing has looked at them.

#[cfg(feature = "std")]
use std::io::Write as _;
#[cfg(feature = "std")]
use std::net::{Ipv4Addr, TcpStream};

use contract::{Judged, Ledger, Metric, Metrics, Params, World};

/// Bytes of a message.
pub const SIZE: usize = 4096;
/// What the program puts into memory that it uses for something else; a message is zeros.
pub const OTHER: u8 = 0xA5;

/// How long a first read waits; every second one gives up early, unless all are `patient`.
#[must_use]
pub const fn patience_ms(round: u32, patient: bool) -> u32 {
    if gives_up(round, patient) { 2 } else { 2000 }
}

/// Whether round `round` gives its first read up.
#[must_use]
pub const fn gives_up(round: u32, patient: bool) -> bool {
    !patient && round.is_multiple_of(2)
}

/// When the peer writes.
#[must_use]
pub const fn write_after_ms(round: u32) -> u32 {
    if round % 2 == 1 { 1 } else { 10 }
}

/// No wait in a late round is longer, so that a control which gets nothing ends.
pub const LATE_LIMIT_MS: u32 = 2000;

/// When the program of a late round becomes busy: the read is under way.
pub const BUSY_AFTER_MS: u32 = 1;

/// The writer of the late rounds.
#[cfg(feature = "std")]
#[derive(Debug)]
pub struct Busy(TcpStream);

#[cfg(feature = "std")]
impl Busy {
    /// Connects; the code that listens accepts it later.
    ///
    /// # Errors
    /// When nothing listens.
    pub fn connect(port: u16) -> std::io::Result<Busy> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        Ok(Busy(stream))
    }

    /// A message comes, while the program holds its thread for long enough that the kernel is
    /// done with it. A program that gives up does so before it looks.
    ///
    /// # Errors
    /// When the message cannot be written.
    #[expect(clippy::disallowed_methods, reason = "a thread that is held is the situation")]
    pub fn write(&mut self) -> std::io::Result<()> {
        self.0.write_all(&[0; SIZE])?;
        std::thread::sleep(core::time::Duration::from_millis(1));
        Ok(())
    }
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
