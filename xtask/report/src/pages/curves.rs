//! One metric against the size, per design and case: table, figure and fitted line.

use std::collections::{BTreeMap, BTreeSet};

use record::CellKey;

use crate::book::{Cell, Sheet};
use crate::column::Column;
use crate::page::{Page, Source};
use crate::plot::{Axis, Hue, Panel, Scale, Series, Shape, lines};
pub(crate) use crate::stat::float;
use crate::table::{Table, count};

/// What stands on a pair of axes.
pub(crate) struct Quantity<'a> {
    pub(crate) workload: &'a str,
    /// File name of the figure and the CSV.
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    pub(crate) x: &'a str,
    pub(crate) y: &'a str,
    pub(crate) scale: (Scale, Scale),
    /// Value of a cell, or nothing.
    pub(crate) value: &'a dyn Fn(&CellKey, &Cell) -> Option<f64>,
    /// Digits behind the point in the table.
    pub(crate) digits: usize,
    /// Summary of a curve for the last column and the legend, with the column's head.
    pub(crate) fit: (&'a str, &'a Fit),
}

/// A short text about the points of a curve, `slope 1.98`, or empty.
pub(crate) type Fit = dyn Fn(&[(f64, f64)]) -> String;

/// A curve's owner.
type Owner = (Column, String);

/// Writes table and figure of one quantity, or says why there is none. Cells in trouble
/// stay rows of the table, with their reason.
pub(crate) fn section(page: &mut Page, source: Source<'_>, sheet: &Sheet, what: &Quantity<'_>) {
    let (mut curves, mut troubles) = (BTreeMap::new(), BTreeMap::new());
    for (key, cell) in sheet.of(what.workload) {
        let owner: Owner = (Column::of(key), key.case.clone());
        if let Some(status) = &cell.trouble {
            troubles.insert((owner, key.n), status.to_string());
        } else if let Some(value) = (what.value)(key, cell) {
            let points: &mut Vec<(u32, f64)> = curves.entry(owner).or_default();
            points.push((key.n, value));
        }
    }
    if curves.is_empty() && troubles.is_empty() {
        page.text(&format!(
            "Not measured: the record [{}]({}) holds no such value; \
             `cargo xtask bench --target {} --workload {}` measures it.",
            sheet.name, sheet.link, sheet.run.target, what.workload
        ));
        return;
    }
    let panels = panels(source, what, &curves);
    if !panels.is_empty() && curves.values().flatten().all(|(_, value)| *value == 0.0) {
        page.text("Every value is zero, so there is no curve to draw.");
    } else if !panels.is_empty() {
        let points = || curves.values().flatten();
        let x = Axis::over(what.x, what.scale.0, points().map(|(n, _)| f64::from(*n)));
        let y = Axis::over(what.y, what.scale.1, points().map(|(_, value)| *value));
        page.figure(lines(what.id, what.title, &x, &y, &panels));
    }
    page.table(table(source, what, &curves, &troubles), sheet, what.workload);
}

fn floats(points: &[(u32, f64)]) -> Vec<(f64, f64)> {
    points.iter().map(|(n, value)| (f64::from(*n), *value)).collect()
}

/// At most this many curves share one panel, coloured by design; more get a panel for
/// each design, coloured by case.
const TOGETHER: usize = 6;

/// A curve with a single point has no line to draw.
fn panels(
    source: Source<'_>,
    what: &Quantity<'_>,
    curves: &BTreeMap<Owner, Vec<(u32, f64)>>,
) -> Vec<Panel> {
    let mut owners: Vec<&Owner> =
        curves.iter().filter(|(_, points)| points.len() > 1).map(|(owner, _)| owner).collect();
    let position = |owner: &Owner| source.suite.position(what.workload, &owner.1).0;
    let plain = |owner: &Owner| Column { variant: "portable".to_owned(), ..owner.0.clone() };
    owners
        .sort_by(|a, b| plain(a).cmp(&plain(b)).then(position(a).cmp(&position(b))).then(a.cmp(b)));
    let together = owners.len() <= TOGETHER;
    let mut panels: Vec<Panel> = Vec::new();
    for owner in owners {
        let (column, case) = owner;
        let title = if together { String::new() } else { plain(owner).to_string() };
        if panels.last().is_none_or(|panel| panel.title != title) {
            panels.push(Panel { title, series: Vec::new() });
        }
        let series = &mut panels.last_mut().expect("pushed just above").series;
        let points = floats(&curves[owner]);
        let (name, hue) = match column.variant.as_str() {
            _ if together => (format!("{column}, {case}"), Hue::of_design(&column.design)),
            "portable" => (case.clone(), Hue::cycle(series.len())),
            variant => (format!("{case} ({variant})"), Hue::cycle(series.len())),
        };
        let shape = Shape::cycle(series.len());
        series.push(Series { name, note: (what.fit.1)(&points), hue, shape, points });
    }
    panels
}

fn table(
    source: Source<'_>,
    what: &Quantity<'_>,
    curves: &BTreeMap<Owner, Vec<(u32, f64)>>,
    troubles: &BTreeMap<(Owner, u32), String>,
) -> Table {
    let sizes: BTreeSet<u32> = curves
        .values()
        .flatten()
        .map(|(n, _)| *n)
        .chain(troubles.keys().map(|(_, n)| *n))
        .collect();
    let head = ["case", "design"].map(str::to_owned).into_iter();
    let head = head.chain(sizes.iter().map(|n| count((*n).into()))).chain([what.fit.0.to_owned()]);
    let mut table = Table::new(what.id, head).numbers_from(2);
    let owners: BTreeSet<&Owner> =
        curves.keys().chain(troubles.keys().map(|(owner, _)| owner)).collect();
    let mut owners: Vec<&Owner> = owners.into_iter().collect();
    owners.sort_by(|a, b| {
        source
            .suite
            .position(what.workload, &a.1)
            .cmp(&source.suite.position(what.workload, &b.1))
            .then(a.cmp(b))
    });
    for owner in owners {
        let none = Vec::new();
        let points = curves.get(owner).unwrap_or(&none);
        let cell = |n: &u32| match points.iter().find(|(size, _)| size == n) {
            Some((_, value)) => number(*value, what.digits),
            None => troubles.get(&(owner.clone(), *n)).cloned().unwrap_or("–".to_owned()),
        };
        let row =
            [owner.1.clone(), format!("`{}`", owner.0)].into_iter().chain(sizes.iter().map(cell));
        table.row(row.chain([(what.fit.1)(&floats(points))]));
    }
    table
}

/// A value with separators of thousands and a fixed number of digits.
pub(crate) fn number(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(w, r)| (w, Some(r)));
    let Ok(positive) = whole.trim_start_matches('-').parse::<u64>() else {
        return text;
    };
    let sign = if value < 0.0 { "−" } else { "" };
    match rest {
        Some(rest) => format!("{sign}{}.{rest}", count(positive)),
        None => format!("{sign}{}", count(positive)),
    }
}
