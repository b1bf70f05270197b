//! One metric against the size, per design and case: an answer, a figure on shared axes, a
//! table of the sizes that fit, and the rest folded.

use std::collections::{BTreeMap, BTreeSet};

use record::{CellKey, Role};

use crate::book::{Cell, Sheet};
use crate::column::Column;
use crate::forms::Forms;
use crate::page::{Page, Source};
use crate::plot::{Axis, Scale, Series, lines};
pub(crate) use crate::stat::float;
use crate::table::count;

/// Lines of a figure; more cannot be told apart.
pub(crate) const LINES: usize = 8;
/// Sizes in the table that is not folded.
const SIZES: usize = 5;
/// Rows of it.
const ROWS: usize = 16;

/// What stands on a pair of axes.
#[derive(Clone, Copy)]
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
    /// Summary of a curve for the last column, with the column's head.
    pub(crate) fit: (&'a str, &'a Fit),
    /// Whether a figure says more than the table.
    pub(crate) drawn: bool,
}

/// A short text about the points of a curve, `slope 1.98`, or empty.
pub(crate) type Fit = dyn Fn(&[(f64, f64)]) -> String;

/// A curve's owner.
type Owner = (Column, String);

/// The points of a form in a case, by size.
type Curves = BTreeMap<Owner, Vec<(u32, f64)>>;

/// The curves of a quantity, and why cells have none.
pub(crate) struct Found {
    pub(crate) curves: Curves,
    troubles: BTreeMap<(Owner, u32), String>,
}

/// Reads the curves of a record.
pub(crate) fn find(sheet: &Sheet, what: &Quantity<'_>) -> Found {
    let (mut curves, mut troubles) = (Curves::new(), BTreeMap::new());
    for (key, cell) in sheet.of(what.workload) {
        let owner: Owner = (sheet.column(key), key.case.clone());
        if let Some(status) = &cell.trouble {
            troubles.insert((owner, key.n), status.to_string());
        } else if let Some(value) = (what.value)(key, cell) {
            curves.entry(owner).or_default().push((key.n, value));
        }
    }
    Found { curves, troubles }
}

/// Writes figure and tables of one quantity, or says why there are none. `whole` shows the
/// main table unfolded.
pub(crate) fn section(
    page: &mut Page,
    source: Source<'_>,
    sheet: &Sheet,
    what: &Quantity<'_>,
    whole: bool,
) {
    let found = find(sheet, what);
    if found.curves.is_empty() && found.troubles.is_empty() {
        page.text(&format!(
            "Not measured: the record [{}](page:{}) holds no such value; \
             `cargo xtask bench --target {} --workload {}` measures it.",
            sheet.name, sheet.link, sheet.run.target, what.workload
        ));
        return;
    }
    if what.drawn {
        draw(page, source, sheet, what, &found.curves);
    }
    let forms = table(source, sheet, what, &found, &sizes(&found.curves), what.id);
    if whole {
        let (kept, rest) = forms.split(ROWS);
        let merged = kept.finish(2);
        page.table(merged.table);
        page.text(&merged.notes);
        let merged = rest.finish(2);
        page.fold_table("The other forms and cases", merged.table, &merged.notes);
    } else {
        let merged = forms.finish(2);
        page.fold_table(what.title, merged.table, &merged.notes);
    }
}

/// Sizes that fit into a table: the ends, then round ones, then those that most curves have.
fn sizes(curves: &Curves) -> Vec<u32> {
    let mut known: BTreeMap<u32, usize> = BTreeMap::new();
    for (n, _) in curves.values().flatten() {
        *known.entry(*n).or_default() += 1;
    }
    let ends = [known.keys().next().copied(), known.keys().next_back().copied()];
    let round = |n: u32| {
        let tens = (1..=9).take_while(|power| n > 0 && n.is_multiple_of(10_u32.pow(*power)));
        tens.count()
    };
    let mut sizes: Vec<(u32, usize)> = known.into_iter().collect();
    let rank = |(n, curves): &(u32, usize)| {
        (ends.contains(&Some(*n)), round(*n), *curves, n.trailing_zeros() % 32)
    };
    sizes.sort_by_key(|size| std::cmp::Reverse((rank(size), size.0)));
    let mut sizes: Vec<u32> = sizes.into_iter().take(SIZES).map(|(n, _)| n).collect();
    sizes.sort_unstable();
    sizes
}

/// Curves closer than this at every size say nothing that the table does not say better.
const APART: f64 = 1.25;

/// Whether any two of them are far enough from each other to be told apart.
fn differ(series: &[Series]) -> bool {
    let mut at: BTreeMap<u64, (f64, f64)> = BTreeMap::new();
    for (x, y) in series.iter().flat_map(|one| &one.points).filter(|(_, y)| *y > 0.0) {
        let range = at.entry(x.to_bits()).or_insert((*y, *y));
        *range = (range.0.min(*y), range.1.max(*y));
    }
    at.values().any(|(low, high)| high / low > APART)
}

fn floats(points: &[(u32, f64)]) -> Vec<(f64, f64)> {
    points.iter().map(|(n, value)| (f64::from(*n), *value)).collect()
}

/// Cases in which something may fire before controls, in the order of the suite.
fn place(source: Source<'_>, sheet: &Sheet, workload: &str, owner: &Owner) -> impl Ord + use<> {
    let control = sheet
        .of(workload)
        .any(|(key, cell)| key.case == owner.1 && cell.role == Some(Role::Control));
    (control, source.suite.position(workload, &owner.1).0, owner.clone())
}

fn table(
    source: Source<'_>,
    sheet: &Sheet,
    what: &Quantity<'_>,
    found: &Found,
    sizes: &[u32],
    id: &str,
) -> Forms {
    let head = ["case", "form"].map(str::to_owned).into_iter();
    let head = head.chain(sizes.iter().map(|n| count((*n).into()))).chain([what.fit.0.to_owned()]);
    let mut forms = Forms::new(id, head, 1);
    let owners: BTreeSet<&Owner> =
        found.curves.keys().chain(found.troubles.keys().map(|(owner, _)| owner)).collect();
    let mut owners: Vec<&Owner> = owners.into_iter().collect();
    owners.sort_by_cached_key(|owner| place(source, sheet, what.workload, owner));
    for owner in owners {
        let none = Vec::new();
        let points = found.curves.get(owner).unwrap_or(&none);
        let cell = |n: &u32| match points.iter().find(|(size, _)| size == n) {
            Some((_, value)) => number(*value, what.digits),
            None => match found.troubles.get(&(owner.clone(), *n)) {
                Some(why) => format!("! {}", why.split(':').next().unwrap_or_default()),
                None => "–".to_owned(),
            },
        };
        let row = std::iter::once(owner.1.clone()).chain(sizes.iter().map(cell));
        forms.row(owner.0.clone(), row.chain([(what.fit.1)(&floats(points))]).collect());
    }
    forms
}

/// One plot: equal curves once, at most as many as can be told apart, each with its name.
fn draw(page: &mut Page, source: Source<'_>, sheet: &Sheet, what: &Quantity<'_>, curves: &Curves) {
    let mut owners: Vec<&Owner> = curves
        .iter()
        .filter(|(_, points)| points.len() > 1 && points.iter().any(|(_, value)| *value > 0.0))
        .map(|(owner, _)| owner)
        .collect();
    owners.sort_by_cached_key(|owner| place(source, sheet, what.workload, owner));
    let mut series: Vec<Series> = Vec::new();
    let mut same: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    let mut left_out = 0_usize;
    for (column, case) in owners {
        let points = floats(&curves[&(column.clone(), case.clone())]);
        if let Some(at) = series.iter().position(|known| known.points == points) {
            same.entry(at).or_default().insert(column.design.clone());
            continue;
        }
        if series.len() == LINES {
            left_out += 1;
            continue;
        }
        let name = format!("{}, {case}", column.design);
        let (hue, shape) = (column.family.hue(), column.family.shape());
        same.entry(series.len()).or_default().insert(column.design.clone());
        series.push(Series { name, hue, shape, points });
    }
    for (at, one) in series.iter_mut().enumerate() {
        let others = same.get(&at).map_or(0, BTreeSet::len).saturating_sub(1);
        if others > 0 {
            let mark = one.name.find(',').unwrap_or(one.name.len());
            one.name.insert_str(mark, &format!(" +{others}"));
        }
    }
    if !differ(&series) {
        return;
    }
    let points = || series.iter().flat_map(|one| &one.points);
    let x = Axis::over(what.x, what.scale.0, points().map(|(n, _)| *n));
    let y = Axis::over(what.y, what.scale.1, points().map(|(_, value)| *value));
    page.figure(lines(what.id, what.title, &x, &y, &series));
    if left_out > 0 {
        page.text(&format!(
            "Not drawn: {left_out} further curves, which the tables have. +n: as \
            many designs have the same curve."
        ));
    } else if same.values().any(|designs| designs.len() > 1) {
        page.text("+n: as many other designs have the same curve.");
    }
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
