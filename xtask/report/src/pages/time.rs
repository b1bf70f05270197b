//! Wall time: ratios within a round, of what was timed side by side.

use crate::book::Sheet;
use crate::forms::Forms;
use crate::page::{Page, Source};
use crate::stat::{Estimate, Interval, float};
use crate::table::{Table, count, plural};
use crate::wall::{Compared, Gate, Group};

use super::curves::number;

/// Rows of a folded table; what is more is in the records.
const ROWS: usize = 16;

/// Writes the page.
pub(crate) fn page(source: Source<'_>, groups: &[Group]) -> Page {
    let mut page = Page::new("time", "What is faster on the clock?");
    let Some(sheet) = source.book.sheet("linux") else {
        page.answer(&source.book.why_missing("linux"));
        return page;
    };
    let rivals = || groups.iter().flat_map(|group| &group.rivals);
    let shown = rivals().filter(|rival| rival.ratio.is_some()).count();
    let word = |word: &str| rivals().filter(|rival| rival.word == word).count();
    page.answer(&format!(
        "Of {} comparisons with the reference of their group, {} are refused for noise; of the \
            others {} are faster, {} slower, {} equal, {} undecided.",
        rivals().count(),
        rivals().count() - shown,
        word("faster"),
        word("slower"),
        word("equal"),
        word("undecided"),
    ));
    page.text(&intro(sheet, groups));
    let head =
        ["workload", "groups", "comparisons", "refused", "faster", "slower", "equal", "undecided"];
    let mut table = Table::new("time", head).numbers_from(1);
    let mut workloads: Vec<&str> = groups.iter().map(|group| group.workload.as_str()).collect();
    workloads.dedup();
    for workload in &workloads {
        let mine: Vec<&Group> = groups.iter().filter(|it| it.workload == *workload).collect();
        let rivals = || mine.iter().flat_map(|group| &group.rivals);
        let word = |word: &str| rivals().filter(|rival| rival.word == word).count();
        let numbers = [
            mine.len(),
            rivals().count(),
            rivals().filter(|rival| rival.ratio.is_none()).count(),
            word("faster"),
            word("slower"),
            word("equal"),
            word("undecided"),
        ];
        let numbers = numbers.map(|number| number.to_string());
        table.row(std::iter::once((*workload).to_owned()).chain(numbers));
    }
    page.table(table);
    for workload in workloads {
        let mut mine: Vec<&Group> = groups.iter().filter(|it| it.workload == workload).collect();
        mine.sort_by_key(|group| (source.suite.position(workload, &group.case), group.n));
        let (table, notes) = details(sheet, &mine);
        page.fold_table(&format!("Ratios of {workload}"), table, &notes);
    }
    page.text("What is exact: [What does it cost?](page:cost.md).");
    page.end(sheet, "");
    page
}

fn intro(sheet: &Sheet, groups: &[Group]) -> String {
    let Some(noise) = &sheet.run.noise else {
        return "This run timed nothing.".to_owned();
    };
    let interval = |rival: &&Compared| rival.ratio.is_some_and(|shown| shown.range_of.is_none());
    let intervals = groups.iter().flat_map(|group| &group.rivals).filter(interval).count();
    format!(
        "A ratio is formed round by round, from blocks that ran right after each other; what \
            fails a gate of [METHOD.md](reports:METHOD.md) is refused, and its exact metrics \
            stand.\n\
         All of it is indicative on two shared cores, on which client and server share a thread.\n\
         A/A spread over all groups: {:.2} %; rounds in which every block was clean: {:.0} %.\n\
         {intervals} intervals of 95 % stand below, so about {:.1} of them miss by chance.",
        noise.aa_spread * 100.0,
        noise.clean_share * 100.0,
        float(intervals as u64) * 0.05
    )
}

/// The comparisons that are shown, and a sentence on those that are not.
fn details(sheet: &Sheet, groups: &[&Group]) -> (Table, String) {
    let head =
        ["case", "n", "form", "ratio", "95 % interval", "reads as", "gate", "rounds kept", "ns"];
    let mut forms = Forms::new(&format!("time-{}", groups[0].workload), head, 2);
    let mut refused = 0_usize;
    let mut left_out = 0_usize;
    for group in groups {
        for rival in &group.rivals {
            let Some(ratio) = &rival.ratio else {
                refused += 1;
                continue;
            };
            if forms.len() == ROWS {
                left_out += 1;
                continue;
            }
            let cells = vec![
                group.case.clone(),
                count(group.n.into()),
                format!("{} of `{}`", number(ratio.it.mid, 3), group.reference),
                ends(ratio),
                rival.word.to_owned(),
                label(rival),
                format!("{} of {}", rival.rounds.0, rival.rounds.1),
                rival.ns.map_or("–".to_owned(), |ns| number(ns, 0)),
            ];
            forms.row(rival.column.clone(), cells);
        }
    }
    let merged = forms.finish_between(7..9);
    let mut notes = vec![merged.notes];
    notes.push(spread(groups));
    if refused > 0 {
        notes.push(format!(
            "{} refused for noise.",
            plural(refused, "comparison is", "comparisons are")
        ));
    }
    notes.push(untimed(sheet, &groups[0].workload));
    if left_out > 0 {
        notes.push(format!("{left_out} more are in the record."));
    }
    notes.retain(|note| !note.is_empty());
    (merged.table, notes.join("\n"))
}

/// Cells without a time, with their reasons.
fn untimed(sheet: &Sheet, workload: &str) -> String {
    let cells = sheet.of(workload).filter_map(|(_, cell)| cell.untimed.as_ref());
    let all: Vec<String> = cells.map(ToString::to_string).collect();
    if all.is_empty() {
        return String::new();
    }
    let mut reasons = all.clone();
    reasons.sort();
    reasons.dedup();
    format!("{} could not be timed: {}.", plural(all.len(), "cell", "cells"), reasons.join("; "))
}

/// Nothing is publishable on two cores.
fn label(rival: &Compared) -> String {
    match &rival.gate {
        Gate::Publishable => "indicative: two cores".to_owned(),
        gate => gate.label(),
    }
}

/// What the machine could resolve in these groups.
fn spread(groups: &[&Group]) -> String {
    let known = groups.iter().filter_map(|group| group.aa.as_ref()?.spread.as_ref().ok().copied());
    let mut known: Vec<f64> = known.collect();
    known.sort_by(f64::total_cmp);
    let percent = |share: f64| format!("{:.2} %", share * 100.0);
    match (known.first(), known.last()) {
        (Some(low), Some(high)) => format!(
            "A/A spread of {} of {} groups: {} to {}.",
            known.len(),
            groups.len(),
            percent(*low),
            percent(*high)
        ),
        _ => "No group has an A/A spread.".to_owned(),
    }
}

/// The ends of a ratio, and of what they are where they are those of no interval.
pub(super) fn ends(shown: &Estimate) -> String {
    let Interval { low, high, .. } = shown.it;
    let ends = format!("{} to {}", number(low, 3), number(high, 3));
    match shown.range_of {
        Some(rounds) => format!("{ends}, range of {}", plural(rounds, "round", "rounds")),
        None => ends,
    }
}
