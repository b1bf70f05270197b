//! The bars that we set ourselves, and what was reached.

mod held;
mod list;
mod speed;

use held::{Held, Stands, slack};
use list::Figure;
pub(crate) use list::{Bar, read};
use record::CellKey;

use super::cost::rows::{best, hazards};
use crate::book::{Cell, Sheet};
use crate::column::Column;
use crate::forms::Forms;
use crate::page::{Page, Source};
use crate::pages::curves::number;
use crate::pages::time::ends;
use crate::table::{Table, count};
use crate::wall::Group;

/// What a cell reached.
struct Reached {
    column: Column,
    place: String,
    figure: Result<Held, String>,
}

/// Writes the page.
pub(crate) fn page(source: Source<'_>, bars: &[Bar], groups: &[Group]) -> Page {
    let mut page = Page::new("bars", "Which bars against crates were kept?");
    let Some(sheet) = source.book.sheet("linux") else {
        page.answer(&source.book.why_missing("linux"));
        return page;
    };
    let head = ["bar", "form", "kept", "furthest from it", "result"];
    let mut summary = Forms::new("bars", head, 1);
    let head = ["bar", "form", "where", "figure", "made of", "result"];
    let mut details = Table::new("bars-details", head);
    let (mut lines, mut results) = (Vec::new(), Vec::new());
    for (at, bar) in bars.iter().enumerate() {
        let number = (at + 1).to_string();
        let claim = match bar.claim.as_str() {
            "" => String::new(),
            id => format!(" ([{id}](root:rfc/evidence/{id}.md))"),
        };
        lines.push(format!("{number}. {}{claim}", bar.text));
        let reached = reached(sheet, groups, bar);
        for row in &reached {
            details.row(detail(bar, &number, row));
        }
        for (column, row) in summarised(sheet, bar, &number, &reached) {
            results.push(row[3].clone());
            summary.row(column, row);
        }
    }
    page.answer(&tally(&results));
    page.text(INTRO);
    page.text(&lines.join("\n"));
    let merged = summary.finish_between(2..4);
    page.table(merged.table);
    page.text(&merged.notes);
    page.fold_table("Every comparison", details, "");
    page.text("What things cost: [questions](page:cost.md).");
    page.end(sheet, "");
    page
}

const INTRO: &str = "\
They were committed as the bounds of claims before the first record of real sockets, but after \
the first code of the drivers existed, and trial counts were seen on the way.
Our designs were tuned to them; the crates were not tuned for these programs.
Each is asked of every case and size of its workloads; the median over launches decides here, and \
the claims ask every launch.";

fn tally(results: &[String]) -> String {
    let count = |word: &str| results.iter().filter(|it| it.starts_with(word)).count();
    format!(
        "Of {} bars, each with its form, kept wherever they could be judged: {}; missed \
            somewhere: {}; undecided: {}; not judged: {}.",
        results.len(),
        count("kept"),
        count("**missed**"),
        count("undecided"),
        count("not measured"),
    )
}

fn detail(bar: &Bar, number: &str, row: &Reached) -> [String; 6] {
    let digits = bar.digits();
    let figure = row.figure.as_ref();
    [
        number.to_owned(),
        format!("`{}`", row.column),
        row.place.clone(),
        figure.map_or("–".to_owned(), |held| shown(held, digits)),
        figure.map_or("–".to_owned(), |held| held.from.clone()),
        figure.map_or_else(
            |why| format!("not measured: {why}"),
            |held| by_how_much(held.stands(bar.rule()), digits),
        ),
    ]
}

/// One row per design and mode that a bar is about.
fn summarised(
    sheet: &Sheet,
    bar: &Bar,
    number: &str,
    reached: &[Reached],
) -> Vec<(Column, Vec<String>)> {
    let mut columns: Vec<&Column> = reached.iter().map(|it| &it.column).collect();
    columns.sort();
    columns.dedup();
    if columns.is_empty() {
        let blank = CellKey {
            workload: bar.workloads.first().cloned().unwrap_or_default(),
            case: String::new(),
            n: 0,
            design: bar.design.clone(),
            mode: None,
            variant: "portable".to_owned(),
            runtime: bar.runtime.clone(),
        };
        let row = [number, "–", "–", "not measured"].map(str::to_owned).into();
        return vec![(sheet.column(&blank), row)];
    }
    let row = |column: &Column| {
        let mine = || reached.iter().filter(|it| it.column == *column);
        let figures: Vec<&Held> = mine().filter_map(|it| it.figure.as_ref().ok()).collect();
        let stand = |held: &Held| held.stands(bar.rule());
        let kept = figures.iter().filter(|held| matches!(stand(held), Stands::Kept(_))).count();
        let kept = format!("{kept} of {}", mine().count());
        let by = |held: &Held| slack(bar.rule(), held.value);
        let worst = figures.iter().min_by(|a, b| by(a).total_cmp(&by(b)));
        let rest = match worst {
            None => ["–".to_owned(), "not measured".to_owned()],
            Some(held) => {
                [self::number(held.value, bar.digits()), verdict(stand(held), bar.digits())]
            }
        };
        let row = [number.to_owned(), kept].into_iter().chain(rest).collect();
        (column.clone(), row)
    };
    columns.into_iter().map(row).collect()
}

/// The same in a cell that is not folded.
fn verdict(stands: Stands, digits: usize) -> String {
    match stands {
        Stands::Undecided => "undecided".to_owned(),
        stands => by_how_much(stands, digits),
    }
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

fn reached(sheet: &Sheet, groups: &[Group], bound: &Bar) -> Vec<Reached> {
    let mut all = Vec::new();
    for workload in &bound.workloads {
        for (key, cell) in hazards(sheet, workload) {
            let column = sheet.column(key);
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

fn figure(
    sheet: &Sheet,
    groups: &[Group],
    key: &CellKey,
    cell: &Cell,
    bound: &Bar,
) -> Result<Held, String> {
    let count = |value: f64, from: String| Held { value, ends: None, from };
    if let Some(status) = &cell.trouble {
        return Err(status.to_string());
    }
    let here = |metric: &str| {
        let value = cell.per_operation(metric).map(|it| it.mid);
        value.ok_or(format!("no {} per operation in the record", words(metric)))
    };
    match bound.figure() {
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

/// Metrics of bars in words, and digits behind the point.
const METRICS: [(&str, &str, usize); 4] = [
    ("instr", "user instructions", 1),
    ("syscalls", "system calls", 3),
    ("allocs", "allocations", 2),
    ("copied_bytes", "bytes copied", 1),
];

fn words(metric: &str) -> &str {
    METRICS.iter().find(|(id, ..)| *id == metric).map_or(metric, |(_, words, _)| *words)
}

fn digits(metric: &str) -> usize {
    METRICS.iter().find(|(id, ..)| *id == metric).map_or(2, |(.., digits)| *digits)
}

#[cfg(test)]
mod tests {
    use super::list::Rule;
    use super::*;
    use crate::stat::{Estimate, Interval};

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
