//! The clocks of the block sampler.

use std::fs;
use std::sync::OnceLock;

use nix::time;
use nix::unistd::Pid;
use rustix::time::{ClockId, clock_gettime};

/// Where the sampler takes time from; a test puts its own here. A clock has no state of its
/// own, so that the edges of a measured part can make one.
pub trait Clock: Default {
    /// Wall time in nanoseconds since some fixed instant; never runs backwards.
    fn wall_ns(&self) -> u64;
    /// CPU time of the calling thread in nanoseconds.
    fn cpu_ns(&self) -> u64;
    /// CPU time of all softirq threads of the kernel in nanoseconds, zero where there are none
    /// to be seen; never runs backwards. Why it is read: [`record::Samples::softirq_ns`].
    fn softirq_ns(&self) -> u64;
}

/// `CLOCK_MONOTONIC`, `CLOCK_THREAD_CPUTIME_ID` and the CPU clocks of the kernel's threads
/// `ksoftirqd/N`. The first call that asks for the last of them looks for these threads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kernel;

impl Clock for Kernel {
    fn wall_ns(&self) -> u64 {
        read(ClockId::Monotonic)
    }

    fn cpu_ns(&self) -> u64 {
        read(ClockId::ThreadCPUTime)
    }

    fn softirq_ns(&self) -> u64 {
        static THREADS: OnceLock<Vec<time::ClockId>> = OnceLock::new();
        let read = |id: &time::ClockId| {
            let time = id.now().expect("a softirq thread lives as long as the kernel");
            ns(time.tv_sec(), time.tv_nsec())
        };
        THREADS.get_or_init(softirq_threads).iter().map(read).sum()
    }
}

fn read(id: ClockId) -> u64 {
    let time = clock_gettime(id);
    ns(time.tv_sec, time.tv_nsec)
}

fn ns(seconds: i64, nanoseconds: i64) -> u64 {
    let part = |value: i64| u64::try_from(value).expect("these clocks start at zero and go up");
    part(seconds) * 1_000_000_000 + part(nanoseconds)
}

/// The CPU clocks of the softirq threads that can be seen and read. A container or a `/proc`
/// that shows own processes only has none of them, which is no reason not to measure.
fn softirq_threads() -> Vec<time::ClockId> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|process| fs::read_to_string(process.path().join("stat")).ok())
        .filter_map(|stat| time::clock_getcpuclockid(softirq_thread(&stat)?).ok())
        .filter(|id| id.now().is_ok())
        .collect()
}

/// The process that a line of `/proc/<pid>/stat` is of, if it is a softirq thread. Any user may
/// take the name, and end; only threads of the kernel have the parent 2.
fn softirq_thread(stat: &str) -> Option<Pid> {
    let (pid, rest) = stat.split_once(" (ksoftirqd/")?;
    let (_, rest) = rest.rsplit_once(") ")?;
    (rest.split(' ').nth(1)? == "2").then(|| Some(Pid::from_raw(pid.parse().ok()?)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softirq_time_never_runs_backwards() {
        let mut last = 0;
        for _ in 0..10_000 {
            let now = Kernel.softirq_ns();
            assert!(now >= last, "{now} after {last}");
            last = now;
        }
        // Each of them had at most all the time since the machine started.
        let threads = softirq_threads().len() as u64;
        assert!(last <= threads * Kernel.wall_ns(), "{last} of {threads} threads");
        assert_eq!(last > 0, threads > 0, "who can be seen has run");
    }

    #[test]
    fn a_softirq_thread_has_the_name_and_the_parent() {
        let of = |stat| softirq_thread(stat).map(Pid::as_raw);
        assert_eq!(of("14 (ksoftirqd/0) S 2 0 0 0 -1 69238848 0"), Some(14));
        assert_eq!(of("20 (migration/1) S 2 0 0 0 -1 69238848 0"), None);
        assert_eq!(of("900 (ksoftirqd/0) S 1 900 900 0 -1 4194560 0"), None, "only the name");
        assert_eq!(of("901 (ksoftirqd/) S 2 ) S 7 901 0"), None, "a name like a line");
        assert_eq!(of("14 (ksoftirqd/0"), None);
    }
}
