//! The measured part of a run: what is done at its edges.
//!
//! A workload that sets something up before its steady state marks the steady part with
//! [`World::begin`] and [`World::end`]. Every way to run a cell measures that part alone: it
//! wraps its calls in [`during`] with what it does at the two edges. Counters of the kernel,
//! in the counting build, are taken of the part too. A run without marks is measured as a
//! whole, by its caller, and nothing here is reached.

use std::cell::Cell;

use contract::{Metric, Region, World};
use record::Taken;

use crate::clock::Clock;
use crate::counts;

thread_local! {
    /// What the way at work does, closest to the measured part.
    static EDGES: Cell<Option<Region>> = const { Cell::new(None) };
    /// Sums over the parts since [`clear`].
    static TIMES: Cell<Times> = const { Cell::new(Times::NONE) };
    /// Bytes that our driver had copied at the beginning of the part, and within it once it
    /// has ended.
    static COPIED: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Time within measured parts of several calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// What they took; while a part is open, less the clocks at its beginning.
    taken: Taken,
    /// Parts that have ended.
    parts: u32,
}

impl Times {
    const NONE: Times = Times { taken: Taken { wall_ns: 0, cpu_ns: 0, softirq_ns: 0 }, parts: 0 };
}

/// Makes the world reach the hooks of this module. Done by [`during`] too.
pub fn arm(world: &World) {
    world.on_region(Some(Region { begin, end }));
}

/// Runs `f` with this done at the edges of every measured part. Not nested.
///
/// # Panics
/// Those of `f`; the edges are put back then too.
pub fn during<T>(world: &World, edges: Region, f: impl FnOnce() -> T) -> T {
    struct Restore;
    impl Drop for Restore {
        fn drop(&mut self) {
            EDGES.set(None);
        }
    }
    arm(world);
    EDGES.set(Some(edges));
    let _restore = Restore;
    f()
}

fn begin(world: &World) {
    counts::reset();
    COPIED.set(kernel::run::context::copied());
    if let Some(edges) = EDGES.get() {
        (edges.begin)(world);
    }
}

fn end(world: &World) {
    if let Some(edges) = EDGES.get() {
        (edges.end)(world);
    }
    let before = COPIED.get();
    COPIED.set(before.and_then(|before| Some(kernel::run::context::copied()? - before)));
    counts::publish(world);
}

/// After a run with a measured part: replaces what our driver published of the whole run, the
/// bytes copied, by what was copied in the part.
pub(crate) fn settle(world: &World) {
    if let Some(copied) = COPIED.take()
        && world.metrics().get(Metric::CopiedBytes).is_some()
    {
        world.metrics().set(Metric::CopiedBytes, copied);
    }
}

/// Edges that add up the time of every part; read with [`times`].
#[must_use]
pub fn timed<C: Clock>() -> Region {
    Region { begin: start::<C>, end: stop::<C> }
}

/// Forgets the times so far.
pub(crate) fn clear() {
    TIMES.set(Times::NONE);
}

/// What the parts since [`clear`] took, if there were exactly `calls`.
pub(crate) fn times(calls: u32) -> Option<Taken> {
    let Times { taken, parts } = TIMES.get();
    (parts == calls && parts > 0).then_some(taken)
}

/// The wall clock is read last here and first in [`stop`], because reading a CPU clock is a
/// system call and reading the wall clock is not. The thread's is read within the others', so
/// that asking for theirs is not counted as its work.
fn start<C: Clock>(_: &World) {
    let clock = C::default();
    let softirq = clock.softirq_ns();
    let cpu = clock.cpu_ns();
    let Times { taken, parts } = TIMES.get();
    let taken = Taken {
        softirq_ns: taken.softirq_ns.wrapping_sub(softirq),
        cpu_ns: taken.cpu_ns.wrapping_sub(cpu),
        wall_ns: taken.wall_ns.wrapping_sub(clock.wall_ns()),
    };
    TIMES.set(Times { taken, parts });
}

fn stop<C: Clock>(_: &World) {
    let clock = C::default();
    let wall = clock.wall_ns();
    let cpu = clock.cpu_ns();
    let softirq = clock.softirq_ns();
    let Times { taken, parts } = TIMES.get();
    let taken = Taken {
        wall_ns: taken.wall_ns.wrapping_add(wall),
        cpu_ns: taken.cpu_ns.wrapping_add(cpu),
        softirq_ns: taken.softirq_ns.wrapping_add(softirq),
    };
    TIMES.set(Times { taken, parts: parts + 1 });
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::leaf::runtime_owned::RuntimeOwned;
    use kernel::run::executor::{OnWatchdog, run_on_world};
    use std::pin::pin;

    #[test]
    fn bytes_copied_before_the_part_are_not_of_it() {
        let world: &'static World = Box::leak(Box::new(World::new()));
        arm(world);
        let mut root = pin!(async {
            let mut buffer = [0; 30];
            RuntimeOwned::device(&mut buffer, 1).await;
            world.begin();
            RuntimeOwned::device(&mut buffer[..20], 1).await;
            world.end(1);
        });
        run_on_world(world, OnWatchdog::Drop, |cx| root.as_mut().poll(cx)).expect("it ends");
        // What a driver of the system publishes at the end of a run; the simulated one does not.
        world.metrics().set(Metric::CopiedBytes, 50);
        settle(world);
        assert_eq!(world.metrics().get(Metric::CopiedBytes), Some(20));
        settle(world);
        assert_eq!(world.metrics().get(Metric::CopiedBytes), Some(20), "once");
    }

    #[test]
    fn who_copies_nothing_that_we_count_has_no_such_value() {
        let world: &'static World = Box::leak(Box::new(World::new()));
        arm(world);
        world.begin();
        world.end(1);
        settle(world);
        assert_eq!(world.metrics().get(Metric::CopiedBytes), None);
    }
}
