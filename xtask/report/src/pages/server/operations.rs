//! What one operation costs: one table per case and size, one row per design and runtime.

use record::CellKey;

use super::rows::{Row, TOKIO, URING, best, rows, situations};
use super::{ECHO, METRICS, Workload, introduce, not_measured, shown, situation};
use crate::book::Sheet;
use crate::page::{Page, Source};
use crate::pages::curves::number;
use crate::plot::{Bar, BarGroup, Figure, Hue, bars};
use crate::table::Table;

/// Ratios of instructions: head of the column, designs that have it, rivals.
const RATIOS: [(&str, &[&str], &[&str]); 2] = [
    (
        "instructions to the best of tokio-uring, monoio, compio",
        &["completion", "rent", "tokio-uring", "monoio", "compio"],
        &URING,
    ),
    (
        "instructions to tokio",
        &["poll", "poll-progress", "poll-cancel", "scoped", "structured", "owned", "smol"],
        &[TOKIO],
    ),
];

/// The case of the figures, one for each size.
const FIGURE: &str = "64b";

/// All tables of a workload.
pub(super) fn section(page: &mut Page, source: Source<'_>, sheet: &Sheet, of: Workload) {
    let Workload { id: workload, operation, about } = of;
    introduce(page, source, workload);
    if sheet.of(workload).next().is_none() {
        return not_measured(page, sheet, workload);
    }
    page.text(&format!("One operation is one {operation}.\n{about}"));
    for (case, n) in situations(source, sheet, workload) {
        let expected = workload == ECHO && !case.starts_with("control");
        let wanted: &[&str] =
            if expected { &["tokio", "tokio-uring", "monoio", "compio"] } else { &[] };
        let rows = rows(sheet, workload, (&case, n), wanted);
        situation(page, source, workload, (&case, n), &rows);
        if workload == ECHO && case == FIGURE {
            page.figure(figure(&rows, n));
        }
        let at = Place { workload, operation, case: &case, n };
        table(page, sheet, &rows, &at);
        if expected {
            gaps(page, sheet, &rows, &at);
        }
    }
}

/// Why a column of ratios is empty.
fn gaps(page: &mut Page, sheet: &Sheet, rows: &[Row<'_>], at: &Place<'_>) {
    let mut lines = Vec::new();
    for (head, designs, rivals) in RATIOS {
        let row = rows.iter().find(|row| designs.contains(&row.column.design.as_str()));
        let key = row.map(|row| row.column.key(at.workload, at.case, at.n));
        if let Some(Err(why)) = key.map(|key| best(sheet, &key, rivals, "instr", "")) {
            lines.push(format!("No ratio of {head}: {why}."));
        }
    }
    if !lines.is_empty() {
        page.text(&lines.join("\n"));
    }
}

/// Which table it is.
pub(super) struct Place<'a> {
    pub(super) workload: &'a str,
    pub(super) operation: &'a str,
    pub(super) case: &'a str,
    pub(super) n: u32,
}

/// One table. Columns of ratios that nobody has are left out.
pub(super) fn table(page: &mut Page, sheet: &Sheet, rows: &[Row<'_>], at: &Place<'_>) {
    let ratios: Vec<Vec<Option<f64>>> = RATIOS
        .iter()
        .map(|(_, designs, rivals)| {
            rows.iter().map(|row| ratio(sheet, row, at, designs, rivals)).collect()
        })
        .collect();
    let control = rows.iter().all(|row| row.is_control());
    let kept = |index: &usize| {
        ratios[*index].iter().any(Option::is_some) || (at.workload == ECHO && !control)
    };
    let kept: Vec<usize> = (0..RATIOS.len()).filter(kept).collect();
    let metrics = METRICS.iter().map(|(_, head, _)| format!("{head} per {}", at.operation));
    let head = ["design", "runtime"].map(str::to_owned).into_iter().chain(metrics);
    let head = head.chain(kept.iter().map(|index| RATIOS[*index].0.to_owned()));
    let id = format!("server-{}-{}-{}", at.workload, at.case, at.n);
    let mut table = Table::new(&id, head.chain(["note".to_owned()])).numbers_between(2);
    let marks = METRICS.map(|(metric, _, digits)| smallest(rows, metric, digits));
    for (index, row) in rows.iter().enumerate() {
        let figures = METRICS
            .iter()
            .zip(&marks)
            .map(|((metric, _, digits), mark)| figure_of(row, metric, *digits, mark.as_deref()));
        let ratios = kept
            .iter()
            .map(|kept| ratios[*kept][index].map_or("–".to_owned(), |ratio| number(ratio, 3)));
        let name = [row.who(at.case), row.runtime()].into_iter();
        table.row(name.chain(figures).chain(ratios).chain([row.note()]));
    }
    page.table(table, sheet, at.workload);
}

fn figure_of(row: &Row<'_>, metric: &str, digits: usize, mark: Option<&str>) -> String {
    let Some(it) = row.cell.and_then(|cell| cell.per_operation(metric)) else {
        return "–".to_owned();
    };
    let text = shown(it, digits);
    let best = row.judged && mark == Some(number(it.mid, digits).as_str());
    if best { format!("**{text}**") } else { text }
}

/// The smallest figure of a column as it is shown, unless all are the same.
fn smallest(rows: &[Row<'_>], metric: &str, digits: usize) -> Option<String> {
    let all: Vec<f64> =
        rows.iter().filter(|row| row.judged).filter_map(|row| row.per_operation(metric)).collect();
    let of = |pick: fn(f64, f64) -> f64| {
        all.iter().copied().reduce(pick).map(|value| number(value, digits))
    };
    let (low, high) = (of(f64::min)?, of(f64::max)?);
    (low != high).then_some(low)
}

fn ratio(
    sheet: &Sheet,
    row: &Row<'_>,
    at: &Place<'_>,
    designs: &[&str],
    rivals: &[&str],
) -> Option<f64> {
    if !designs.contains(&row.column.design.as_str()) {
        return None;
    }
    let key: CellKey = row.column.key(at.workload, at.case, at.n);
    let (there, _) = best(sheet, &key, rivals, "instr", "").ok()?;
    let here = row.per_operation("instr")?;
    (there > 0.0).then(|| here / there)
}

fn figure(rows: &[Row<'_>], n: u32) -> Figure {
    #[expect(clippy::cast_possible_truncation, reason = "instructions, rounded for a bar")]
    let whole = |value: f64| value.round() as i128;
    let bar = |row: &Row<'_>| Bar {
        name: row.column.to_string(),
        hue: if row.judged { Hue::of_design(&row.column.design) } else { Hue::Grey },
        value: row.per_operation("instr").map(whole),
    };
    let group = BarGroup {
        title: "user instructions per round trip".to_owned(),
        unit: format!("64 B, n = {n}; median over launches; grey is shown, not judged"),
        bars: rows.iter().map(bar).collect(),
    };
    let title = format!("User instructions of an echo round trip, 64 B, n = {n}");
    bars(&format!("server-echo-{n}"), &title, &[group])
}
