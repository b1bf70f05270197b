//! Points in time, virtual or real.

/// Microseconds since the driver's epoch. Never `std`'s instant: on most targets time is
/// virtual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Instant(pub u64);

impl Instant {
    /// The epoch.
    pub const ZERO: Instant = Instant(0);
    /// A point that is never reached.
    pub const MAX: Instant = Instant(u64::MAX);
}
