//! How fast the kernel's executor turns on the simulated driver: a check of the workbench
//! itself, not a measurement of a design. No record holds it and no claim reads it.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};

use contract::World;
use kernel::leaf::sleep::sleep;
use kernel::run::executor::{OnWatchdog, run_on_world};

use crate::clock::Clock;

/// Turns per batch. A million sleeps of a millisecond stay below the watchdog's hour.
const TURNS: u32 = 1_000_000;

/// Batches, of which the median counts.
const BATCHES: usize = 5;

/// Medians, per second or in nanoseconds of CPU time.
#[derive(Clone, Copy, Debug)]
pub struct Speed {
    /// Turns of a root that wakes itself.
    pub yields_per_s: u64,
    /// Turns of a root that sleeps: arm, park, fire, poll.
    pub sleeps_per_s: u64,
    /// One reset of the world.
    pub reset_ns: u64,
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "turns per second, root wakes itself: {}", self.yields_per_s)?;
        writeln!(f, "turns per second, root sleeps:       {}", self.sleeps_per_s)?;
        write!(f, "nanoseconds per reset of the world:  {}", self.reset_ns)
    }
}

/// Measures for about a second.
pub fn measure(world: &'static World, clock: &impl Clock) -> Speed {
    let per_s = |batch_ns: u64| u64::from(TURNS) * 1_000_000_000 / batch_ns.max(1);
    Speed {
        yields_per_s: per_s(median(world, clock, || drive(world, yields(TURNS)))),
        sleeps_per_s: per_s(median(world, clock, || drive(world, sleeps(TURNS)))),
        reset_ns: median(world, clock, || {
            (0..TURNS).for_each(|_| std::hint::black_box(world).reset())
        }) / u64::from(TURNS),
    }
}

fn median(world: &'static World, clock: &impl Clock, batch: impl Fn()) -> u64 {
    let mut times: Vec<u64> = (0..BATCHES)
        .map(|_| {
            world.reset();
            let start = clock.cpu_ns();
            batch();
            clock.cpu_ns() - start
        })
        .collect();
    times.sort_unstable();
    times[BATCHES / 2]
}

fn drive(world: &'static World, root: impl Future<Output = ()>) {
    let mut root = pin!(root);
    let poll = |cx: &mut Context<'_>| root.as_mut().poll(cx);
    run_on_world(world, OnWatchdog::Drop, poll).expect("a root that always moves ends");
}

async fn yields(turns: u32) {
    for _ in 0..turns {
        let mut yielded = false;
        poll_fn(|cx| {
            if yielded {
                return Poll::Ready(());
            }
            yielded = true;
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

async fn sleeps(turns: u32) {
    for _ in 0..turns {
        sleep(1).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alloc::{self, HeapUse};
    use crate::counts;

    fn world() -> &'static World {
        Box::leak(Box::new(World::new()))
    }

    #[test]
    fn the_kernel_allocates_nothing_and_sleeps_in_virtual_time() {
        let world = world();
        let ((), used) = alloc::measure(|| {
            world.reset();
            drive(world, sleeps(100));
        });
        assert_eq!(used, HeapUse::default());
        assert_eq!(world.now_ms(), 100);
    }

    #[test]
    fn a_yield_is_one_turn() {
        let world = world();
        counts::reset();
        drive(world, yields(100));
        counts::publish(world);
        // A build that does not count has no counters at all.
        let expected = cfg!(feature = "count").then_some(101);
        assert_eq!(world.metrics().get(contract::Metric::Turns), expected);
    }
}
