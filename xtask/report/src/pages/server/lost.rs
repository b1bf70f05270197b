//! Results that nobody waits for any more, and buffers that are still lent.

use std::collections::BTreeSet;

use record::{CellKey, Outcome};

use super::{judged_by, not_measured, shown};
use crate::book::{Cell, Sheet, Spread};
use crate::column::Column;
use crate::outcome::{Shown, share};
use crate::page::{Page, Source};
use crate::stat::float;
use crate::table::{Table, count};

/// Workload, the target that judges it, and what it counts.
const WORKLOADS: [(&str, &str, &[Count]); 4] = [
    ("completion-op-leak", "sim", &[LEAKED, CLOSED, CANCELS]),
    ("inflight-buffer-cancel", "sim", &[STALE, COPIED, ALLOCATED]),
    ("socket-op-leak", "linux", &[LEAKED]),
    ("socket-buffer-cancel", "linux", &[STALE, LOST, COPIED_IN_ALL]),
];

/// Head, metric, and whether it is divided by the operations.
type Count = (&'static str, &'static str, bool);

const LEAKED: Count = ("leaked", "leaked", false);
const CLOSED: Count = ("closed unused", "reclaimed_late", false);
const CANCELS: Count = ("cancels", "cancels_issued", false);
const STALE: Count = ("stale writes", "stale_writes", false);
const LOST: Count = ("lost messages", "lost_items", false);
const COPIED: Count = ("bytes copied per byte read", "copied_bytes", true);
const ALLOCATED: Count = ("allocations", "allocs", false);
const COPIED_IN_ALL: Count = ("bytes copied", "copied_bytes", false);

/// Why a peer has not all cases.
const PLAIN: &str =
    "–: the program on the crate has no such case; its text says what the crate offers";

pub(super) fn shows(workload: &str) -> bool {
    WORKLOADS.iter().any(|(known, ..)| *known == workload)
}

/// One table per workload.
pub(super) fn section(page: &mut Page, source: Source<'_>, linux: &Sheet) {
    page.heading("Lost results and lent buffers");
    page.text(
        "An operation is given up while a device or the kernel works on it.\n\
         Two workloads use the simulated device, on which every schedule has an outcome; \
         two use sockets, on which what was found is counted and the order of events is the kernel's.\n\
         A leak is a resource that was opened and neither used nor closed, or a descriptor that is open at the end and was not at the beginning; one that is closed unused came too late and was answered for.\n\
         A stale write is a write into memory whose operation had been given up.\n\
         A lost message is one that the peer wrote and of which the program did not get every byte, because a read that had been given up took them.",
    );
    for (workload, target, counts) in WORKLOADS {
        introduce_below(page, source, workload);
        let sheet =
            if target == linux.run.target { Some(linux) } else { source.book.sheet(target) };
        match sheet {
            None => page.text(&source.book.why_missing(target)),
            Some(sheet) if sheet.of(workload).next().is_none() => {
                not_measured(page, sheet, workload);
            }
            Some(sheet) => match counts {
                [one] if sheet.of(workload).all(|(_, cell)| cell.schedules.is_empty()) => {
                    by_case(page, source, sheet, workload, *one);
                }
                _ => table(page, source, sheet, workload, counts),
            },
        }
    }
}

fn introduce_below(page: &mut Page, source: Source<'_>, workload: &str) {
    page.subheading(workload);
    page.text(&format!("{}.", source.suite.title(workload).trim_end_matches('.')));
    judged_by(page, workload);
}

fn table(page: &mut Page, source: Source<'_>, sheet: &Sheet, workload: &str, counts: &[Count]) {
    let judged = sheet.of(workload).any(|(_, cell)| !cell.schedules.is_empty());
    let outcome: &[&str] = if judged { &["outcome", "fires on"] } else { &[] };
    let head = ["case", "n", "design", "runtime"].iter().chain(outcome).copied();
    let head = head.chain(counts.iter().map(|(head, ..)| *head)).chain(["note"]);
    let mut table =
        Table::new(&format!("server-{workload}"), head).numbers_between(4 + outcome.len());
    let mut cells: Vec<(&CellKey, &Cell)> = sheet.of(workload).collect();
    cells.sort_by_key(|(key, _)| {
        (source.suite.position(workload, &key.case), key.n, Column::of(key))
    });
    for (key, cell) in cells {
        let column = Column::of(key);
        let mut row = vec![
            key.case.clone(),
            count(key.n.into()),
            format!("`{}`", column.who()),
            column.runtime(),
        ];
        if judged {
            let shown = Shown::of(sheet, key).confirmed(source.book, key);
            row.extend([
                shown.label(),
                if shown.is_known() { share(cell) } else { "–".to_owned() },
            ]);
        }
        row.extend(counts.iter().map(|what| counted(cell, *what)));
        let trouble = cell.trouble.iter().filter(|_| !judged).map(ToString::to_string);
        row.push(trouble.chain(cell.note.iter().cloned()).collect::<Vec<_>>().join("; "));
        table.row(row);
    }
    page.table(table, sheet, workload);
}

/// Where there is one count and no outcome: a column for each case.
fn by_case(page: &mut Page, source: Source<'_>, sheet: &Sheet, workload: &str, what: Count) {
    let cases: BTreeSet<(&str, u32)> =
        sheet.of(workload).map(|(key, _)| (key.case.as_str(), key.n)).collect();
    let mut cases: Vec<(&str, u32)> = cases.into_iter().collect();
    cases.sort_by_key(|(case, n)| (source.suite.position(workload, case), *n));
    let columns: BTreeSet<Column> = sheet.of(workload).map(|(key, _)| Column::of(key)).collect();
    let head = ["design", "runtime"].map(str::to_owned).into_iter();
    let head =
        head.chain(cases.iter().map(|(case, n)| format!("{case}, n = {}", count((*n).into()))));
    let mut table = Table::new(&format!("server-{workload}"), head.chain(["note".to_owned()]))
        .numbers_between(2);
    for column in columns {
        let cells: Vec<Option<&Cell>> = cases
            .iter()
            .map(|(case, n)| sheet.cells.get(&column.key(workload, case, *n)))
            .collect();
        let notes: BTreeSet<String> = cells
            .iter()
            .flatten()
            .flat_map(|cell| {
                cell.trouble.iter().map(ToString::to_string).chain(cell.note.iter().cloned())
            })
            .collect();
        let figures = cells.iter().map(|cell| match cell {
            Some(cell) => counted(cell, what),
            None if column.is_peer() => "–".to_owned(),
            None => "not measured".to_owned(),
        });
        let name = [format!("`{}`", column.who()), column.runtime()];
        let missing = column.is_peer() && cells.iter().any(Option::is_none);
        let notes = notes.into_iter().chain(missing.then(|| PLAIN.to_owned()));
        let notes = notes.collect::<Vec<_>>().join("; ");
        table.row(name.into_iter().chain(figures).chain([notes]));
    }
    page.text(&format!("Shown is what was {}.", what.0));
    page.table(table, sheet, workload);
}

/// A count of the script as written, and the worst of all schedules where it is another.
fn counted(cell: &Cell, (_, metric, divided): Count) -> String {
    let per_operation = cell.per_operation(metric).filter(|_| divided);
    if let Some(it) = per_operation {
        return shown(it, 2);
    }
    if divided {
        return "–".to_owned();
    }
    let by_schedule = || {
        let worked = cell.schedules.iter().filter(|it| it.outcome != Outcome::Inexpressible);
        worked.filter_map(|it| it.values.get(metric).copied())
    };
    let script = cell.script().and_then(|script| script.values.get(metric).copied());
    let one = |value: u64| Spread::of(&[float(value)]);
    let Some(it) = cell.spread(metric).or_else(|| script.and_then(one)) else {
        return "–".to_owned();
    };
    let text = shown(it, 0);
    match by_schedule().max().map(float) {
        Some(worst) if worst > it.high => format!("{text}, worst {worst:.0}"),
        _ => text,
    }
}
