//! What was predicted of each family beside what was measured.

use record::Role;

use super::{Row, rows};
use crate::book::Sheet;
use crate::column::Column;
use crate::outcome::Shown;
use crate::page::{Page, Source};
use crate::predict::{CostOracle, Expect, Family, Prediction};
use crate::stat;
use crate::table::Table;

/// The family whose comparable form this column is, with what was expected of it.
pub(super) fn of<'a>(
    source: Source<'a>,
    sheet: &Sheet,
    workload: &str,
    column: &Column,
) -> Option<(&'a Family, &'a Prediction)> {
    let families = &source.predictions.families;
    let family = families
        .iter()
        .find(|family| comparable(source, sheet, workload, family).as_ref() == Some(column))?;
    let prediction = source.predictions.of(workload, &family.id)?;
    if source.predictions.cost(workload).is_some() {
        return None;
    }
    let known = !matches!(prediction.expect, Expect::Measure | Expect::None);
    (known && in_mode(prediction, column)).then_some((family, prediction))
}

fn in_mode(prediction: &Prediction, column: &Column) -> bool {
    prediction.modes.is_empty()
        || column.mode.as_ref().is_some_and(|mode| prediction.modes.contains(mode))
}

/// Expectations beside results, with a mark where they differ.
pub(super) fn section(page: &mut Page, source: Source<'_>, sheet: &Sheet) {
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
        let cells = families.iter().map(|family| compared(source, sheet, &rows, workload, family));
        table.row(std::iter::once(workload.to_owned()).chain(cells));
    }
    page.table(table, sheet, "");
    let names: Vec<String> = families.iter().map(|f| format!("{} is {}", f.id, f.text)).collect();
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
    if matches!(prediction.expect, Expect::None | Expect::Measure) {
        return said;
    }
    let Some(column) = comparable(source, sheet, workload, family) else {
        let built = source.book.has_design(&family.design);
        let why = if built { "no cell in the record" } else { "no prototype yet" };
        return format!("{said}<br>not measured: {why}");
    };
    let measured = match source.predictions.cost(workload) {
        Some(oracle) => cost(source, workload, &column, oracle),
        None => outcome(source, sheet, rows, workload, &column),
    };
    let Some(measured) = measured else {
        return format!("{said}<br>not measured: the record holds no such value");
    };
    let mark = match prediction.expect {
        _ if !in_mode(prediction, &column) => "not predicted for this mode",
        Expect::Measure | Expect::None => "",
        Expect::Depends => "either was expected",
        Expect::Occurs if measured.fires => "as predicted",
        Expect::Absent | Expect::Converted if !measured.fires && !measured.refused => {
            "as predicted"
        }
        Expect::Inexpressible if measured.refused => "as predicted",
        _ => "**≠ differs**",
    };
    format!("{said}<br>`{column}`: {}<br>{mark}", measured.text)
}

/// What a prediction is held against.
struct Measured {
    text: String,
    fires: bool,
    refused: bool,
}

/// The outcomes of all hazard cases of a workload.
fn outcome(
    source: Source<'_>,
    sheet: &Sheet,
    rows: &[Row],
    workload: &str,
    column: &Column,
) -> Option<Measured> {
    let outcomes: Vec<Shown> = rows
        .iter()
        .filter(|row| row.0 == workload)
        .map(|(_, case, n)| {
            let key = column.key(workload, case, *n);
            Shown::of(sheet, &key).confirmed(source.book, &key)
        })
        .filter(Shown::is_known)
        .collect();
    let fired = outcomes.iter().filter(|shown| shown.fires()).count();
    let text = match outcomes.as_slice() {
        [] => return None,
        [one] => one.label(),
        all => format!("occurs in {fired} of {} cases", all.len()),
    };
    let refused = outcomes.iter().any(|shown| matches!(shown, Shown::Inexpressible(..)));
    Some(Measured { text, fires: fired > 0, refused })
}

/// The cost of one more level as a share of the first, where that is the hazard.
fn cost(
    source: Source<'_>,
    workload: &str,
    column: &Column,
    oracle: &CostOracle,
) -> Option<Measured> {
    let sheet = source.book.sheet(&oracle.target)?;
    let points: Vec<(f64, f64)> = sheet
        .of(workload)
        .filter(|(key, _)| key.case == oracle.case && Column::of(key) == *column)
        .filter_map(|(key, cell)| {
            Some((f64::from(key.n), stat::float(cell.value(&oracle.metric)?)))
        })
        .collect();
    let share = stat::level_cost(&points)?;
    let text = format!("{:.0} % of the first level each, on {}", share * 100.0, oracle.target);
    Some(Measured { text, fires: share > oracle.level_cost_over, refused: false })
}

fn comparable(
    source: Source<'_>,
    sheet: &Sheet,
    workload: &str,
    family: &Family,
) -> Option<Column> {
    let columns = sheet.columns(workload);
    let of = |variant: &String| {
        columns.iter().find(|c| c.design == family.design && c.variant == *variant).cloned()
    };
    let found = family.variants.iter().find_map(of)?;
    source.predictions.of(workload, &family.id).map(|_| found)
}
