//! CPU time of a measured part in all threads of the process: what a program costs whose
//! runtime has threads of its own.
//!
//! The system adds to a thread's time when it stops running, and at the ticks of its timer in
//! between. What another thread has run since is missing from the sum of the process, and of a
//! part of some hundred microseconds that is nearly all. So the sum is read only when every
//! other thread sleeps, which its scheduler accounts to the nanosecond. What they do until they
//! sleep, looking for work that no longer comes, belongs to the part. What the thread at the
//! edge spends on waiting for that does not.

use std::cell::Cell as Place;
use std::fs;
use std::thread;
use std::time::Duration;

use contract::{Region, World};
use rustix::time::{ClockId, clock_gettime};

use crate::clock::{Clock, Kernel};
use crate::registry::Cell;
use crate::{once, region};

/// Calls before the measured ones.
const WARM: u32 = 20;
/// Calls whose parts count.
const CALLS: u32 = 200;
/// Pause between two looks at the other threads. Every edge makes one at least, so that what an
/// idle processor does to the caches is the same for programs with one thread.
const PAUSE: Duration = Duration::from_micros(200);
/// Looks after which a thread that never sleeps is an error.
const LOOKS: u32 = 5_000;

/// What the parts so far took, in nanoseconds.
#[derive(Clone, Copy, Default)]
struct Sum {
    /// The process at the beginning of the open part.
    begun: u64,
    taken: u64,
    parts: u32,
    restless: bool,
}

thread_local! {
    static SUM: Place<Sum> = const {
        Place::new(Sum { begun: 0, taken: 0, parts: 0, restless: false })
    };
}

/// Nanoseconds of CPU time of one measured part, user and system, all threads together: the
/// mean over many calls. Meant for a process that does nothing else.
///
/// # Errors
/// What is wrong with a run; that it has no measured part; that a thread never sleeps.
pub fn of_one_part(world: &'static World, cell: &Cell) -> Result<u64, String> {
    for _ in 0..WARM {
        call(world, cell)?;
    }
    SUM.set(Sum::default());
    for _ in 0..CALLS {
        call(world, cell)?;
    }
    let sum = SUM.get();
    match sum.parts {
        _ if sum.restless => Err("a thread of the program never sleeps".to_owned()),
        CALLS => Ok(sum.taken / u64::from(CALLS)),
        parts => Err(format!("{parts} measured parts in {CALLS} calls")),
    }
}

fn call(world: &'static World, cell: &Cell) -> Result<(), String> {
    world.reset();
    let called = region::during(world, Region { begin, end }, || once::call(world, cell));
    let seen = once::judge(world, cell, called);
    match (&seen.panic, seen.status(cell)) {
        (Some(message), _) => Err(format!("panicked: {message}")),
        (None, record::Status::Ok) => Ok(()),
        (None, status) => Err(status.to_string()),
    }
}

fn begin(_: &World) {
    let mut sum = SUM.get();
    sum.restless |= !settled();
    sum.begun = process();
    SUM.set(sum);
}

fn end(_: &World) {
    let own = Kernel.cpu_ns();
    let mut sum = SUM.get();
    sum.restless |= !settled();
    let waiting = Kernel.cpu_ns() - own;
    // Read after the thread's own: a part shorter than the looks at the clock is nothing.
    sum.taken += (process() - sum.begun).saturating_sub(waiting);
    sum.parts += 1;
    SUM.set(sum);
}

fn process() -> u64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let part = |value: i64| u64::try_from(value).expect("the clock starts at zero and goes up");
    part(time.tv_sec) * 1_000_000_000 + part(time.tv_nsec)
}

/// Waits until every other thread sleeps; false if one never does.
#[expect(clippy::disallowed_methods, reason = "a thread does not say when it goes to sleep")]
fn settled() -> bool {
    (0..LOOKS).any(|_| {
        thread::sleep(PAUSE);
        others_sleep()
    })
}

/// Whether no other thread of the process runs or waits for a processor.
fn others_sleep() -> bool {
    let own = rustix::thread::gettid().as_raw_pid().to_string();
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    threads.filter(|thread| thread.file_name().to_str() != Some(&own)).all(|thread| {
        // One that has ended in between is accounted for.
        fs::read_to_string(thread.path().join("stat")).map_or(true, |stat| !runs(&stat))
    })
}

/// Whether a line of `/proc/<pid>/task/<tid>/stat` is of a thread that runs or may run.
fn runs(stat: &str) -> bool {
    stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('R'))
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn a_thread_that_may_run_is_known_by_its_state() {
        assert!(runs("14 (a b) R 2 0 0"));
        assert!(!runs("14 (a) R) S 2 0 0"), "the name may hold anything");
    }
}
