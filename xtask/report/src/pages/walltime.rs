//! What every table and figure of wall times says in the same words: ratios with their ends,
//! and the A/A control of each group.

use std::collections::BTreeSet;

use super::curves::{float, number};
use crate::book::Sheet;
use crate::plot::{Caption, ForestRow, Hue, Shape};
use crate::stat::{Estimate, Interval};
use crate::table::{count, plural};
use crate::wall::{Compared, Control, Group};

/// A ratio and its ends, of which the second cell says what they are where they are those of
/// no interval.
pub(super) fn ratio(shown: Option<&Estimate>) -> [String; 2] {
    let Some(shown) = shown else { return ["refused".to_owned(), "–".to_owned()] };
    [number(shown.it.mid, 3), ends(shown)]
}

pub(super) fn ends(shown: &Estimate) -> String {
    let Interval { low, high, .. } = shown.it;
    let ends = format!("{} to {}", number(low, 3), number(high, 3));
    match shown.range_of {
        Some(rounds) => format!("{ends}, range of {}", plural(rounds, "round", "rounds")),
        None => ends,
    }
}

/// `refused: too few rounds (3 of at least 10)`.
pub(super) fn spread(control: &Control) -> String {
    match &control.spread {
        Ok(spread) => format!("A/A spread {}", percent(*spread)),
        Err(why) => format!("no A/A spread: {why}"),
    }
}

fn percent(share: f64) -> String {
    let digits = if share < 0.01 { 2 } else { 1 };
    format!("{:.digits$} %", share * 100.0)
}

/// What the machine could resolve in these groups, and in the run as a whole.
pub(super) fn spreads(sheet: &Sheet, groups: &[&Group]) -> String {
    let known = |group: &&Group| Some((*group.aa.as_ref()?.spread.as_ref().ok()?, place(group)));
    let mut known: Vec<(f64, String)> = groups.iter().filter_map(known).collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut lines = Vec::new();
    match (known.first(), known.last()) {
        (Some((low, _)), Some((high, place))) if known.len() > 1 => lines.push(format!(
            "A/A spread of these groups: {} to {}, the largest in {place}.",
            percent(*low),
            percent(*high)
        )),
        (Some((one, place)), _) => {
            lines.push(format!("A/A spread: {} in {place}.", percent(*one)));
        }
        _ => lines.push("A/A spread: no group has one.".to_owned()),
    }
    let without = groups.len() - known.len();
    if without > 0 && !known.is_empty() {
        let groups = plural(without, "group has", "groups have");
        lines.push(format!("{groups} none for want of clean rounds."));
    }
    if let Some(noise) = &sheet.run.noise {
        lines.push(format!(
            "Over all groups of the run together, which those with most rounds decide: {:.2} %.",
            noise.aa_spread * 100.0
        ));
    }
    lines.join("\n")
}

fn place(group: &Group) -> String {
    format!("{}, n = {}, `{}`", group.case, count(group.n.into()), group.reference.runtime)
}

/// How many intervals stand in a table, and how many of them miss by chance.
pub(super) fn by_chance(groups: &[Group]) -> String {
    let is_interval = |rival: &&Compared| rival.ratio.is_some_and(|shown| shown.range_of.is_none());
    let shown = groups.iter().flat_map(|group| &group.rivals).filter(is_interval).count();
    let missed = float(shown as u64) * 0.05;
    format!("{shown} intervals of 95 % stand below, so about {missed:.1} of them miss by chance.")
}

/// Rows of a figure: the rivals of a group, then its control.
pub(super) fn forest_rows(group: &Group) -> Vec<ForestRow> {
    let name = |who: &str| format!("{}, n={}: {who}", group.case, group.n);
    let row = |rival: &Compared| ForestRow {
        name: name(&rival.column.to_string()),
        hue: Hue::of_design(&rival.column.design),
        shape: Shape::cycle(rival.column.family()),
        ratio: rival.ratio.map(|shown| (shown.it.mid, shown.it.low, shown.it.high)),
        text: match &rival.ratio {
            Some(shown) => {
                format!("{} ({}) {}", number(shown.it.mid, 3), ends(shown), rival.word)
            }
            None => rival.gate.label(),
        },
    };
    let aa = group.aa.as_ref().map(|control| ForestRow {
        name: name(&format!("A/A {}", control.column)),
        hue: Hue::Grey,
        shape: Shape::Ring,
        ratio: control.shown.map(|shown| (shown.it.mid, shown.it.low, shown.it.high)),
        text: match &control.shown {
            Some(shown) => format!("{} ({})", number(shown.it.mid, 3), ends(shown)),
            None => spread(control),
        },
    });
    group.rivals.iter().map(row).chain(aa).collect()
}

/// What a figure of these groups is, and how far it may be trusted.
pub(super) fn caption(groups: &[&Group], status: &str) -> Caption {
    let mut references: Vec<String> =
        groups.iter().map(|group| group.reference.to_string()).collect();
    references.sort();
    references.dedup();
    let reference = match references.as_slice() {
        [one] => one.clone(),
        _ => "the reference of its group".to_owned(),
    };
    let launches = groups.iter().flat_map(|group| &group.rivals).map(|rival| rival.launches).max();
    let launches = plural(launches.unwrap_or(0), "launch", "launches");
    let labelled = groups.iter().flat_map(|group| group.columns());
    let labels: BTreeSet<String> = labelled
        .filter(|column| !column.label().is_empty())
        .map(|column| format!("; {}{}", column.runtime, column.label()))
        .collect();
    Caption {
        axis: format!("wall time of a call over that of {reference}, logarithmic"),
        status: format!("{status}{launches}{}", labels.into_iter().collect::<String>()),
    }
}
