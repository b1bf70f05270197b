//! Shapes of reading: what a codec costs in each, and what an idle connection holds.

use super::operations::{Place, table};
use super::rows::{Row, rows, situations};
use super::{introduce, not_measured, shown, situation};
use crate::book::Sheet;
use crate::page::{Page, Source};
use crate::table::Table;

const WORKLOAD: &str = "io-trait-shapes";
const IDLE: &str = "idle";

/// Metric and head of its column, each divided by the connections.
const HELD: [(&str, &str); 3] = [
    ("live_bytes", "live heap bytes per connection"),
    ("peak_bytes", "largest live heap per connection"),
    ("rss_bytes", "resident bytes per connection"),
];

pub(super) fn shows(workload: &str) -> bool {
    workload == WORKLOAD
}

/// One table per case.
pub(super) fn section(page: &mut Page, source: Source<'_>, sheet: &Sheet) {
    introduce(page, source, WORKLOAD);
    page.text(
        "The portable form reads as the design's plain read does: a borrowed buffer, a lent one, one that is given away and returned.\n\
         The expert form of `poll` waits for readiness and takes memory afterwards; the idiomatic form of `completion` lets the driver choose a buffer when there is data.",
    );
    if sheet.of(WORKLOAD).next().is_none() {
        return not_measured(page, sheet, WORKLOAD);
    }
    for (case, n) in situations(source, sheet, WORKLOAD) {
        let rows = rows(sheet, WORKLOAD, (&case, n), &[]);
        situation(page, source, WORKLOAD, (&case, n), &rows);
        if case == IDLE {
            held(page, sheet, &rows, &case);
        } else {
            table(
                page,
                sheet,
                &rows,
                &Place { workload: WORKLOAD, operation: "frame", case: &case, n },
            );
        }
    }
}

fn held(page: &mut Page, sheet: &Sheet, rows: &[Row<'_>], case: &str) {
    page.text(
        "The clients are in another process.\n\
         Memory of the kernel, in which a socket has buffers of its own, is not counted.\n\
         Resident bytes may lie below live heap: memory that was asked for and never touched, such as a buffer into which nothing was read yet, is live and not resident.",
    );
    let has = |metric: &str| rows.iter().any(|row| row.per_operation(metric).is_some());
    let held: Vec<&(&str, &str)> = HELD.iter().filter(|(metric, _)| has(metric)).collect();
    let head = ["design", "runtime"].into_iter().chain(held.iter().map(|(_, head)| *head));
    let mut table = Table::new("server-idle", head.chain(["note"])).numbers_between(2);
    for row in rows {
        let figures = held.iter().map(|(metric, _)| {
            let it = row.cell.and_then(|cell| cell.per_operation(metric));
            it.map_or("–".to_owned(), |it| shown(it, 1))
        });
        let name = [row.who(case), row.runtime()].into_iter();
        table.row(name.chain(figures).chain([row.note()]));
    }
    page.table(table, sheet, WORKLOAD);
}
