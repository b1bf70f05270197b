//! Who stands in a table of one situation, and what a row says beside its figures.

use std::collections::{BTreeMap, BTreeSet};

use record::{CellKey, Role};

use crate::book::{Cell, Sheet};
use crate::column::Column;
use crate::page::Source;

/// The crates on io_uring, of which the best is a rival.
pub(super) const URING: [&str; 3] = ["tokio-uring", "monoio", "compio"];
/// The rival of the poll family.
pub(super) const TOKIO: &str = "tokio";

/// One row: a cell, or a place where one was expected.
#[derive(Clone, Debug)]
pub(super) struct Row<'a> {
    pub(super) column: Column,
    /// The case; that of a peer may be a form of the table's.
    pub(super) case: String,
    pub(super) cell: Option<&'a Cell>,
    /// Whether it may be the best of its table.
    pub(super) judged: bool,
}

/// Cases and sizes of a workload in the order of the suite. The forms of a case that only
/// peers have stand beside it and are none of their own.
pub(super) fn situations(source: Source<'_>, sheet: &Sheet, workload: &str) -> Vec<(String, u32)> {
    let bases = bases(sheet, workload);
    let all: BTreeSet<(&str, u32)> =
        sheet.of(workload).map(|(key, _)| (bases[key.case.as_str()], key.n)).collect();
    let mut all: Vec<(&str, u32)> = all.into_iter().collect();
    all.sort_by_key(|(case, n)| (source.suite.position(workload, case), *n));
    all.into_iter().map(|(case, n)| (case.to_owned(), n)).collect()
}

/// The rows of a situation. `wanted` are peers that have one even if the record lacks them.
pub(super) fn rows<'a>(
    sheet: &'a Sheet,
    workload: &str,
    (case, n): (&str, u32),
    wanted: &[&str],
) -> Vec<Row<'a>> {
    let bases = bases(sheet, workload);
    let mut found: BTreeMap<(Column, &str), Option<&Cell>> = BTreeMap::new();
    let mine = sheet.cells.iter().filter(|(key, _)| {
        key.workload == workload && bases.get(key.case.as_str()).is_some_and(|it| *it == case)
    });
    for (key, cell) in mine {
        // A cell at another size lets one be expected at this.
        let place = found.entry((Column::of(key), key.case.as_str())).or_default();
        if key.n == n {
            *place = Some(cell);
        }
    }
    for peer in wanted {
        found.entry((peer_column(peer), case)).or_default();
    }
    let row = |((column, case), cell): ((Column, &str), Option<&'a Cell>)| Row {
        judged: !column.is_baseline() && !has_threads(workload, &column.runtime),
        case: case.to_owned(),
        column,
        cell,
    };
    found.into_iter().map(row).collect()
}

/// A crate on its own runtime.
fn peer_column(design: &str) -> Column {
    Column {
        design: design.to_owned(),
        mode: None,
        variant: "portable".to_owned(),
        runtime: design.to_owned(),
    }
}

/// The case in whose table each case stands.
fn bases<'a>(sheet: &'a Sheet, workload: &str) -> BTreeMap<&'a str, &'a str> {
    let keys = || sheet.cells.keys().filter(|key| key.workload == workload);
    let cases: BTreeSet<&str> = keys().map(|key| key.case.as_str()).collect();
    let of_peers = |case: &str| {
        let mut keys = keys().filter(|key| key.case == case);
        keys.all(|key| Column::of(key).is_peer())
    };
    let base = |case: &&'a str| {
        let form_of =
            |other: &&&str| case.strip_prefix(**other).is_some_and(|rest| rest.starts_with('-'));
        let other = cases.iter().filter(form_of).max_by_key(|other| other.len());
        (*case, other.filter(|_| of_peers(case)).copied().unwrap_or(case))
    };
    cases.iter().map(base).collect()
}

/// Runtimes that start threads of their own, where they do: a reactor of its own, and for
/// files, where readiness does not exist, a thread that waits.
fn has_threads(workload: &str, runtime: &str) -> bool {
    match runtime {
        "smol" | "async-std" => true,
        "own-epoll" | "tokio" => workload == "file-read",
        _ => false,
    }
}

impl Row<'_> {
    /// Whether nothing may fire in it.
    pub(super) fn is_control(&self) -> bool {
        self.cell.is_some_and(|cell| cell.role == Some(Role::Control))
    }

    /// A figure over the operations of the same run, the median over launches.
    pub(super) fn per_operation(&self, metric: &str) -> Option<f64> {
        self.cell?.per_operation(metric).map(|it| it.mid)
    }

    /// Design, mode and variant, and whether it is a crate as published.
    pub(super) fn who(&self, case: &str) -> String {
        let form = if self.case == case { String::new() } else { format!(", {}", self.case) };
        let published = if self.column.is_peer() { ", as published" } else { "" };
        format!("`{}`{published}{form}", self.column.who())
    }

    /// The runtime, with what a reader has to know of it.
    pub(super) fn runtime(&self) -> String {
        self.column.runtime()
    }

    /// Why there is no figure, or what it is worth.
    pub(super) fn note(&self) -> String {
        let Some(cell) = self.cell else { return "not measured".to_owned() };
        if let Some(status) = &cell.trouble {
            return status.to_string();
        }
        let mut notes: Vec<String> = cell.note.iter().cloned().collect();
        if cell.per_operation("ops").is_none() {
            notes.push("not measured: the run marked no operations".to_owned());
        }
        if self.column.is_baseline() {
            notes.push("shown, not judged: no runtime, no futures".to_owned());
        } else if !self.judged {
            notes.push("shown, not judged: it starts threads".to_owned());
        }
        notes.join("; ")
    }
}

/// The figure of a rival in a situation with the row that it stands in, or why there is none.
/// `form` is looked for before the case itself.
pub(super) fn rival(
    sheet: &Sheet,
    key: &CellKey,
    design: &str,
    metric: &str,
    form: &str,
) -> Result<(f64, String), String> {
    let at = |case: String| {
        let found = sheet.cells.get(&peer_column(design).key(&key.workload, &case, key.n));
        found.map(|cell| (cell, case))
    };
    let own = || at(key.case.clone());
    let found =
        if form.is_empty() { own() } else { at(format!("{}-{form}", key.case)).or_else(own) };
    let (cell, case) = found.ok_or(format!("`{design}` not measured"))?;
    let row = if case == key.case { String::new() } else { format!(", {case}") };
    match (&cell.trouble, cell.per_operation(metric)) {
        (Some(status), _) => Err(format!("`{design}` {status}")),
        (None, Some(value)) => Ok((value.mid, format!("`{design}`{row}"))),
        (None, None) => Err(format!("`{design}` has no such figure")),
    }
}

/// The smallest figure of several rivals. Without one of them there is no best.
pub(super) fn best(
    sheet: &Sheet,
    key: &CellKey,
    designs: &[&str],
    metric: &str,
    form: &str,
) -> Result<(f64, String), String> {
    let mut best: Option<(f64, String)> = None;
    for design in designs {
        let (value, who) = rival(sheet, key, design, metric, form)?;
        if best.as_ref().is_none_or(|(known, _)| value < *known) {
            best = Some((value, who));
        }
    }
    best.ok_or("no rival".to_owned())
}

/// Keys of a workload whose case may fire.
pub(super) fn hazards<'a>(
    sheet: &'a Sheet,
    workload: &str,
) -> impl Iterator<Item = (&'a CellKey, &'a Cell)> {
    sheet
        .cells
        .iter()
        .filter(move |(key, cell)| key.workload == workload && cell.role != Some(Role::Control))
}
