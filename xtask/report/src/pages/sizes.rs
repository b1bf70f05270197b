//! Bytes of futures and tasks, and how they grow with wrapping.

use super::curves::{Quantity, float, section};
use crate::page::{Page, Source};
use crate::plot::Scale;

const WORKLOAD: &str = "future-size-growth";

/// Writes the page.
pub(crate) fn page(source: Source<'_>) -> Page {
    let mut page = Page::new("sizes", "Sizes");
    page.text(
        "Bytes of the operation that a case builds, as `size_of_val` says, against the number of wrappers around it.\n\
         The control holds only what is live.\n\
         Sizes are those of one compiler version and change with it; the record names it.",
    );
    for (target, metric, heading, id, scale) in [
        ("linux", "future_bytes", "Operations on the server", "sizes-linux", Scale::Log),
        ("cortex-m4", "future_bytes", "Operations on Cortex-M4", "sizes-cortex-m4", Scale::Log),
        ("sim", "peak_bytes", "Largest live heap", "sizes-heap", Scale::Linear),
    ] {
        page.heading(heading);
        let Some(sheet) = source.book.sheet(target) else {
            page.text(&source.book.why_missing(target));
            continue;
        };
        let what = Quantity {
            workload: WORKLOAD,
            id,
            title: heading,
            x: "wrappers",
            y: "bytes",
            scale: (Scale::Linear, scale),
            value: &|_, cell| cell.value(metric).map(float),
            digits: 0,
            fit: ("growth", &growth),
        };
        section(&mut page, source, sheet, &what);
    }
    page
}

/// Growth from the first size to the last.
fn growth(points: &[(f64, f64)]) -> String {
    match (points.first(), points.last()) {
        (Some((from, small)), Some((to, large))) if to > from && *small > 0.0 => {
            format!("×{:.2} from {from:.0} to {to:.0}", large / small)
        }
        _ => String::new(),
    }
}
