//! A cell of a hazard, and what a row says of it.

use record::{CellKey, Role};

use super::hazard::Hazard;
use crate::book::Cell;
use crate::column::{Column, Kind};
use crate::outcome::Shown;
use crate::page::Source;
use crate::table::count;

/// A cell with what a row says of it.
pub(super) struct Entry<'a> {
    pub(super) key: &'a CellKey,
    pub(super) cell: &'a Cell,
    pub(super) column: Column,
    pub(super) shown: Shown,
}

/// Forms that stand on the page: all where something happened, else those on our executor and
/// on the crates' own.
pub(super) fn entries<'a>(source: Source<'a>, hazard: &'a Hazard<'a>) -> Vec<Entry<'a>> {
    let mut all: Vec<Entry<'_>> = hazard
        .cells(Role::Hazard)
        .filter(|(_, cell)| {
            !(cell.schedules.is_empty() && cell.trouble.is_none() && cell.values.is_empty())
        })
        .map(|(key, cell)| Entry {
            key,
            cell,
            column: hazard.sheet.column(key),
            shown: hazard.outcome(source, key),
        })
        .collect();
    all.retain(|entry| entry.column.kind != Kind::Baseline);
    let place = |entry: &Entry<'_>| {
        let case = source.suite.position(hazard.id, &entry.key.case).0;
        (case, entry.key.case.clone(), entry.column.clone())
    };
    all.sort_by_key(place);
    all
}

/// Time to finish and allocations, where they were counted; a zero that was not counted is
/// none.
pub(crate) fn price(cell: &Cell) -> String {
    let mut parts = Vec::new();
    let finish = cell.value("finish_ms").filter(|ms| *ms > 0);
    parts.extend(finish.map(|ms| format!("{} ms", count(ms))));
    // On the clock of the machine what is allocated depends on the driver and not on the hazard.
    let judged = !cell.schedules.is_empty();
    parts.extend(cell.value("allocs").filter(|_| judged).map(|n| format!("{} allocs", count(n))));
    if parts.is_empty() { "–".to_owned() } else { parts.join(", ") }
}

/// Bytes copied for each that was read, where the run counted both.
pub(super) fn copied(cell: &Cell) -> Option<String> {
    let share = cell.per_operation("copied_bytes").filter(|it| it.mid > 0.0)?;
    Some(format!("{:.0}", share.mid))
}
