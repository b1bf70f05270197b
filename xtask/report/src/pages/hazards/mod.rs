//! The hazard matrix: what happens to each hazard in each design, and what it costs.

mod bare_metal;
mod details;
mod predicted;

use std::collections::{BTreeMap, BTreeSet};

use record::Role;

use crate::book::{Cell, Sheet};
use crate::column::Column;
use crate::outcome::{Shown, severity, share};
use crate::page::{Page, Source};
use crate::table::{Table, count};

/// Writes the page.
pub(crate) fn page(source: Source<'_>) -> Page {
    let mut page = Page::new("hazards", "Hazards");
    page.text(
        "Each cell says what happened to one hazard in one design: the outcome, how badly, \
         on which share of the schedules of the environment, and the price.\n\
         An outcome is not a verdict; [claims](../rfc/evidence/) have those.\n\
         How it is measured: [METHOD.md](METHOD.md). Why to distrust it: [BIAS.md](BIAS.md).",
    );
    page.fold("What the words mean", WORDS);
    match source.book.sheet("sim") {
        Some(sheet) => {
            matrix(&mut page, source, sheet);
            predicted::section(&mut page, source, sheet);
            details::section(&mut page, source, sheet);
        }
        None => page.text(&source.book.why_missing("sim")),
    }
    if let Some(sheet) = source.book.sheet("cortex-m4") {
        bare_metal::section(&mut page, source, sheet);
    }
    page
}

const WORDS: &str = "\
- **● occurs**: the oracle, which reads only what the environment saw, found the hazard on at least one schedule. A deadlock that the watchdog of virtual time ends is an occurrence.
- **○ absent**: it found it on none.
- **⇄ converted**: absent here, present in the portable poll form of the same case, and at least one price grew against that form and its controls: time to finish, time to cancel, time to leave a scope, allocations, peak heap. The cell says which.
- **✗ inexpressible**: the design's types refuse the program, with the compiler's error code.
- **! panics, ! hang, ! failed, ! unsupported**: with the reason. Such a cell is a row, never a gap.
- **not measured**: the record has no such cell. **–**: the case is not meant for this form.
- The word is the worst outcome over all schedules; severity is that of the script as written, and the worst where it differs.";

const AS_PUBLISHED: &str = "\
\"tokio as published\" is a program on unmodified tokio: its primitives, its executor and its paused clock.
It has an outcome only for the workloads that were written for it, and its prices are not compared with those of `poll`.";

/// A situation: workload, case, size.
type Row = (String, String, u32);

/// Situations of one role, at the largest size that was measured, in the suite's order.
fn rows(source: Source<'_>, sheet: &Sheet, role: Role) -> Vec<Row> {
    let mut largest: BTreeMap<(String, String), u32> = BTreeMap::new();
    for (key, cell) in &sheet.cells {
        if cell.role == Some(role) && !(cell.schedules.is_empty() && cell.trouble.is_none()) {
            let size = largest.entry((key.workload.clone(), key.case.clone())).or_default();
            *size = key.n.max(*size);
        }
    }
    let mut rows: Vec<Row> = largest.into_iter().map(|((w, c), n)| (w, c, n)).collect();
    rows.sort_by(|a, b| {
        let place = |row: &Row| source.predictions.workloads().position(|id| id == row.0);
        (place(a).unwrap_or(usize::MAX), &a.0, source.suite.position(&a.0, &a.1)).cmp(&(
            place(b).unwrap_or(usize::MAX),
            &b.0,
            source.suite.position(&b.0, &b.1),
        ))
    });
    rows
}

fn columns(sheet: &Sheet, rows: &[Row]) -> Vec<Column> {
    let known: BTreeSet<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    let with_outcome = sheet.cells.iter().filter(|(key, cell)| {
        known.contains(key.workload.as_str())
            && (!cell.schedules.is_empty() || cell.trouble.is_some())
    });
    let columns: BTreeSet<Column> = with_outcome.map(|(key, _)| Column::of(key)).collect();
    columns.into_iter().filter(has_column).collect()
}

/// The hazards of a design do not depend on whose reactor is below it, so only our executor
/// has columns. What people use today is beside it: tokio as published.
fn has_column(column: &Column) -> bool {
    column.runtime == "own" || is_tokio(column)
}

fn is_tokio(column: &Column) -> bool {
    column.design == "tokio" && column.runtime == "tokio"
}

/// How a column is headed.
fn head_of(column: &Column) -> String {
    match column.variant.as_str() {
        "portable" if is_tokio(column) => "tokio as published".to_owned(),
        variant if is_tokio(column) => format!("tokio as published, {variant} form"),
        _ => format!("`{column}`"),
    }
}

fn matrix(page: &mut Page, source: Source<'_>, sheet: &Sheet) {
    for (role, id, heading) in [
        (Role::Hazard, "hazards", "The matrix"),
        (Role::Control, "controls", "Controls, in which nothing may fire"),
    ] {
        let rows = rows(source, sheet, role);
        if rows.is_empty() {
            continue;
        }
        page.heading(heading);
        let columns = columns(sheet, &rows);
        let head = std::iter::once("case".to_owned()).chain(columns.iter().map(head_of));
        let mut table = Table::new(id, head);
        for row in &rows {
            let cells = columns.iter().map(|column| matrix_cell(source, sheet, row, column, role));
            table.row(std::iter::once(row_name(row)).chain(cells));
        }
        page.table(table, sheet, "");
        if role == Role::Hazard && columns.iter().any(is_tokio) {
            page.text(AS_PUBLISHED);
        }
    }
}

fn row_name((workload, case, n): &Row) -> String {
    format!("[{workload}](#{workload})<br>{case}, n={n}")
}

fn matrix_cell(
    source: Source<'_>,
    sheet: &Sheet,
    row: &Row,
    column: &Column,
    role: Role,
) -> String {
    let (workload, case, n) = row;
    let key = column.key(workload, case, *n);
    let shown = Shown::of(sheet, &key).confirmed(source.book, &key);
    let Some(cell) = sheet.cells.get(&key) else {
        return absent_cell(source, sheet, row, column);
    };
    let mut lines = vec![match &shown {
        Shown::Occurs if cell.script().is_some_and(|script| script.watchdog) => {
            "● occurs (deadlock)".to_owned()
        }
        shown => shown.label(),
    }];
    if shown.fires() {
        let unit = source.suite.severity_unit(workload);
        lines.push(severity(cell, unit.split(',').next().unwrap_or(unit)));
        lines.push(share(cell));
    }
    if let Shown::Converted(grown) = &shown {
        lines.extend(grown.iter().cloned());
    } else if shown.is_known() {
        lines.extend(price(cell));
    }
    if role == Role::Hazard
        && let Some((family, prediction)) = predicted::of(source, sheet, workload, column)
    {
        lines.push(format!("{} was predicted: {}", family.id, prediction.expect.label()));
    }
    lines.join("<br>")
}

/// A cell that the record does not have: not meant for this form, or left out.
fn absent_cell(
    source: Source<'_>,
    sheet: &Sheet,
    (workload, case, n): &Row,
    column: &Column,
) -> String {
    let meant = source.suite.case(workload, case);
    let for_others =
        meant.is_some_and(|case| !case.is_for(&column.design, &column.variant, &sheet.run.target));
    if for_others || !column.is_portable() || !sheet.columns(workload).contains(column) {
        return "–".to_owned();
    }
    match sheet.cells.keys().find(|key| {
        key.workload == *workload && key.case == *case && key.n < *n && Column::of(key) == *column
    }) {
        Some(smaller) => format!("not measured at n={n}; see n={}", smaller.n),
        None => "not measured".to_owned(),
    }
}

/// Finish and allocations, where they were counted.
fn price(cell: &Cell) -> Option<String> {
    let parts: Vec<String> = [("finish_ms", "ms"), ("allocs", "allocations")]
        .iter()
        .filter_map(|(metric, unit)| Some(format!("{} {unit}", count(cell.value(metric)?))))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
