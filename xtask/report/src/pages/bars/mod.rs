//! The bars that we set ourselves, and what was reached.

mod list;
mod speed;

use list::{BOUNDS, Bound, Figure, Rule};
use record::CellKey;

use super::METRICS;
use super::rows::{best, hazards};
use crate::book::{Cell, Sheet};
use crate::column::Column;
use crate::page::Page;
use crate::pages::curves::number;
use crate::pages::walltime::ends;
use crate::stat::Estimate;
use crate::table::{Table, count};
use crate::wall::Group;

/// What a cell reached.
struct Reached {
    column: Column,
    place: String,
    figure: Result<Held, String>,
}

/// A figure that is held against a bar.
#[derive(Clone, Debug)]
struct Held {
    value: f64,
    /// Its ends, where it is no count.
    ends: Option<Estimate>,
    /// What it is made of.
    from: String,
}

/// How a figure stands to a bar.
#[derive(Clone, Copy, Debug)]
enum Stands {
    /// By how much.
    Kept(f64),
    Missed(f64),
    /// Its ends lie on both sides.
    Undecided,
}

impl Held {
    fn stands(&self, rule: Rule) -> Stands {
        let by = slack(rule, self.value);
        let ends =
            self.ends.map_or([by; 2], |it| [it.it.low, it.it.high].map(|it| slack(rule, it)));
        match ends {
            _ if ends.iter().all(|by| *by >= 0.0) && by >= 0.0 => Stands::Kept(by),
            _ if ends.iter().all(|by| *by < 0.0) && by < 0.0 => Stands::Missed(-by),
            _ => Stands::Undecided,
        }
    }
}

/// A summary, and every comparison folded away.
pub(super) fn section(page: &mut Page, sheet: &Sheet, groups: &[Group]) {
    page.heading("The bars that we set ourselves");
    page.text(
        "They were committed, as the bounds of [C108](../rfc/evidence/C108.md) to [C111](../rfc/evidence/C111.md), before the first record of real sockets, but after the first code of the drivers existed, and trial counts were seen on the way.\n\
         No claim has the bar on operations per second.\n\
         Each is asked of every case and size of its workloads.\n\
         What decides here is the median over launches; the claims ask every launch.\n\
         A bar against the best of several is not judged where one of them has no figure.",
    );
    let head = ["bar", "who", "kept", "furthest from it", "there", "result"];
    let mut summary = Table::new("server-bars", head);
    let head = ["bar", "who", "where", "figure", "made of", "result"];
    let mut details = Table::new("server-bars-details", head);
    for bound in &BOUNDS {
        let reached = reached(sheet, groups, bound);
        for row in &reached {
            let figure = row.figure.as_ref();
            let from = figure.map_or("–".to_owned(), |held| held.from.clone());
            details.row([
                bound.text.to_owned(),
                format!("`{}`", row.column),
                row.place.clone(),
                figure.map_or("–".to_owned(), |held| shown(held, bound.digits)),
                from,
                figure.map_or_else(
                    |why| format!("not measured: {why}"),
                    |held| by_how_much(held.stands(bound.rule), bound.digits),
                ),
            ]);
        }
        for row in summarised(bound, &reached) {
            summary.row(row);
        }
    }
    page.table(summary, sheet, "");
    if !details.is_empty() {
        page.fold_table("Every comparison", details, sheet);
    }
}

/// One row per design and mode that a bar is about.
fn summarised(bound: &Bound, reached: &[Reached]) -> Vec<Vec<String>> {
    let mut columns: Vec<&Column> = reached.iter().map(|it| &it.column).collect();
    columns.sort();
    columns.dedup();
    if columns.is_empty() {
        let why = "not measured: the record holds no such cell";
        let who = format!("`{}:{}`", bound.design, bound.runtime);
        return vec![[bound.text, &who, "–", "–", "–", why].map(str::to_owned).into()];
    }
    let row = |column: &Column| {
        let mine = || reached.iter().filter(|it| it.column == *column);
        let figures: Vec<(&Reached, &Held)> =
            mine().filter_map(|it| Some((it, it.figure.as_ref().ok()?))).collect();
        let stand = |held: &Held| held.stands(bound.rule);
        let kept =
            figures.iter().filter(|(_, held)| matches!(stand(held), Stands::Kept(_))).count();
        let open =
            figures.iter().filter(|(_, held)| matches!(stand(held), Stands::Undecided)).count();
        let open = if open > 0 { format!(", {open} undecided") } else { String::new() };
        let missing = mine().count() - figures.len();
        let gaps = if missing > 0 { format!(", {missing} not measured") } else { String::new() };
        let kept = format!("{kept} of {}{open}{gaps}", figures.len());
        let who = format!("`{column}`");
        let by = |held: &Held| slack(bound.rule, held.value);
        let worst = figures.iter().min_by(|a, b| by(a.1).total_cmp(&by(b.1)));
        let Some((worst, held)) = worst else {
            let why = mine().find_map(|it| it.figure.as_ref().err().cloned()).unwrap_or_default();
            let rest = ["–".to_owned(), "–".to_owned(), format!("not measured: {why}")];
            return [bound.text.to_owned(), who, kept].into_iter().chain(rest).collect();
        };
        vec![
            bound.text.to_owned(),
            who,
            kept,
            shown(held, bound.digits),
            worst.place.clone(),
            by_how_much(stand(held), bound.digits),
        ]
    };
    columns.into_iter().map(row).collect()
}

/// A figure, with its ends where it has some.
fn shown(held: &Held, digits: usize) -> String {
    let value = number(held.value, digits);
    held.ends.map_or(value.clone(), |it| format!("{value} ({})", ends(&it)))
}

/// `kept by 0.120`, or `kept` where it could not be kept by more.
fn by_how_much(stands: Stands, digits: usize) -> String {
    match stands {
        Stands::Missed(by) => format!("**missed** by {}", number(by, digits)),
        Stands::Kept(by) if by > 0.0 => format!("kept by {}", number(by, digits)),
        Stands::Kept(_) => "kept".to_owned(),
        Stands::Undecided => "undecided: its ends lie on both sides".to_owned(),
    }
}

fn reached(sheet: &Sheet, groups: &[Group], bound: &Bound) -> Vec<Reached> {
    let mut all = Vec::new();
    for workload in bound.workloads {
        for (key, cell) in hazards(sheet, workload) {
            let column = Column::of(key);
            if column.design != bound.design
                || column.runtime != bound.runtime
                || !column.is_portable()
            {
                continue;
            }
            let figure = figure(sheet, groups, key, cell, bound);
            let place = format!("{workload}, {}, n = {}", key.case, count(key.n.into()));
            all.push(Reached { column, place, figure });
        }
    }
    all
}

/// How far a figure is on the right side of the bar.
fn slack(rule: Rule, value: f64) -> f64 {
    match rule {
        Rule::AtMost(most) => most - value,
        Rule::AtLeast(least) => value - least,
        Rule::Within(distance) => distance - (value - 1.0).abs(),
    }
}

fn figure(
    sheet: &Sheet,
    groups: &[Group],
    key: &CellKey,
    cell: &Cell,
    bound: &Bound,
) -> Result<Held, String> {
    let count = |value: f64, from: String| Held { value, ends: None, from };
    if let Some(status) = &cell.trouble {
        return Err(status.to_string());
    }
    let here = |metric: &str| {
        let value = cell.per_operation(metric).map(|it| it.mid);
        value.ok_or(format!("no {} per operation in the record", words(metric)))
    };
    match bound.figure {
        Figure::Value(metric) => {
            Ok(count(here(metric)?, format!("{} per operation", words(metric))))
        }
        Figure::Ratio(metric, rivals, form) => {
            let here = here(metric)?;
            let (there, who) = best(sheet, key, rivals, metric, form)?;
            if there <= 0.0 {
                return Err(format!("{who} has none to divide by"));
            }
            let [above, below] = [here, there].map(|value| number(value, digits(metric)));
            Ok(count(here / there, format!("{above} over {below} of {who}")))
        }
        Figure::Speed(rivals) => speed::speed(sheet, groups, key, rivals),
    }
}

fn words(metric: &str) -> &str {
    METRICS.iter().find(|(id, ..)| *id == metric).map_or(metric, |(_, words, _)| *words)
}

fn digits(metric: &str) -> usize {
    METRICS.iter().find(|(id, ..)| *id == metric).map_or(2, |(.., digits)| *digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stat::Interval;

    #[test]
    fn a_figure_whose_ends_lie_on_both_sides_of_the_bar_decides_nothing() {
        let result = |low: f64, mid: f64, high: f64| {
            let it = Interval { mid, low, high };
            let ends = Some(Estimate { it, range_of: Some(12) });
            let held = Held { value: mid, ends, from: String::new() };
            (shown(&held, 2), by_how_much(held.stands(Rule::AtLeast(1.15)), 2))
        };
        assert_eq!(result(1.16, 1.2, 1.3).1, "kept by 0.05");
        assert_eq!(result(1.0, 1.1, 1.14).1, "**missed** by 0.05");
        let (figure, undecided) = result(1.14, 1.2, 1.3);
        assert_eq!(undecided, "undecided: its ends lie on both sides");
        assert_eq!(figure, "1.20 (1.140 to 1.300, range of 12 rounds)");
        assert_eq!(result(1.1, 1.14, 1.2).1, undecided, "whatever the middle is");
    }
}
