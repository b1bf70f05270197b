//! The table of hazards for a terminal: a row per hazard, a column per design, sign and number.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use record::{CellKey, Role};

use crate::book::{Book, Sheet};
use crate::column::Column;
use crate::load;
use crate::outcome::Shown;
use crate::suite::Suite;
use crate::table::{Table, plain};

/// What the signs mean, in one line.
const LEGEND: &str = "● the hazard fires   ○ it does not   ⇄ it does not, and something else grew   \
    ✗ the compiler refuses it   ! not run to its end";
/// Colours of the signs, as a terminal has them: the sign itself says the same.
const COLOURS: [(char, &str); 5] =
    [('●', "31"), ('○', "32"), ('⇄', "33"), ('✗', "35"), ('!', "31")];
/// Columns of forms.
const FORMS: usize = 7;

/// The overview over the records of a run; nothing when none of them holds a hazard.
///
/// # Errors
/// When a record or a description of the suite cannot be read.
pub(crate) fn overview(root: &Path, dirs: &[PathBuf], colour: bool) -> Result<Option<String>> {
    let book = load::run(root, dirs, &root.join("reports"))?;
    let Some(sheet) = book.sheet("sim") else { return Ok(None) };
    let table = hazards(&book, sheet, &Suite::read(root)?);
    if table.is_empty() {
        return Ok(None);
    }
    Ok(Some(format!("{}{LEGEND}", text(&table, colour))))
}

fn hazards(book: &Book, sheet: &Sheet, suite: &Suite) -> Table {
    // What was run on one schedule only is a cost.
    let such = |(key, cell): &(&CellKey, &crate::book::Cell)| {
        cell.role == Some(Role::Hazard) && cell.schedules.len() > 1 && Column::of(key).is_portable()
    };
    let cells: Vec<&CellKey> = sheet.cells.iter().filter(such).map(|(key, _)| key).collect();
    let mut workloads: Vec<&str> = cells.iter().map(|key| key.workload.as_str()).collect();
    workloads.dedup();
    let mut designs: BTreeMap<&str, (Column, usize)> = BTreeMap::new();
    for key in &cells {
        designs.entry(&key.design).or_insert((Column::of(key), 0)).1 += 1;
    }
    let mut designs: Vec<(Column, usize)> = designs.into_values().collect();
    designs.sort_by_key(|(column, cells)| (column.is_peer(), usize::MAX - cells, column.family()));
    designs.truncate(FORMS);
    let head = std::iter::once("hazard").chain(designs.iter().map(|(it, _)| it.design.as_str()));
    let mut table = Table::new("hazards", head);
    for workload in workloads {
        let of = |key: &&&CellKey| key.workload == workload;
        let place = |key: &CellKey| suite.position(workload, &key.case).0;
        let Some(first) = cells.iter().filter(of).min_by_key(|key| place(key)) else { continue };
        let largest = cells.iter().filter(of).filter(|key| key.case == first.case);
        let n = largest.map(|key| key.n).max().unwrap_or(first.n);
        let mut row = vec![workload.to_owned()];
        for (design, _) in &designs {
            let here = |key: &&&CellKey| {
                key.workload == workload
                    && key.case == first.case
                    && key.n == n
                    && key.design == design.design
            };
            let key = cells.iter().find(here);
            row.push(key.map_or("–".to_owned(), |key| cell(book, sheet, key)));
        }
        table.row(row);
    }
    table
}

/// Sign and one number.
fn cell(book: &Book, sheet: &Sheet, key: &CellKey) -> String {
    let shown = Shown::of(sheet, key).confirmed(book, key);
    let label = shown.label();
    let sign = label.split(' ').next().unwrap_or_default();
    let script = sheet.cells.get(key).and_then(|cell| cell.schedules.first());
    match (&shown, script) {
        (Shown::Occurs, Some(script)) if script.watchdog => format!("{sign} deadlock"),
        (Shown::Occurs, Some(script)) => format!("{sign} {}", script.severity),
        (Shown::Inexpressible(code, _), _) => format!("{sign} {code}"),
        (Shown::Trouble(word, _), _) => format!("{sign} {word}"),
        (Shown::Absent | Shown::Converted(_), _) => sign.to_owned(),
        _ => label,
    }
}

/// A table as text in columns. Colour is a second carrier of what the sign says.
pub(crate) fn text(table: &Table, colour: bool) -> String {
    let lines: Vec<Vec<String>> =
        table.lines().map(|cells| cells.iter().map(|cell| plain(cell)).collect()).collect();
    let columns = lines.first().map_or(0, Vec::len);
    let width = |at: usize| lines.iter().map(|cells| cells[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for (number, cells) in lines.iter().enumerate() {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(&widths) {
            let blank = " ".repeat(width - cell.chars().count() + 2);
            let _ = write!(line, "{}{blank}", painted(cell, colour && number > 0));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn painted(cell: &str, colour: bool) -> String {
    let of = cell.chars().next().and_then(|sign| COLOURS.iter().find(|(one, _)| *one == sign));
    match of {
        Some((_, code)) if colour => format!("\x1b[{code}m{cell}\x1b[0m"),
        _ => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new("t", ["hazard", "`poll`", "scoped"]);
        table.row(["[futurelock](page:x.md)", "● deadlock", "○"]);
        table.row(["a-long-name-of-one", "–", "✗ E0521"]);
        table
    }

    #[test]
    fn columns_stand_below_each_other_and_marks_are_gone() {
        let text = text(&table(), false);
        let expected = "hazard              poll        scoped\n\
                        futurelock          ● deadlock  ○\n\
                        a-long-name-of-one  –           ✗ E0521\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn colour_changes_no_text() {
        let coloured = text(&table(), true);
        assert!(coloured.contains("\x1b[31m● deadlock\x1b[0m"), "{coloured}");
        let mut bare = String::new();
        for (at, part) in coloured.split('\x1b').enumerate() {
            bare.push_str(if at == 0 { part } else { part.split_once('m').expect("a code").1 });
        }
        assert_eq!(bare, text(&table(), false));
    }
}
