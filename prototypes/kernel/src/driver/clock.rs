//! The system's clock, for drivers of real time.

use rustix::time::{ClockId, Timespec, clock_gettime};

/// Microseconds on the clock that does not jump.
pub(super) fn monotonic_us() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    let us = now.tv_sec * 1_000_000 + now.tv_nsec / 1000;
    u64::try_from(us).expect("the monotonic clock is not negative")
}

/// An interval in microseconds, as system calls take it.
pub(super) fn timespec(us: u64) -> Timespec {
    let seconds = i64::try_from(us / 1_000_000).unwrap_or(i64::MAX);
    let nanoseconds = us % 1_000_000 * 1000;
    Timespec { tv_sec: seconds, tv_nsec: i64::try_from(nanoseconds).expect("below a second") }
}
