//! The pages, one module each: a function from the book to a page.

mod axes;
pub(crate) mod bars;
mod cost;
mod curves;
mod depth;
mod embedded;
pub(crate) mod hazards;
mod index;
pub(crate) mod latency;
mod scaling;
mod sizes;
mod time;

use crate::book::Sheet;
use crate::column::Column;
use crate::page::{Page, Source};
use crate::predict::{CostOracle, Expect};
use crate::stat;

/// All generated pages in the order in which a reader should meet them.
pub(crate) fn all(source: Source<'_>) -> Vec<Page> {
    let timed = source.book.sheet("linux").map_or(&[][..], Sheet::groups);
    let mut operations = cost::pages(source, timed);
    let rest = operations.split_off(3);
    let mut costs = operations;
    costs.extend([
        scaling::page(source),
        depth::page(source),
        sizes::page(source),
        embedded::page(source),
    ]);
    costs.extend(rest);
    let measures =
        [bars::page(source, source.bars, timed), time::page(source, timed), latency::page(source)];
    let list: Vec<&Page> = costs.iter().chain(&measures).collect();
    let cost = cost::index(source, &list);
    let mut pages = hazards::pages(source);
    // Behind the overview, before the page of each hazard.
    pages.insert(1, axes::page(source));
    pages.push(cost);
    pages.extend(costs);
    pages.extend(measures);
    let index = index::page(source, &pages);
    std::iter::once(index).chain(pages).collect()
}

/// What was predicted of a cost beside what was measured, one line each.
fn foretold(source: Source<'_>, workload: &str) -> String {
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
