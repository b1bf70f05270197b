//! A cell run once on the script as written, with every exact value.

use contract::{Metric, Region, World};
use record::{Kind, Line, Status};

use crate::registry::{Cell, role};
use crate::{alloc, once, region};

/// Runs a cell twice on a fresh world, the second time counting.
///
/// The first call warms what grows once (slabs, free lists) and must do exactly what the
/// second does: a case whose two receipts differ is not exact and fails.
///
/// Where the run has a measured part, the heap is counted there alone, and `live_bytes` is
/// what that part left behind.
///
/// After a panic of a hazard the line has no heap counts, because the panic itself
/// allocates, and no judge's values; the note has the message.
#[must_use]
pub fn line(world: &'static World, cell: &Cell, launch: u32) -> Line {
    world.reset();
    let warm = once::call(world, cell);
    let first = once::judge(world, cell, warm);

    world.reset();
    let edges = Region { begin: |_| alloc::begin(), end: |_| alloc::end() };
    let (called, heap) =
        region::during(world, edges, || alloc::measure(|| once::call(world, cell)));
    let seen = once::judge(world, cell, called);

    let mut line = Line::new(Kind::Exact, cell.key.clone(), launch, seen.status(cell));
    line.receipt = Some(seen.receipt);
    line.role = Some(role(cell.case.role));
    if first.receipt != seen.receipt && line.status.is_ok() {
        let (a, b) = (first.receipt, seen.receipt);
        line.status = Status::not("failed", format_args!("two calls differ: receipts {a} and {b}"));
    }
    let mut put = |metric: Metric, value: u64| {
        line.values.entry(metric.id().to_owned()).or_insert(value);
    };
    // What the workload says of itself wins: it may end its clock before the root does.
    world.metrics().iter().for_each(|(metric, value)| put(metric, value));
    if let Some(ms) = seen.finish_ms {
        put(Metric::FinishMs, ms.into());
    }
    if seen.panic.is_none() {
        put(Metric::Allocs, heap.allocs);
        put(Metric::AllocBytes, heap.alloc_bytes);
        put(Metric::PeakBytes, heap.peak_bytes);
        if let Some(live) = heap.live_bytes {
            put(Metric::LiveBytes, live);
        }
    }
    line.note = seen.panic.map(|message| format!("panicked: {message}"));
    line
}
