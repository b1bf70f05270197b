//! Cost of n siblings: leaf polls, instructions and allocations against n.

use super::curves::{Quantity, float, section};
use crate::page::{Page, Source};
use crate::plot::Scale;
use crate::stat;

const WORKLOAD: &str = "join-width-scaling";

/// Writes the page.
pub(crate) fn page(source: Source<'_>) -> Page {
    let mut page = Page::new("scaling", "Scaling with the number of siblings");
    page.text(
        "`n` leaves become ready one per turn, in reverse order, under different combinators.\n\
         A design that re-polls its siblings pays quadratically; slope 2 on logarithmic axes shows it, slope 1 is linear.\n\
         Slopes are least squares over the sizes from 10 on; a curve that falls has changed its \
         algorithm on the way and has no one slope.",
    );
    let polls = Quantity {
        workload: WORKLOAD,
        id: "scaling-leaf-polls",
        title: "Leaf polls against number of siblings",
        x: "siblings n",
        y: "leaf polls",
        scale: (Scale::Log, Scale::Log),
        value: &|_, cell| cell.value("leaf_polls").map(float),
        digits: 0,
        fit: ("slope", &slope),
    };
    let instructions = Quantity {
        id: "scaling-instructions",
        title: "Instructions against number of siblings",
        y: "instructions",
        value: &|_, cell| cell.value("instr").map(float),
        ..polls
    };
    let allocations = Quantity {
        id: "scaling-allocations",
        title: "Heap allocations against number of siblings",
        y: "allocations",
        value: &|_, cell| cell.value("allocs").map(float),
        // Zero has no place on a logarithmic axis, and zero is the result that matters here.
        scale: (Scale::Linear, Scale::Linear),
        fit: ("per child", &per_child),
        ..polls
    };
    let board = Quantity { id: "scaling-instructions-cortex-m4", ..instructions };
    for (heading, target, what) in [
        ("Leaf polls", "sim", &polls),
        ("Allocations", "sim", &allocations),
        ("Instructions on the server", "linux", &instructions),
        ("Instructions on Cortex-M4", "cortex-m4", &board),
    ] {
        page.heading(heading);
        match source.book.sheet(target) {
            Some(sheet) => section(&mut page, source, sheet, what),
            None => page.text(&source.book.why_missing(target)),
        }
    }
    page.text("Instructions are user-space instructions, not cycles and not time.");
    page
}

/// The slope from ten siblings on: below, fixed costs dominate. A curve that falls has
/// changed its algorithm on the way, and no one slope describes it.
fn slope(points: &[(f64, f64)]) -> String {
    let points: Vec<(f64, f64)> =
        points.iter().copied().filter(|(n, value)| *n >= 10.0 && *value > 0.0).collect();
    if let Some(pair) = points.windows(2).find(|pair| pair[1].1 < pair[0].1) {
        return format!("falls at {:.0}, no one slope", pair[1].0);
    }
    stat::loglog_slope(&points).map_or(String::new(), |slope| format!("slope {slope:.2}"))
}

fn per_child(points: &[(f64, f64)]) -> String {
    match points.last() {
        Some((n, value)) if *n > 0.0 => format!("{:.2} per child", value / n),
        _ => String::new(),
    }
}
