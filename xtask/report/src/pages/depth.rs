//! Cost of a wake against the depth of the chain of awaits above the leaf.

use record::CellKey;

use super::curves::{Quantity, float, section};
use crate::book::{Cell, Sheet};
use crate::page::{Page, Source};
use crate::plot::Scale;
use crate::stat;

const WORKLOAD: &str = "await-depth-cost";

/// Writes the page.
pub(crate) fn page(source: Source<'_>) -> Page {
    let mut page = Page::new("depth", "Cost of a wake against depth");
    page.text(
        "A chain of `d` frames stands above one leaf that is woken again and again.\n\
         Where every wake resumes from the root, instructions per wake grow with `d`; \
         delivery straight to the waiting frame would be flat.\n\
         Instructions of the whole call are divided by its wakes, so that building the chain is part of the figure; \
         the last column is the fitted cost of one more frame.",
    );
    page.heading("On the server");
    match source.book.sheet("linux") {
        Some(sheet) => server(&mut page, source, sheet),
        None => page.text(&source.book.why_missing("linux")),
    }
    page.heading("On Cortex-M4");
    match source.book.sheet("cortex-m4") {
        Some(sheet) => board(&mut page, source, sheet),
        None => page.text(&source.book.why_missing("cortex-m4")),
    }
    page.text(
        "Instructions, not cycles: callgrind counts user space on the server, QEMU counts \
         retired instructions on the board, and neither knows caches, pipelines or wait states.",
    );
    page
}

fn server(page: &mut Page, source: Source<'_>, sheet: &Sheet) {
    let per_wake = |key: &CellKey, cell: &Cell| {
        Some(float(cell.value("instr")?) / wakes(source, sheet, key, cell)?)
    };
    let what = Quantity {
        workload: WORKLOAD,
        id: "depth-linux",
        title: "Instructions per wake against depth",
        x: "depth d",
        y: "instructions per wake",
        scale: (Scale::Log, Scale::Log),
        value: &per_wake,
        digits: 1,
        fit: ("fitted", &per_frame),
    };
    section(page, source, sheet, &what);
}

/// The board counts no wakes, and its script has fewer of them than the server's.
fn board(page: &mut Page, source: Source<'_>, sheet: &Sheet) {
    page.text("The board counts no wakes, so these are instructions of the whole call; the share of depth 1 is comparable.");
    let what = Quantity {
        workload: WORKLOAD,
        id: "depth-cortex-m4",
        title: "Instructions of the call against depth on Cortex-M4",
        x: "depth d",
        y: "instructions",
        scale: (Scale::Log, Scale::Log),
        value: &|_, cell| cell.value("instr").map(float),
        digits: 0,
        fit: ("fitted", &per_frame),
    };
    section(page, source, sheet, &what);
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
    match (stat::slope(points), stat::level_cost(points), points.first()) {
        (Some(slope), Some(share), Some((depth, _))) => {
            format!("{slope:+.1} per frame ({:.0} % of depth {depth:.0})", share * 100.0)
        }
        _ => String::new(),
    }
}
