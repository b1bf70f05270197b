//! What a future costs in bytes, and how that grows with wrapping.

use super::curves::{Quantity, find, float, number, section};
use super::foretold::foretold;
use crate::book::Sheet;
use crate::page::{Page, Source};
use crate::plot::Scale;

const WORKLOAD: &str = "future-size-growth";

/// Writes the page.
pub(crate) fn page(source: Source<'_>) -> Page {
    let mut page = Page::new("sizes", "What does a future cost in bytes?");
    let what = Quantity {
        workload: WORKLOAD,
        id: "sizes-linux",
        title: "Bytes of an operation against the wrappers around it",
        x: "wrappers",
        y: "bytes",
        scale: (Scale::Linear, Scale::Log),
        value: &|_, cell| cell.value("future_bytes").map(float),
        digits: 0,
        fit: ("growth", &growth),
        drawn: true,
    };
    let Some(sheet) = source.book.sheet("linux") else {
        page.answer(&source.book.why_missing("linux"));
        return page;
    };
    page.answer(&answer(source, sheet, &what));
    page.text(
        "Bytes as `size_of_val` says, of the operation that a case builds; the control holds only \
            what is live.\n\
         They are those of one compiler version, which the record names; what the compiler does \
         here, it does in every design.",
    );
    section(&mut page, source, sheet, &what, true);
    let board = Quantity {
        id: "sizes-cortex-m4",
        title: "Bytes of the same operations on Cortex-M4",
        drawn: false,
        ..what
    };
    let heap = Quantity {
        id: "sizes-heap",
        title: "Largest live heap, in the simulation",
        value: &|_, cell| cell.value("peak_bytes").map(float),
        drawn: false,
        ..what
    };
    for (target, what) in [("cortex-m4", &board), ("sim", &heap)] {
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

/// The case that grows most, in the design that others are compared with.
fn answer(source: Source<'_>, sheet: &Sheet, what: &Quantity<'_>) -> String {
    let found = find(sheet, what);
    let grown = found.curves.iter().filter_map(|((column, case), points)| {
        let ((from, small), (to, large)) = (points.first()?, points.last()?);
        let mine = Some(column.design.as_str()) == sheet.roster.reference();
        (mine && *small > 0.0 && to > from)
            .then(|| (large / small, case, *from, *small, *to, *large))
    });
    let most = grown.max_by(|a, b| a.0.total_cmp(&b.0));
    let Some((_, case, from, small, to, large)) = most else { return "Not measured.".to_owned() };
    let text = source.suite.case(WORKLOAD, case).map_or(case.as_str(), |it| it.text.as_str());
    format!(
        "An operation of {} B with {from} wrappers is one of {} B with {to} ({text}).",
        number(small, 0),
        number(large, 0)
    )
}

/// Growth from the first size to the last.
fn growth(points: &[(f64, f64)]) -> String {
    match (points.first(), points.last()) {
        (Some((from, small)), Some((to, large))) if to > from && *small > 0.0 => {
            format!("×{:.2} to {to:.0}", large / small)
        }
        _ => String::new(),
    }
}
