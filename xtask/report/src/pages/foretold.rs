//! What was predicted of a cost.

use crate::book::Sheet;
use crate::column::Column;
use crate::page::Source;
use crate::predict::{CostOracle, Expect};
use crate::stat;

/// What was predicted of a cost beside what was measured, one line each.
pub(super) fn foretold(source: Source<'_>, workload: &str) -> String {
    let Some(oracle) = source.predictions.cost(workload) else { return String::new() };
    let Some(sheet) = source.book.sheet(&oracle.target) else { return String::new() };
    let line = |family: &crate::predict::Family| {
        let prediction = source.predictions.of(workload, &family.id)?;
        if matches!(prediction.expect, Expect::None | Expect::Measure) {
            return None;
        }
        let columns = sheet.columns(workload);
        let mine =
            |variant: &String| columns.iter().find(|c| family.is(c) && c.variant == *variant);
        let column = family.variants.iter().find_map(mine)?;
        let share = level_share(sheet, workload, column, oracle)?;
        let fires = share > oracle.level_cost_over;
        let in_mode = prediction.modes.is_empty()
            || column.mode.as_ref().is_some_and(|mode| prediction.modes.contains(mode));
        let word = match prediction.expect {
            _ if !in_mode => "not predicted for this mode",
            Expect::Depends => "either was allowed",
            Expect::Occurs if fires => "as predicted",
            Expect::Absent | Expect::Converted if !fires => "as predicted",
            _ => "**the prediction failed**",
        };
        Some(format!(
            "- `{column}`: {} was predicted; one level more costs {:.0} % of the first: {word}.",
            prediction.label(),
            share * 100.0
        ))
    };
    let lines: Vec<String> = source.predictions.families.iter().filter_map(line).collect();
    lines.join("\n")
}

/// The cost of one more level as a share of the first.
fn level_share(sheet: &Sheet, workload: &str, column: &Column, oracle: &CostOracle) -> Option<f64> {
    let points: Vec<(f64, f64)> = sheet
        .of(workload)
        .filter(|(key, _)| key.case == oracle.case && sheet.column(key) == *column)
        .filter_map(|(key, cell)| {
            Some((f64::from(key.n), stat::float(cell.value(&oracle.metric)?)))
        })
        .collect();
    stat::level_cost(&points)
}
