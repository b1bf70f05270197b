//! Our designs on the runtime of a crate, against a plain program on that crate.

use std::collections::BTreeMap;

use record::CellKey;

use crate::book::Sheet;
use crate::column::{Column, Kind};
use crate::forms::Forms;
use crate::page::Page;
use crate::pages::curves::number;
use crate::table::count;

/// Sizes that a table shows.
const SIZES: usize = 5;

/// What is said where a join of one task grows dearer than tasks of its own.
const BUDGET: &str = "\
A runtime that gives a task a budget of operations per turn lets the rest of a large join ask \
again in every turn; tasks of their own have a budget each.";

/// Ratios of instructions by size, folded, and a sentence where they cross one.
pub(super) fn section(page: &mut Page, sheet: &Sheet, workload: &str, case: &str) {
    let mut ratios: BTreeMap<Column, BTreeMap<u32, f64>> = BTreeMap::new();
    for (key, cell) in sheet.of(workload).filter(|(key, _)| key.case == case) {
        let column = sheet.column(key);
        if column.kind != Kind::Design || column.ours || !column.is_portable() {
            continue;
        }
        if sheet.roster.has_threads(&column.runtime, workload) {
            continue;
        }
        let here = cell.per_operation("instr").map(|it| it.mid);
        if let (Some(here), Some(there)) = (here, plain(sheet, key)) {
            ratios.entry(column).or_default().insert(key.n, here / there);
        }
    }
    let mut sizes: Vec<u32> = ratios.values().flat_map(|it| it.keys().copied()).collect();
    sizes.sort_unstable();
    sizes.dedup();
    if sizes.is_empty() {
        return;
    }
    let sizes: Vec<u32> = sizes.into_iter().take(SIZES).collect();
    for (column, by_size) in &ratios {
        let Some(text) = crossing(column, by_size) else { continue };
        let control = control(sheet, column, &ratios);
        page.text(&format!("{text}\n{BUDGET}{control}"));
        break;
    }
    let head = std::iter::once("form".to_owned())
        .chain(sizes.iter().map(|n| format!("n = {}", count((*n).into()))));
    let mut forms = Forms::new(&format!("facades-{workload}"), head, 0);
    for (column, by_size) in &ratios {
        let cell = |n: &u32| by_size.get(n).map_or("–".to_owned(), |it| number(*it, 2));
        forms.row(column.clone(), sizes.iter().map(cell).collect());
    }
    let merged = forms.finish(1);
    page.fold_table(
        "Our designs on the runtimes of crates: instructions over those of a plain program there",
        merged.table,
        &merged.notes,
    );
}

/// A plain program on the runtime of a cell.
fn plain(sheet: &Sheet, key: &CellKey) -> Option<f64> {
    let program = sheet.roster.program(&key.runtime);
    let same = |other: &&CellKey| {
        (&other.workload, &other.case, other.n, other.runtime.as_str())
            == (&key.workload, &key.case, key.n, program)
            && other.variant == "portable"
            && sheet.column(other).is_peer()
    };
    let key = sheet.cells.keys().find(same)?;
    let value = sheet.cells.get(key)?.per_operation("instr")?.mid;
    (value > 0.0).then_some(value)
}

/// The same form outside of the budget.
fn control(
    sheet: &Sheet,
    column: &Column,
    ratios: &BTreeMap<Column, BTreeMap<u32, f64>>,
) -> String {
    let is_control = |other: &&Column| {
        other.who() == column.who()
            && other.runtime != column.runtime
            && sheet.roster.program(&other.runtime) == column.runtime
    };
    let Some(other) = ratios.keys().find(is_control) else {
        return "\nThe record holds no form outside of the budget.".to_owned();
    };
    let by_size = &ratios[other];
    let part =
        |(n, ratio): (&u32, &f64)| format!("{} at n = {}", number(*ratio, 2), count((*n).into()));
    let parts: Vec<String> = by_size.iter().map(part).collect();
    format!(
        "\nOutside of the budget (`{}`) the same form needs {}.",
        other.runtime,
        parts.join(", ")
    )
}

/// `poll` on tokio needs 0.79 of the instructions at 64 and 2.93 at 1,024.
fn crossing(column: &Column, by_size: &BTreeMap<u32, f64>) -> Option<String> {
    let low = by_size.iter().min_by(|a, b| a.1.total_cmp(b.1))?;
    let high = by_size.iter().max_by(|a, b| a.1.total_cmp(b.1))?;
    (*low.1 < 0.95 && *high.1 > 1.5 && low.0 < high.0).then(|| {
        format!(
            "All connections joined in one task of {}, `{}` needs {} of the instructions of a \
                plain program with a task for each at n = {}, and {} times as many at n = {}.",
            column.runtime,
            column.design,
            number(*low.1, 2),
            count((*low.0).into()),
            number(*high.1, 1),
            count((*high.0).into())
        )
    })
}
