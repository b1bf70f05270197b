//! What a wake costs among n siblings: leaf polls, instructions and allocations against n.

use std::collections::{BTreeMap, BTreeSet};

use record::CellKey;

use super::curves::{Quantity, find, float, number, section};
use super::foretold::foretold;
use crate::book::{Cell, Sheet};
use crate::page::{Page, Source};
use crate::plot::Scale;
use crate::stat;
use crate::table::count;

const WORKLOAD: &str = "join-width-scaling";

fn polls(_: &CellKey, cell: &Cell) -> Option<f64> {
    cell.value("leaf_polls").map(float)
}

fn instructions(_: &CellKey, cell: &Cell) -> Option<f64> {
    cell.value("instr").map(float)
}

fn allocations(_: &CellKey, cell: &Cell) -> Option<f64> {
    cell.value("allocs").map(float)
}

const POLLS: Quantity<'_> = Quantity {
    workload: WORKLOAD,
    id: "scaling-leaf-polls",
    title: "Leaf polls against number of siblings",
    x: "siblings n",
    y: "leaf polls",
    scale: (Scale::Log, Scale::Log),
    value: &polls,
    digits: 0,
    fit: ("slope", &slope),
    drawn: true,
};

/// Writes the page.
pub(crate) fn page(source: Source<'_>) -> Page {
    let mut page = Page::new("scaling", "What does a wake cost among n siblings?");
    let instructions = Quantity {
        id: "scaling-instructions",
        title: "Instructions against number of siblings",
        value: &instructions,
        drawn: false,
        ..POLLS
    };
    // Zero has no place on a logarithmic axis, and zero is the result that matters here.
    let allocations = Quantity {
        id: "scaling-allocations",
        title: "Heap allocations against number of siblings",
        value: &allocations,
        fit: ("per child", &per_child),
        drawn: false,
        ..POLLS
    };
    let board = Quantity {
        id: "scaling-instructions-cortex-m4",
        title: "Instructions on Cortex-M4 (emulated)",
        ..instructions
    };
    let Some(sheet) = source.book.sheet("sim") else {
        page.answer(&source.book.why_missing("sim"));
        return page;
    };
    page.answer(&answer(source, sheet));
    page.text(
        "`n` leaves become ready one per turn, in reverse order, under different combinators.\n\
         Slope 2 on logarithmic axes is quadratic, 1 is linear, least squares from ten siblings \
         on; a curve that falls has changed its algorithm on the way.",
    );
    section(&mut page, source, sheet, &POLLS, true);
    section(&mut page, source, sheet, &allocations, false);
    for (target, what) in [("linux", &instructions), ("cortex-m4", &board)] {
        match source.book.sheet(target) {
            Some(sheet) => section(&mut page, source, sheet, what, false),
            None => page.text(&source.book.why_missing(target)),
        }
    }
    page.text(&foretold(source, WORKLOAD));
    let claims = source.claims.links(WORKLOAD);
    if !claims.is_empty() {
        page.text(&format!("Claims that read these figures: {}.", claims.join(", ")));
    }
    page.text("All questions: [What does it cost?](page:cost.md).");
    page.end(sheet, WORKLOAD);
    page
}

/// The steepest and the flattest curve at the largest size.
fn answer(source: Source<'_>, sheet: &Sheet) -> String {
    let found = find(sheet, &POLLS);
    let mut by_size: BTreeMap<u32, BTreeSet<u64>> = BTreeMap::new();
    for (n, value) in found.curves.values().flatten() {
        by_size.entry(*n).or_default().insert(value.to_bits());
    }
    // The largest size at which forms differ.
    let differs = by_size.iter().rfind(|(_, values)| values.len() > 1);
    let last = differs.or(by_size.last_key_value()).map_or(0, |(n, _)| *n);
    let mut ends: Vec<(f64, String)> = Vec::new();
    for ((column, case), points) in &found.curves {
        let control = case.starts_with("control");
        if let Some((_, value)) = points.iter().find(|(n, _)| *n == last).filter(|_| !control) {
            let text =
                source.suite.case(WORKLOAD, case).map_or(case.as_str(), |it| it.text.as_str());
            ends.push((*value, format!("in `{}` ({text})", column.design)));
        }
    }
    ends.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    match (ends.first(), ends.last()) {
        (Some((low, few)), Some((high, many))) => format!(
            "To complete {} siblings takes {} leaf polls {few} and {} {many}.",
            count(last.into()),
            number(*low, 0),
            number(*high, 0)
        ),
        _ => "Not measured.".to_owned(),
    }
}

/// The slope from ten siblings on: below, fixed costs dominate. A curve that falls has
/// changed its algorithm on the way, and no one slope describes it.
fn slope(points: &[(f64, f64)]) -> String {
    let points: Vec<(f64, f64)> =
        points.iter().copied().filter(|(n, value)| *n >= 10.0 && *value > 0.0).collect();
    if let Some(pair) = points.windows(2).find(|pair| pair[1].1 < pair[0].1) {
        return format!("falls at {:.0}", pair[1].0);
    }
    stat::loglog_slope(&points).map_or(String::new(), |slope| format!("{slope:.2}"))
}

fn per_child(points: &[(f64, f64)]) -> String {
    match points.last() {
        Some((n, value)) if *n > 0.0 => format!("{:.2}", value / n),
        _ => String::new(),
    }
}
