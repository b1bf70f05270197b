//! Every cell with an outcome: severity, schedules, and what it cost.

use record::{CellKey, Role};

use super::Row;
use crate::book::{Cell, Exact, Sheet};
use crate::column::Column;
use crate::outcome::{PRICES, Shown, severity, share};
use crate::page::{Page, Source};
use crate::table::{Table, count, plural};

/// Every cell with an outcome, workload by workload.
pub(super) fn section(page: &mut Page, source: Source<'_>, sheet: &Sheet) {
    let mut rows = super::rows(source, sheet, Role::Hazard);
    rows.extend(super::rows(source, sheet, Role::Control));
    let mut workloads: Vec<String> = Vec::new();
    for (workload, ..) in &rows {
        if !workloads.contains(workload) {
            workloads.push(workload.clone());
        }
    }
    for workload in workloads {
        page.heading(&workload);
        page.text(&intro(source, &workload, &rows));
        detail(page, source, sheet, &workload);
    }
}

fn intro(source: Source<'_>, workload: &str, rows: &[Row]) -> String {
    let mut lines = vec![format!("{}.", source.suite.title(workload).trim_end_matches('.'))];
    for (_, case, _) in rows.iter().filter(|row| row.0 == workload) {
        if let Some(known) =
            source.suite.case(workload, case).filter(|known| !known.text.is_empty())
        {
            lines.push(format!("- **{case}**: {}", known.text));
        }
    }
    lines.join("\n")
}

fn detail(page: &mut Page, source: Source<'_>, sheet: &Sheet, workload: &str) {
    let metrics: Vec<&str> = ["wakes", "leaf_polls", "turns"]
        .into_iter()
        .chain(PRICES.map(|(metric, _)| metric))
        .filter(|metric| sheet.of(workload).any(|(_, cell)| cell.value(metric).is_some()))
        .collect();
    let head = ["case", "n", "design", "outcome", "severity", "fires on"];
    let mut table = Table::new(
        &format!("hazards-{workload}"),
        head.iter().copied().chain(metrics.iter().copied()).chain(["note"]),
    )
    .numbers_between(head.len());
    let (mut keys, others): (Vec<_>, Vec<_>) = sheet
        .of(workload)
        .filter(|(_, cell)| !cell.schedules.is_empty() || cell.trouble.is_some())
        .partition(|(key, cell)| is_shown(key, cell));
    keys.sort_by_key(|(key, _)| {
        (source.suite.position(workload, &key.case), key.n, Column::of(key))
    });
    for (key, cell) in keys {
        let shown = Shown::of(sheet, key).confirmed(source.book, key);
        let known = shown.is_known();
        let unit = source.suite.severity_unit(workload);
        let mut row = vec![
            key.case.clone(),
            count(key.n.into()),
            format!("`{}`", Column::of(key)),
            shown.label(),
            if known { severity(cell, unit) } else { "–".to_owned() },
            if known { share(cell) } else { "–".to_owned() },
        ];
        let column = Column::of(key);
        row.extend(metrics.iter().map(|metric| value(&column, cell, metric)));
        row.push(notes(cell));
        table.row(row);
    }
    page.table(table, sheet, workload);
    if !others.is_empty() {
        let cells = plural(others.len(), "cell", "cells");
        page.text(&format!(
            "Not shown: {cells} on other runtimes, in which nothing fired and nothing failed."
        ));
    }
}

/// What only our executor counts, and the virtual time that only our clock and a paused one
/// have.
const OURS: [&str; 4] = ["wakes", "leaf_polls", "turns", "finish_ms"];

/// A value; a zero that nobody counted is none.
fn value(column: &Column, cell: &Cell, metric: &str) -> String {
    match cell.value(metric) {
        Some(0) if OURS.contains(&metric) && !column.is_on_ours() => "–".to_owned(),
        Some(value) => count(value),
        None => "–".to_owned(),
    }
}

/// Cells of columns, and whatever went wrong elsewhere: where it did not, a runtime says
/// nothing that the cell on our executor does not say.
fn is_shown(key: &CellKey, cell: &Cell) -> bool {
    super::has_column(&Column::of(key)) || cell.trouble.is_some() || cell.fired().0 > 0
}

fn notes(cell: &Cell) -> String {
    let mut notes: Vec<String> = cell.note.iter().cloned().collect();
    if cell.schedules_differ {
        notes.push("launches differ by schedule".to_owned());
    }
    for (metric, value) in &cell.values {
        if let Exact::Differs(low, high) = value {
            notes.push(format!("{metric} {low} to {high} between launches"));
        }
    }
    notes.join("; ")
}
