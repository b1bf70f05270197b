//! The table of hazards for a terminal: a row per hazard, a column per design, sign and number.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::load;
use crate::pages::hazards::{self, Overview};
use crate::reading::with_source;
use crate::table::{Table, plain};

/// What the signs mean, in one line.
const LEGEND: &str = "● the hazard fires   ○ it does not   ⇄ it does not, and something else \
    grew   \
    ✗ the compiler refuses it (declared: by the design's word, target host asks the compiler)   \
    ! not run to its end";
/// Colours of the signs, as a terminal has them: the sign itself says the same.
const COLOURS: [(char, &str); 5] =
    [('●', "31"), ('○', "32"), ('⇄', "33"), ('✗', "35"), ('!', "31")];

/// The overview over the records of a run; nothing when none of them holds a hazard.
///
/// # Errors
/// When a record or a description of the suite cannot be read.
pub(crate) fn overview(root: &Path, dirs: &[PathBuf], colour: bool) -> Result<Option<String>> {
    let book = load::run(root, dirs, &root.join("reports"))?;
    let overview = with_source(root, &book, |source| {
        let all = hazards::all(source);
        (!all.is_empty()).then(|| Overview::of(source, &all, usize::MAX))
    })?;
    Ok(overview.map(|it| format!("{}{LEGEND}", text(&it.table, colour))))
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
