//! Who stands in a table of one situation, and what a row says beside its figures.

use std::collections::{BTreeMap, BTreeSet};

use record::{CellKey, Role};

use crate::book::{Cell, Sheet};
use crate::column::Column;
use crate::page::Source;

/// One row: a cell, or a place where one was expected.
#[derive(Clone, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) column: Column,
    /// The case; that of a crate may be a form of the table's.
    pub(crate) case: String,
    pub(crate) cell: Option<&'a Cell>,
    /// Whether its instructions may be compared.
    pub(crate) judged: bool,
}

/// Cases and sizes of a workload in the order of the suite. The forms of a case that only
/// crates and rewritten programs have stand beside it and are none of their own.
pub(crate) fn situations(source: Source<'_>, sheet: &Sheet, workload: &str) -> Vec<(String, u32)> {
    let bases = bases(sheet, workload);
    let all: BTreeSet<(&str, u32)> =
        sheet.of(workload).map(|(key, _)| (bases[key.case.as_str()], key.n)).collect();
    let mut all: Vec<(&str, u32)> = all.into_iter().collect();
    all.sort_by_key(|(case, n)| (source.suite.position(workload, case), *n));
    all.into_iter().map(|(case, n)| (case.to_owned(), n)).collect()
}

/// The rows of a situation.
pub(crate) fn rows<'a>(sheet: &'a Sheet, workload: &str, (case, n): (&str, u32)) -> Vec<Row<'a>> {
    let bases = bases(sheet, workload);
    let mut found: BTreeMap<(Column, &str), Option<&Cell>> = BTreeMap::new();
    let mine = sheet.cells.iter().filter(|(key, _)| {
        key.workload == workload && bases.get(key.case.as_str()).is_some_and(|it| *it == case)
    });
    for (key, cell) in mine {
        // A cell at another size lets one be expected at this.
        let place = found.entry((sheet.column(key), key.case.as_str())).or_default();
        if key.n == n {
            *place = Some(cell);
        }
    }
    let row = |((column, case), cell): ((Column, &str), Option<&'a Cell>)| Row {
        judged: !column.is_baseline() && !sheet.roster.has_threads(&column.runtime, workload),
        case: case.to_owned(),
        column,
        cell,
    };
    found.into_iter().map(row).collect()
}

/// The case in whose table each case stands.
fn bases<'a>(sheet: &'a Sheet, workload: &str) -> BTreeMap<&'a str, &'a str> {
    let keys = || sheet.cells.keys().filter(|key| key.workload == workload);
    let cases: BTreeSet<&str> = keys().map(|key| key.case.as_str()).collect();
    // A form that a design has only as a rewritten program asks nothing of the others, either.
    let of_some = |case: &str| {
        let mut keys = keys().filter(|key| key.case == case);
        keys.all(|key| sheet.column(key).is_peer() || key.variant != "portable")
    };
    let base = |case: &&'a str| {
        let form_of =
            |other: &&&str| case.strip_prefix(**other).is_some_and(|rest| rest.starts_with('-'));
        let other = cases.iter().filter(form_of).max_by_key(|other| other.len());
        (*case, other.filter(|_| of_some(case)).copied().unwrap_or(case))
    };
    cases.iter().map(base).collect()
}

impl Row<'_> {
    /// A figure over the operations of the same run, the median over launches.
    pub(crate) fn per_operation(&self, metric: &str) -> Option<f64> {
        self.cell?.per_operation(metric).map(|it| it.mid)
    }

    /// What is compared: comparable instructions in order.
    pub(crate) fn instructions(&self) -> Option<f64> {
        self.per_operation("instr").filter(|_| self.judged)
    }

    /// Why there is no figure.
    pub(crate) fn trouble(&self) -> Option<String> {
        match self.cell {
            None => Some("not measured".to_owned()),
            Some(cell) => cell.trouble.as_ref().map(ToString::to_string),
        }
    }
}

/// The figure of a crate in a situation with the row that it stands in, or why there is none.
/// `form` is looked for before the case itself.
pub(crate) fn rival(
    sheet: &Sheet,
    key: &CellKey,
    design: &str,
    metric: &str,
    form: &str,
) -> Result<(f64, String), String> {
    let at = |case: String| {
        let found = sheet.cells.iter().find(|(other, _)| {
            (&other.workload, &other.case, other.n) == (&key.workload, &case, key.n)
                && other.design == design
                && other.variant == "portable"
                && sheet.column(other).is_peer()
        });
        found.map(|(_, cell)| (cell, case))
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

/// The smallest figure of several crates. Without one of them there is no best.
pub(crate) fn best(
    sheet: &Sheet,
    key: &CellKey,
    designs: &[String],
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
pub(crate) fn hazards<'a>(
    sheet: &'a Sheet,
    workload: &str,
) -> impl Iterator<Item = (&'a CellKey, &'a Cell)> {
    sheet
        .cells
        .iter()
        .filter(move |(key, cell)| key.workload == workload && cell.role != Some(Role::Control))
}
