//! The same hazards from the same source on a microcontroller.

use record::{CellKey, Role};

use super::{absent_cell, columns, row_name, rows};
use crate::book::Sheet;
use crate::column::Column;
use crate::outcome::{Shown, severity};
use crate::page::{Page, Source};
use crate::table::Table;

/// Outcomes on the board, compared with `sim`.
pub(super) fn section(page: &mut Page, source: Source<'_>, sheet: &Sheet) {
    let rows = rows(source, sheet, Role::Hazard);
    if rows.is_empty() {
        return;
    }
    page.heading("The same source on Cortex-M4");
    page.text("Sizes are smaller where the board's memory asks for it. **≠** marks an outcome that is not that of `sim`.");
    let columns = columns(sheet, &rows);
    let head = std::iter::once("case".to_owned()).chain(columns.iter().map(|c| format!("`{c}`")));
    let mut table = Table::new("hazards-cortex-m4", head);
    for row in &rows {
        let cells = columns.iter().map(|column| {
            let key = column.key(&row.0, &row.1, row.2);
            let Some(cell) = sheet.cells.get(&key) else {
                return absent_cell(source, sheet, row, column);
            };
            let here = Shown::of(sheet, &key).confirmed(source.book, &key);
            let mut text = here.label();
            if here.fires() {
                text = format!("{text}<br>{}", severity(cell, source.suite.severity_unit(&row.0)));
            }
            let there = source.book.sheet("sim").map(|sim| Shown::of(sim, &at_any_size(sim, &key)));
            match there {
                Some(there)
                    if there.is_known() && here.is_known() && there.fires() != here.fires() =>
                {
                    format!("{text}<br>**≠ sim: {}**", there.label())
                }
                _ => text,
            }
        });
        table.row(std::iter::once(row_name(row)).chain(cells));
    }
    page.table(table, sheet, "");
}

/// The key itself if the sheet has it, else the same situation at its largest size.
fn at_any_size(sheet: &Sheet, key: &CellKey) -> CellKey {
    if sheet.cells.contains_key(key) {
        return key.clone();
    }
    let same = |other: &&CellKey| {
        (&other.workload, &other.case) == (&key.workload, &key.case)
            && Column::of(other) == Column::of(key)
    };
    sheet.cells.keys().filter(same).max_by_key(|other| other.n).unwrap_or(key).clone()
}
