//! The hazard matrix: what happens to each hazard in each design, and what it costs.

use std::collections::{BTreeMap, BTreeSet};

use record::{CellKey, Role};

use crate::book::{Cell, Sheet};
use crate::column::Column;
use crate::outcome::{PRICES, Shown, severity, share};
use crate::page::{Page, Source};
use crate::predict::{Expect, Family, Prediction};
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
            predicted(&mut page, source, sheet);
            details(&mut page, source, sheet);
        }
        None => page.text(&source.book.why_missing("sim")),
    }
    if let Some(sheet) = source.book.sheet("cortex-m4") {
        bare_metal(&mut page, source, sheet);
    }
    page
}

const WORDS: &str = "\
- **● occurs**: the oracle, which reads only what the environment saw, found the hazard on at least one schedule. A deadlock that the watchdog of virtual time ends is an occurrence.
- **○ absent**: it found it on none.
- **⇄ converted**: absent here, present in the portable poll form of the same case, and at least one price grew against that form: time to finish, time to cancel, time to leave a scope, allocations, peak heap. The cell says which.
- **✗ inexpressible**: the design's types refuse the program, with the compiler's error code.
- **! panics, ! hang, ! failed, ! unsupported**: with the reason. Such a cell is a row, never a gap.
- **not measured**: the record has no such cell. **–**: the case is not meant for this form.
- The word is the worst outcome over all schedules; severity is that of the script as written, and the worst where it differs.";

/// A situation: workload, case, size.
type Row = (String, String, u32);

/// Situations of one role, at the largest size that was measured, in the suite's order.
fn rows(source: Source<'_>, sheet: &Sheet, role: Role) -> Vec<Row> {
    let mut largest: BTreeMap<(String, String), u32> = BTreeMap::new();
    for (key, cell) in &sheet.cells {
        if cell.role == Some(role) && !(cell.schedules.is_empty() && cell.trouble.is_none()) {
            let size = largest
                .entry((key.workload.clone(), key.case.clone()))
                .or_default();
            *size = key.n.max(*size);
        }
    }
    let mut rows: Vec<Row> = largest.into_iter().map(|((w, c), n)| (w, c, n)).collect();
    rows.sort_by(|a, b| {
        let place = |row: &Row| source.predictions.workloads().position(|id| id == row.0);
        (
            place(a).unwrap_or(usize::MAX),
            &a.0,
            source.suite.position(&a.0, &a.1),
        )
            .cmp(&(
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
    columns.into_iter().collect()
}

fn matrix(page: &mut Page, source: Source<'_>, sheet: &Sheet) {
    for (role, id, heading) in [
        (Role::Hazard, "hazards", "The matrix"),
        (
            Role::Control,
            "controls",
            "Controls, in which nothing may fire",
        ),
    ] {
        let rows = rows(source, sheet, role);
        if rows.is_empty() {
            continue;
        }
        page.heading(heading);
        let columns = columns(sheet, &rows);
        let head =
            std::iter::once("case".to_owned()).chain(columns.iter().map(|c| format!("`{c}`")));
        let mut table = Table::new(id, head);
        for row in &rows {
            let cells = columns
                .iter()
                .map(|column| matrix_cell(source, sheet, row, column, role));
            table.row(std::iter::once(row_name(row)).chain(cells));
        }
        page.table(table, sheet, "");
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
    let shown = Shown::of(sheet, &key);
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
        lines.push(severity(cell, source.suite.severity_unit(workload)));
        lines.push(share(cell));
    }
    if let Shown::Converted(grown) = &shown {
        lines.extend(grown.iter().cloned());
    } else if shown.is_known() {
        lines.extend(price(cell));
    }
    if role == Role::Hazard
        && let Some((family, prediction)) = prediction_for(source, workload, column)
    {
        lines.push(format!(
            "{} predicted {}",
            family.id,
            prediction.expect.label()
        ));
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
    let for_others = meant.is_some_and(|case| !case.is_for(&column.design, &column.variant));
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

/// The family whose comparable form this column is, with what was expected of it.
fn prediction_for<'a>(
    source: Source<'a>,
    workload: &str,
    column: &Column,
) -> Option<(&'a Family, &'a Prediction)> {
    let family = source.predictions.families.iter().find(|family| {
        family.design == column.design && family.variants.contains(&column.variant)
    })?;
    let prediction = source.predictions.of(workload, &family.id)?;
    let known = !matches!(prediction.expect, Expect::Measure | Expect::None);
    (known && in_mode(prediction, column)).then_some((family, prediction))
}

fn in_mode(prediction: &Prediction, column: &Column) -> bool {
    prediction.modes.is_empty()
        || column
            .mode
            .as_ref()
            .is_some_and(|mode| prediction.modes.contains(mode))
}

fn predicted(page: &mut Page, source: Source<'_>, sheet: &Sheet) {
    if source.predictions.families.is_empty() {
        return;
    }
    page.heading("Predicted and measured");
    page.text(
        "Predictions were written before anything was measured and live in \
         [predictions.toml](predictions.toml).\n\
         **≠** marks a measurement that differs; a prediction that depends on something cannot differ.\n\
         The scoped family is compared in its idiomatic form where there is one, because its \
         guarantee lies in children rather than in race arms.",
    );
    let families = &source.predictions.families;
    let head = std::iter::once("workload".to_owned()).chain(families.iter().map(|f| f.id.clone()));
    let mut table = Table::new("predictions", head);
    let rows = rows(source, sheet, Role::Hazard);
    for workload in source.predictions.workloads() {
        let cells = families
            .iter()
            .map(|family| compared(source, sheet, &rows, workload, family));
        table.row(std::iter::once(workload.to_owned()).chain(cells));
    }
    page.table(table, sheet, "");
    let names: Vec<String> = families
        .iter()
        .map(|f| format!("{} is {}", f.id, f.text))
        .collect();
    page.text(&format!("{}.", names.join("; ")));
}

fn compared(
    source: Source<'_>,
    sheet: &Sheet,
    rows: &[Row],
    workload: &str,
    family: &Family,
) -> String {
    let Some(prediction) = source.predictions.of(workload, &family.id) else {
        return "–".to_owned();
    };
    let said = prediction.label();
    if matches!(prediction.expect, Expect::None) {
        return said;
    }
    let Some(column) = comparable(source, sheet, workload, family) else {
        return format!("{said}<br>not measured");
    };
    let outcomes: Vec<Shown> = rows
        .iter()
        .filter(|row| row.0 == workload && headline(source, row))
        .map(|(_, case, n)| Shown::of(sheet, &column.key(workload, case, *n)))
        .filter(Shown::is_known)
        .collect();
    if outcomes.is_empty() {
        return format!("{said}<br>not measured");
    }
    let fired = outcomes.iter().filter(|shown| shown.fires()).count();
    let measured = match outcomes.as_slice() {
        [one] => one.label(),
        all => format!("occurs in {fired} of {} cases", all.len()),
    };
    let refused = outcomes
        .iter()
        .any(|shown| matches!(shown, Shown::Inexpressible(_)));
    let mark = match prediction.expect {
        _ if !in_mode(prediction, &column) => "not predicted for this mode",
        Expect::Measure | Expect::None => "",
        Expect::Depends => "either was expected",
        Expect::Occurs if fired > 0 => "as predicted",
        Expect::Absent | Expect::Converted if fired == 0 && !refused => "as predicted",
        Expect::Inexpressible if refused => "as predicted",
        _ => "**≠ differs**",
    };
    let lines = [said, format!("`{column}`: {measured}"), mark.to_owned()];
    lines
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("<br>")
}

/// Cases that carry the prediction: the flagged ones, or all if none is flagged.
fn headline(source: Source<'_>, (workload, case, _): &Row) -> bool {
    !source.suite.has_headline(workload)
        || source
            .suite
            .case(workload, case)
            .is_some_and(|case| case.headline)
}

fn comparable(
    source: Source<'_>,
    sheet: &Sheet,
    workload: &str,
    family: &Family,
) -> Option<Column> {
    let columns = sheet.columns(workload);
    let of = |variant: &String| {
        columns
            .iter()
            .find(|c| c.design == family.design && c.variant == *variant)
            .cloned()
    };
    let found = family.variants.iter().find_map(of)?;
    source.predictions.of(workload, &family.id).map(|_| found)
}

fn details(page: &mut Page, source: Source<'_>, sheet: &Sheet) {
    let mut rows = rows(source, sheet, Role::Hazard);
    rows.extend(self::rows(source, sheet, Role::Control));
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
    let mut lines = vec![format!(
        "{}.",
        source.suite.title(workload).trim_end_matches('.')
    )];
    for (_, case, _) in rows.iter().filter(|row| row.0 == workload) {
        if let Some(known) = source
            .suite
            .case(workload, case)
            .filter(|known| !known.text.is_empty())
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
        .filter(|metric| {
            sheet
                .of(workload)
                .any(|(_, cell)| cell.value(metric).is_some())
        })
        .collect();
    let head = ["case", "n", "design", "outcome", "severity", "fires on"];
    let mut table = Table::new(
        &format!("hazards-{workload}"),
        head.iter()
            .copied()
            .chain(metrics.iter().copied())
            .chain(["note"]),
    )
    .numbers_from(head.len());
    let mut keys: Vec<(&CellKey, &Cell)> = sheet
        .of(workload)
        .filter(|(_, cell)| !cell.schedules.is_empty() || cell.trouble.is_some())
        .collect();
    keys.sort_by_key(|(key, _)| {
        (
            source.suite.position(workload, &key.case),
            key.n,
            Column::of(key),
        )
    });
    for (key, cell) in keys {
        let shown = Shown::of(sheet, key);
        let known = shown.is_known();
        let unit = source.suite.severity_unit(workload);
        let mut row = vec![
            key.case.clone(),
            count(key.n.into()),
            format!("`{}`", Column::of(key)),
            shown.label(),
            if known {
                severity(cell, unit)
            } else {
                "–".to_owned()
            },
            if known { share(cell) } else { "–".to_owned() },
        ];
        row.extend(
            metrics
                .iter()
                .map(|m| cell.value(m).map_or("–".to_owned(), count)),
        );
        row.push(notes(cell));
        table.row(row);
    }
    page.table(table, sheet, workload);
}

fn notes(cell: &Cell) -> String {
    let mut notes: Vec<String> = cell.note.iter().cloned().collect();
    if cell.schedules_differ {
        notes.push("launches differ by schedule".to_owned());
    }
    for (metric, value) in &cell.values {
        if let crate::book::Exact::Differs(low, high) = value {
            notes.push(format!("{metric} {low} to {high} between launches"));
        }
    }
    notes.join("; ")
}

fn bare_metal(page: &mut Page, source: Source<'_>, sheet: &Sheet) {
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
            let here = Shown::of(sheet, &key);
            let mut text = here.label();
            if here.fires() {
                text = format!(
                    "{text}<br>{}",
                    severity(cell, source.suite.severity_unit(&row.0))
                );
            }
            let there = source
                .book
                .sheet("sim")
                .map(|sim| Shown::of(sim, &at_any_size(sim, &key)));
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
    sheet
        .cells
        .keys()
        .filter(same)
        .max_by_key(|other| other.n)
        .unwrap_or(key)
        .clone()
}
