//! What a level of await costs: instructions per wake against the depth of the chain above
//! the leaf.

use record::CellKey;

use super::curves::{Quantity, find, float, number, section};
use super::foretold::foretold;
use crate::book::{Cell, Sheet};
use crate::page::{Page, Source};
use crate::plot::Scale;
use crate::stat;

const WORKLOAD: &str = "await-depth-cost";

/// Writes the page.
pub(crate) fn page(source: Source<'_>) -> Page {
    let mut page = Page::new("depth", "What does a level of await cost?");
    let Some(sheet) = source.book.sheet("linux") else {
        page.answer(&source.book.why_missing("linux"));
        return page;
    };
    let per_wake = |key: &CellKey, cell: &Cell| {
        Some(float(cell.value("instr")?) / wakes(source, sheet, key, cell)?)
    };
    let server = Quantity {
        workload: WORKLOAD,
        id: "depth-linux",
        title: "Instructions per wake against depth",
        x: "depth d",
        y: "instructions per wake",
        scale: (Scale::Log, Scale::Log),
        value: &per_wake,
        digits: 1,
        fit: ("per frame", &per_frame),
        drawn: true,
    };
    page.answer(&answer(sheet, &server));
    page.text(
        "A chain of `d` frames stands above one leaf that is woken again and again; every design \
            here resumes it from the root.\n\
         Instructions of the call are divided by its wakes, so building the chain is part of the \
         figure.",
    );
    section(&mut page, source, sheet, &server, true);
    let board = Quantity {
        id: "depth-cortex-m4",
        title: "Instructions of the whole call on Cortex-M4 (emulated), which counts no wakes",
        y: "instructions",
        value: &|_, cell| cell.value("instr").map(float),
        digits: 0,
        drawn: false,
        ..server
    };
    match source.book.sheet("cortex-m4") {
        Some(sheet) => section(&mut page, source, sheet, &board, false),
        None => page.text(&source.book.why_missing("cortex-m4")),
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

/// The fitted cost of a frame, least and most.
fn answer(sheet: &Sheet, what: &Quantity<'_>) -> String {
    let found = find(sheet, what);
    let mut slopes: Vec<(f64, String)> = Vec::new();
    for ((column, case), points) in &found.curves {
        let points: Vec<(f64, f64)> = points.iter().map(|(n, v)| (f64::from(*n), *v)).collect();
        let control = sheet
            .of(WORKLOAD)
            .any(|(key, cell)| key.case == *case && cell.role == Some(record::Role::Control));
        if let Some(slope) = stat::slope(&points).filter(|_| !control && column.is_portable()) {
            slopes.push((slope, column.design.clone()));
        }
    }
    slopes.sort_by(|a, b| a.0.total_cmp(&b.0));
    match (slopes.first(), slopes.last()) {
        (Some((low, _)), Some((high, _))) if number(*low, 1) == number(*high, 1) => format!(
            "Each frame between the task and the leaf adds {} instructions to a wake, in every \
                design, fitted over all depths.",
            number(*low, 1)
        ),
        (Some((low, few)), Some((high, many))) => format!(
            "Each frame between the task and the leaf adds {} instructions to a wake in `{few}` \
                and {} in `{many}`, fitted over all depths.",
            number(*low, 1),
            number(*high, 1)
        ),
        _ => "Not measured.".to_owned(),
    }
}

/// Wakes of the measured call: counted in the cell itself, or in the same cell on `sim`,
/// which runs the same program with counters.
fn wakes(source: Source<'_>, sheet: &Sheet, key: &CellKey, cell: &Cell) -> Option<f64> {
    let counted = |sheet: &Sheet| sheet.value(key, "wakes");
    let wakes = cell
        .value("wakes")
        .or_else(|| counted(sheet))
        .or_else(|| source.book.sheet("sim").and_then(counted))?;
    (wakes > 0).then(|| float(wakes))
}

fn per_frame(points: &[(f64, f64)]) -> String {
    match (stat::slope(points), stat::level_cost(points)) {
        (Some(slope), Some(share)) => format!("{slope:+.1} ({:.0} % of first)", share * 100.0),
        _ => String::new(),
    }
}
