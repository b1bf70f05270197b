//! The two clocks of the block sampler.

use rustix::time::{ClockId, clock_gettime};

/// Where the sampler takes time from; a test puts its own here. A clock has no state of its
/// own, so that the edges of a measured part can make one.
pub trait Clock: Default {
    /// Wall time in nanoseconds since some fixed instant; never runs backwards.
    fn wall_ns(&self) -> u64;
    /// CPU time of the calling thread in nanoseconds.
    fn cpu_ns(&self) -> u64;
}

/// `CLOCK_MONOTONIC` and `CLOCK_THREAD_CPUTIME_ID`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kernel;

impl Clock for Kernel {
    fn wall_ns(&self) -> u64 {
        read(ClockId::Monotonic)
    }

    fn cpu_ns(&self) -> u64 {
        read(ClockId::ThreadCPUTime)
    }
}

fn read(id: ClockId) -> u64 {
    let time = clock_gettime(id);
    let part = |value: i64| u64::try_from(value).expect("these clocks start at zero and go up");
    part(time.tv_sec) * 1_000_000_000 + part(time.tv_nsec)
}
