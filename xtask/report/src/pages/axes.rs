//! What each property changes: designs that differ in one axis, from one source.
//!
//! Pairs are computed from the `design.toml` files. Only portable cells stand here, at the
//! largest size, so that what differs between two columns is the axis and not the program.

use std::collections::{BTreeMap, BTreeSet};

use record::{CellKey, Role};
use xtask_judge::axes::{AXES, Axis, Neighbours, neighbours};

use super::hazards::{Hazard, all, sign};
use crate::book::Cell;
use crate::page::{Page, Source};
use crate::roster::Point;
use crate::table::{Table, count};

/// Prices that a pair is compared by: metric and unit.
const PRICES: [(&str, &str); 3] =
    [("finish_ms", "ms"), ("cancel_ms_max", "ms to cancel"), ("allocs", "allocs")];
/// Longest text of a cell.
const CELL: usize = crate::limits::CELL;

const LEGEND: &str = "\
● the hazard fires, with what was counted of what could be; *deadlock*: nothing could move any \
more. ○ it does not. ⇄ it does not, and something else grew. ✗ the compiler refuses the program. \
– no record has the cell yet.
† the source marks the step that holds data with `shield`, which does nothing where \
cancelling drops a future at once; *bare* is the same source without it.
The price is what the second of a pair takes more (+) or less (−) than the first; where one \
of them loses items or stops, only allocations can be compared, and – says that they are equal.";

/// One situation: a case of a hazard at its largest size.
struct Situation<'a> {
    hazard: Hazard<'a>,
    case: &'a str,
    n: u32,
    runtime: String,
}

/// Writes the page.
pub(crate) fn page(source: Source<'_>) -> Page {
    let mut page = Page::new("axes", "What does each property of a design change?");
    let hazards = all(source);
    let Some(first) = hazards.first() else {
        page.answer(&source.book.why_missing("sim"));
        return page;
    };
    let points = first.sheet.roster.points();
    let by_name: BTreeMap<String, _> = points.iter().map(|it| (it.name(), it.axes)).collect();
    let pairs = neighbours(&by_name);
    let situations: Vec<Situation<'_>> =
        hazards.iter().flat_map(|hazard| situations(source, *hazard)).collect();
    page.answer(&answer(source, &situations, &points, &pairs));
    corners(&mut page, source, &situations, &points);
    for axis in &AXES {
        page.heading(&format!("{}: {}", axis.id, axis.question));
        let mut mine: Vec<&Neighbours> =
            pairs.iter().filter(|pair| pair.axis.id == axis.id).collect();
        let place = |name: &str| points.iter().position(|point| point.name() == name);
        mine.sort_by_key(|pair| (place(&pair.first), place(&pair.second)));
        for pair in &mine {
            compared(&mut page, source, &situations, &points, pair);
        }
        if mine.is_empty() {
            page.text(&alone(&points, axis));
        }
    }
    page.text(LEGEND);
    page.end(first.sheet, "");
    page
}

/// The cases of a hazard that some portable cell has, in the suite's order.
fn situations<'a>(source: Source<'a>, hazard: Hazard<'a>) -> Vec<Situation<'a>> {
    let wanted = hazard.story.map_or("", |story| story.runtime.as_str());
    let mut found: BTreeMap<&str, (u32, BTreeSet<&str>)> = BTreeMap::new();
    for (key, _) in hazard.cells(Role::Hazard).filter(|(key, _)| key.variant == "portable") {
        if hazard.sheet.column(key).ours {
            let entry = found.entry(&key.case).or_default();
            entry.0 = entry.0.max(key.n);
            entry.1.insert(&key.runtime);
        }
    }
    let mut all: Vec<Situation<'a>> = found
        .into_iter()
        .filter_map(|(case, (n, runtimes))| {
            let runtime = runtimes.get(wanted).or_else(|| runtimes.first())?;
            Some(Situation { hazard, case, n, runtime: (*runtime).to_owned() })
        })
        .collect();
    all.sort_by_key(|it| source.suite.position(hazard.id, it.case));
    all
}

impl<'a> Situation<'a> {
    fn key(&self, point: &Point) -> CellKey {
        CellKey {
            workload: self.hazard.id.to_owned(),
            case: self.case.to_owned(),
            n: self.n,
            design: point.design.clone(),
            mode: point.mode.clone(),
            variant: "portable".to_owned(),
            runtime: self.runtime.clone(),
        }
    }

    fn cell(&self, point: &Point) -> Option<(CellKey, &'a Cell)> {
        let key = self.key(point);
        let cell = self.hazard.sheet.cells.get(&key)?;
        Some((key, cell))
    }

    /// Sign and number at a point; nothing where no record has the cell.
    fn outcome(&self, source: Source<'a>, point: &Point) -> Option<String> {
        let (key, cell) = self.cell(point)?;
        let mut text = sign(&self.hazard.outcome(source, &key), cell, self.n);
        let column = self.hazard.sheet.column(&key);
        if self.hazard.is_shielded_in(source, self.case, &column) {
            text.push_str(" †");
        }
        Some(text)
    }

    fn fires(&self, source: Source<'a>, point: &Point) -> Option<bool> {
        let (key, _) = self.cell(point)?;
        let shown = self.hazard.outcome(source, &key);
        shown.is_known().then(|| shown.fires())
    }

    /// Whether a design refuses the program: at compile time, or by an error.
    fn is_refused(&self, source: Source<'a>, point: &Point) -> bool {
        self.cell(point).is_some_and(|(key, _)| self.hazard.outcome(source, &key).is_refused())
    }

    fn link(&self, source: Source<'a>) -> String {
        format!("[{}](page:hazards/{}.md)", self.hazard.name(source), self.hazard.id)
    }

    /// The name of the case, cut to a cell.
    fn case(&self, source: Source<'a>) -> String {
        source.stories.case(self.hazard.id, self.case).chars().take(CELL).collect()
    }

    /// What the second of a pair takes more than the first, where both did their work.
    fn price(&self, source: Source<'a>, first: &Point, second: &Point) -> String {
        let quiet = |point: &Point| self.fires(source, point) == Some(false);
        let (Some((_, a)), Some((_, b))) = (self.cell(first), self.cell(second)) else {
            return "–".to_owned();
        };
        let mut parts = Vec::new();
        for (metric, unit) in PRICES {
            // A run that lost something is quick because it did less; allocations count still.
            let fair = metric == "allocs" || (quiet(first) && quiet(second));
            if let (true, Some(a), Some(b)) = (fair, a.value(metric), b.value(metric)) {
                let sign = if b > a { '+' } else { '−' };
                let part = format!("{sign}{} {unit}", count(a.abs_diff(b)));
                parts.extend((a != b).then_some(part));
            }
        }
        let fits = |text: &String| text.chars().count() <= CELL;
        let all = parts.join(", ");
        match parts.first() {
            // One of the two did not do its work: there is nothing to compare.
            None if quiet(first) != quiet(second) => "–".to_owned(),
            None => "none".to_owned(),
            Some(_) if fits(&all) => all,
            Some(first) => first.clone(),
        }
    }
}

/// How many situations each pair decides, in one line an axis.
fn answer(
    source: Source<'_>,
    situations: &[Situation<'_>],
    points: &[Point],
    pairs: &[Neighbours],
) -> String {
    let mut parts = Vec::new();
    for pair in pairs {
        let (Some(first), Some(second)) = ends(points, pair) else { continue };
        // What neither end lets a program write is no situation that the axis could decide.
        let (refused, open): (Vec<_>, Vec<_>) = situations
            .iter()
            .partition(|it| it.is_refused(source, first) && it.is_refused(source, second));
        let both = open
            .iter()
            .filter_map(|it| Some((it.fires(source, first)?, it.fires(source, second)?)));
        let both: Vec<(bool, bool)> = both.collect();
        let changed = both.iter().filter(|(a, b)| a != b).count();
        if !both.is_empty() || !refused.is_empty() {
            let refused = match refused.len() {
                0 => String::new(),
                n => format!("; {n} more are refused at both ends"),
            };
            parts.push(format!(
                "`{}` decides {changed} of {} situations (`{}` and `{}`{refused})",
                pair.axis.id,
                both.len(),
                pair.first,
                pair.second
            ));
        }
    }
    format!(
        "From one source, with executor, leaves and drivers equal: {}.\n\
         An axis decides a situation if the hazard fires at one end of a pair and not at the \
         other, where the pair differs in that axis alone.",
        parts.join("; ")
    )
}

fn ends<'a>(points: &'a [Point], pair: &Neighbours) -> (Option<&'a Point>, Option<&'a Point>) {
    let find = |name: &str| points.iter().find(|point| point.name() == name);
    (find(&pair.first), find(&pair.second))
}

/// May be dropped or must complete, driven when awaited or by the scope: the first design of
/// each corner.
fn corners(page: &mut Page, source: Source<'_>, situations: &[Situation<'_>], points: &[Point]) {
    let value = |point: &Point, axis: &str| Axis::named(axis).map(|axis| point.axes.value(axis));
    let corner = |drop: &str, drive: &str| {
        let is = |point: &&Point| {
            value(point, "drop") == Some(drop) && value(point, "drive") == Some(drive)
        };
        points.iter().find(is)
    };
    let wanted = [
        ("may", "awaited"),
        ("may", "scope"),
        ("must-complete", "awaited"),
        ("must-complete", "scope"),
    ];
    let found: Vec<&Point> = wanted.iter().filter_map(|(a, b)| corner(a, b)).collect();
    if found.len() < wanted.len() {
        return;
    }
    page.heading("May be dropped or must complete, driven when awaited or by the scope");
    let head = ["hazard", "case"].map(str::to_owned);
    let names = found.iter().map(|point| format!("`{}`", point.name()));
    let mut table = Table::new("axes-corners", head.into_iter().chain(names));
    let mut equal: Vec<String> = Vec::new();
    for it in situations {
        let outcomes: Vec<Option<String>> =
            found.iter().map(|point| it.outcome(source, point)).collect();
        if outcomes.iter().all(Option::is_none) {
            continue;
        }
        let first = outcomes.iter().flatten().next();
        if outcomes.iter().flatten().count() > 1
            && outcomes.iter().flatten().all(|o| Some(o) == first)
        {
            equal.push(format!("{} ({})", it.link(source), it.case(source)));
            continue;
        }
        let cells = outcomes.into_iter().map(|o| o.unwrap_or_else(|| "–".to_owned()));
        table.row([it.link(source), it.case(source)].into_iter().chain(cells));
    }
    let axes: Vec<String> = found
        .iter()
        .zip(wanted)
        .map(|(point, (drop, drive))| format!("`{}` {drop}, {drive}", point.name()))
        .collect();
    page.text(&format!(
        "{}.\nFrom a droppable to a must-complete design `cancel` and `buffer` change with \
         `drop`: what must complete is not cancelled by being dropped, and can lend a buffer.",
        axes.join("; ")
    ));
    page.table(table);
    if !equal.is_empty() {
        page.text(&format!("Equal in all that are measured: {}.", equal.join(", ")));
    }
}

/// One pair: the situations that it changes as a table, the others named.
fn compared(
    page: &mut Page,
    source: Source<'_>,
    situations: &[Situation<'_>],
    points: &[Point],
    pair: &Neighbours,
) {
    let (Some(first), Some(second)) = ends(points, pair) else { return };
    let words = format!(
        "`{}` ({}) and `{}` ({})",
        pair.first,
        first.axes.value(pair.axis),
        pair.second,
        second.axes.value(pair.axis)
    );
    let head =
        ["hazard", "case", first.axes.value(pair.axis), second.axes.value(pair.axis), "price"];
    let mut table = Table::new(&format!("axes-{}-{}", pair.axis.id, page.tables.len()), head);
    let mut equal: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut missing = 0;
    for it in situations {
        match (it.outcome(source, first), it.outcome(source, second)) {
            (Some(a), Some(b)) => {
                let price = it.price(source, first, second);
                if a == b && price == "none" {
                    equal.entry(it.link(source)).or_default().push(it.case(source));
                } else {
                    table.row([it.link(source), it.case(source), a, b, price]);
                }
            }
            (None, None) => {}
            _ => missing += 1,
        }
    }
    page.text(&format!("**{words}**"));
    if table.is_empty() && equal.is_empty() {
        page.text("No record has both ends yet.");
        return;
    }
    if table.is_empty() {
        page.text("The axis changes no outcome and no price.");
    } else {
        page.table(table);
    }
    if !equal.is_empty() {
        let names: Vec<String> =
            equal.iter().map(|(link, cases)| format!("{link} ({})", cases.join(", "))).collect();
        page.text(&format!("It changes nothing in {}.", names.join("; ")));
    }
    if missing > 0 {
        page.text(&format!("{missing} situations have a cell at one end alone."));
    }
}

/// That no two designs differ in an axis alone, and which come nearest.
fn alone(points: &[Point], axis: &'static Axis) -> String {
    let mut nearest: Option<(usize, String)> = None;
    for (at, a) in points.iter().enumerate() {
        for b in &points[at + 1..] {
            let differing = a.axes.differing(&b.axes);
            let here = differing.iter().any(|one| one.id == axis.id);
            if here && nearest.as_ref().is_none_or(|(least, _)| differing.len() < *least) {
                let ids: Vec<String> =
                    differing.iter().map(|axis| format!("`{}`", axis.id)).collect();
                let words =
                    format!("`{}` and `{}` differ in {}", a.name(), b.name(), ids.join(", "));
                nearest = Some((differing.len(), words));
            }
        }
    }
    match nearest {
        Some((_, words)) => format!(
            "No two designs that are built differ in `{}` alone; nearest: {words}.",
            axis.id
        ),
        None => format!("All designs that are built have the same value of `{}`.", axis.id),
    }
}
