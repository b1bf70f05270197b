//! The measured part of a run: what is done at its edges.
//!
//! A workload that sets something up before its steady state marks the steady part with
//! [`World::begin`] and [`World::end`]. Every way to run a cell measures that part alone: it
//! wraps its calls in [`during`] with what it does at the two edges. Counters of the kernel,
//! in the counting build, are taken of the part too. A run without marks is measured as a
//! whole, by whoever calls it, and nothing here is reached.

use std::cell::Cell;

use contract::{Region, World};

use crate::clock::Clock;
use crate::counts;

thread_local! {
    /// What the way at work does, closest to the measured part.
    static EDGES: Cell<Option<Region>> = const { Cell::new(None) };
    /// Sums over the parts since [`clear`].
    static TIMES: Cell<Times> = const { Cell::new(Times::NONE) };
}

/// Time within measured parts of several calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// Wall time in nanoseconds; while a part is open, less the clock at its beginning.
    wall_ns: u64,
    /// CPU time of the thread in nanoseconds, likewise.
    cpu_ns: u64,
    /// Parts that have ended.
    parts: u32,
}

impl Times {
    const NONE: Times = Times { wall_ns: 0, cpu_ns: 0, parts: 0 };
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
    if let Some(edges) = EDGES.get() {
        (edges.begin)(world);
    }
}

fn end(world: &World) {
    if let Some(edges) = EDGES.get() {
        (edges.end)(world);
    }
    counts::publish(world);
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

/// Wall and CPU time of the parts since [`clear`], if there were exactly `calls`.
pub(crate) fn times(calls: u32) -> Option<(u64, u64)> {
    let Times { wall_ns, cpu_ns, parts } = TIMES.get();
    (parts == calls && parts > 0).then_some((wall_ns, cpu_ns))
}

/// The wall clock is read last here and first in [`stop`], because reading the CPU clock is
/// a system call and reading the wall clock is not.
fn start<C: Clock>(_: &World) {
    let clock = C::default();
    let cpu = clock.cpu_ns();
    let sums = TIMES.get();
    TIMES.set(Times {
        cpu_ns: sums.cpu_ns.wrapping_sub(cpu),
        wall_ns: sums.wall_ns.wrapping_sub(clock.wall_ns()),
        parts: sums.parts,
    });
}

fn stop<C: Clock>(_: &World) {
    let clock = C::default();
    let wall = clock.wall_ns();
    let cpu = clock.cpu_ns();
    let sums = TIMES.get();
    TIMES.set(Times {
        wall_ns: sums.wall_ns.wrapping_add(wall),
        cpu_ns: sums.cpu_ns.wrapping_add(cpu),
        parts: sums.parts + 1,
    });
}
