//! Bytes of futures and tasks, and how they grow with wrapping.

use super::curves::{Quantity, float, section};
use crate::page::{Page, Source};
use crate::plot::Scale;
use crate::stat;

const WORKLOAD: &str = "future-size-growth";

/// Writes the page.
pub(crate) fn page(source: Source<'_>) -> Page {
    let mut page = Page::new("sizes", "Sizes");
    page.text(
        "Bytes of the operation that a case builds, as `size_of_val` says, against the number of wrappers around it.\n\
         The control holds only what is live.\n\
         Sizes are those of one compiler version and change with it; the record names it.",
    );
    for (target, metric, heading, id) in [
        ("linux", "future_bytes", "Operations on the server", "sizes-linux"),
        ("cortex-m4", "future_bytes", "Operations on Cortex-M4", "sizes-cortex-m4"),
        ("linux", "task_bytes", "Storage of a child on the server", "sizes-child-linux"),
        ("sim", "peak_bytes", "Largest live heap", "sizes-heap"),
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
            scale: (Scale::Linear, Scale::Linear),
            value: &|_, cell| cell.value(metric).map(float),
            digits: 0,
            fit: ("per wrapper", &per_wrapper),
        };
        section(&mut page, source, sheet, &what);
    }
    page
}

fn per_wrapper(points: &[(f64, f64)]) -> String {
    stat::slope(points).map_or(String::new(), |slope| format!("{slope:+.1} B each"))
}
