//! Wall time of interleaved runs, as an indication.

use std::collections::BTreeSet;

use record::CellKey;
use xtask_judge::stats::ROUNDS;

use crate::book::{Cell, Sheet};
use crate::column::Column;
use crate::page::{Page, Source};
use crate::pages::curves::number;
use crate::pages::walltime::{by_chance, caption, forest_rows, ratio, spread, spreads};
use crate::plot::forest;
use crate::table::{Table, count};
use crate::wall::{Compared, Gate, Group, groups};

/// Our executor on the simulated driver, which another page shows.
const OWN: &str = "own";
/// The groups of the figures: one for each size.
const FIGURES: (&str, &str) = (super::ECHO, "64b");

/// The groups on drivers and runtimes that do input and output.
pub(super) fn groups_of(sheet: &Sheet) -> Vec<Group> {
    groups(sheet, is_here)
}

fn is_here(key: &CellKey) -> bool {
    key.runtime != OWN && super::shows(&key.workload)
}

/// Ratios of wall time, workload by workload.
pub(super) fn throughput(page: &mut Page, source: Source<'_>, sheet: &Sheet, groups: &[Group]) {
    page.heading("Throughput");
    page.text(
        "Wall time of the measured part, in blocks that ran right after each other; where a workload runs on the clock of the machine, the rivals of a group are the cells of all runtimes.\n\
         Two cores have no room for a client of its own: client and server share one thread, and nothing is parked while there is work.\n\
         All of it is *indicative*, whatever its gate says; instructions and system calls are what is judged.",
    );
    let untimed = |(key, cell): &(&CellKey, &Cell)| is_here(key) && cell.untimed.is_some();
    let mut workloads: BTreeSet<&str> =
        sheet.cells.iter().filter(untimed).map(|(key, _)| key.workload.as_str()).collect();
    workloads.extend(groups.iter().map(|group| group.workload.as_str()));
    if workloads.is_empty() {
        page.text("Not measured: the record holds no wall time on these runtimes.");
        return;
    }
    page.text(&by_chance(groups));
    for workload in workloads {
        let mut mine: Vec<&Group> =
            groups.iter().filter(|group| group.workload == workload).collect();
        mine.sort_by_key(|group| {
            (source.suite.position(workload, &group.case), group.n, &group.reference)
        });
        page.subheading(&format!("Wall time of {workload}"));
        for group in mine.iter().filter(|g| (g.workload.as_str(), g.case.as_str()) == FIGURES) {
            figure(page, group);
        }
        page.table(table(sheet, workload, &mine), sheet, workload);
        page.text(&spreads(sheet, &mine));
    }
}

/// One size, or why there is no figure of it.
fn figure(page: &mut Page, group: &Group) {
    if let Some(why) = all_refused(group) {
        let Group { workload, case, n, .. } = group;
        return page
            .text(&format!("No figure of {workload}, {case}, n = {}: {why}.", count((*n).into())));
    }
    let (case, n) = (&group.case, group.n);
    let title = format!("Wall-time ratios of tcp-echo, {case}, n = {n}, 95 % intervals");
    let caption = caption(&[group], "indicative: two cores, ");
    let name = format!("server-wall-{case}-{n}");
    page.figure(forest(&name, &title, &caption, group.zone, &forest_rows(group)));
}

fn table(sheet: &Sheet, workload: &str, groups: &[&Group]) -> Table {
    let text = ["case", "n", "design", "gate"];
    let numbers = ["ratio", "95 % interval", "launches", "rounds kept", "ns per operation"];
    let mut table = Table::new(&format!("server-wall-{workload}"), text.into_iter().chain(numbers))
        .numbers_from(text.len());
    for group in groups {
        let kept = |rival: &Compared| format!("{} of {}", rival.rounds.0, rival.rounds.1);
        let name = |column: &Column, gate: String| {
            let who = column.named();
            [group.case.clone(), count(group.n.into()), who, gate].into_iter()
        };
        let ns = |column: &Column, ns: Option<f64>| per_operation(sheet, group, column, ns);
        let first = ["1", "–", "–", "–"].map(str::to_owned).into_iter();
        let reference = name(&group.reference, "reference".to_owned());
        table.row(reference.chain(first).chain([ns(&group.reference, group.reference_ns)]));
        if let Some(why) = all_refused(group) {
            let who = count(group.rivals.len() as u64);
            let name = [group.case.clone(), count(group.n.into()), format!("{who} others"), why];
            let rest = ["refused", "–", "–", "–", "–"].map(str::to_owned);
            table.row(name.into_iter().chain(rest));
            control(&mut table, group);
            continue;
        }
        for rival in &group.rivals {
            let [mid, ends] = ratio(rival.ratio.as_ref());
            let ns = rival.ratio.as_ref().map_or("–".to_owned(), |_| ns(&rival.column, rival.ns));
            let rest = [mid, ends, rival.launches.to_string(), kept(rival), ns];
            table.row(name(&rival.column, label(rival)).chain(rest));
        }
        control(&mut table, group);
    }
    for (key, cell) in sheet.of(workload).filter(|(key, _)| is_here(key)) {
        if let Some(status) = &cell.untimed {
            let who = Column::of(key).named();
            let name = [key.case.clone(), count(key.n.into()), who, status.to_string()];
            let rest = std::iter::repeat_n("–".to_owned(), numbers.len());
            table.row(name.into_iter().chain(rest));
        }
    }
    table
}

/// What the rival that was timed twice says of the machine.
fn control(table: &mut Table, group: &Group) {
    let Some(control) = &group.aa else { return };
    let who = format!("A/A control: {}", control.column.named());
    let name = [group.case.clone(), count(group.n.into()), who, spread(control)];
    let [mid, ends] = ratio(control.shown.as_ref());
    let [launches, rounds] = [control.launches, control.rounds].map(|number| number.to_string());
    table.row(name.into_iter().chain([mid, ends, launches, rounds, "–".to_owned()]));
}

/// Why all rivals of a group are refused, where they fail the same gate.
fn all_refused(group: &Group) -> Option<String> {
    let why = |rival: &Compared| match &rival.gate {
        Gate::Refused(why, _) => Some(*why),
        _ => None,
    };
    let first = group.rivals.first()?;
    let gate = why(first)?;
    if !group.rivals.iter().all(|rival| why(rival) == Some(gate)) {
        return None;
    }
    let rounds = || group.rivals.iter().map(|rival| rival.rounds.0);
    match (rounds().min(), rounds().max()) {
        (Some(few), Some(most)) if few < most && most < ROUNDS => {
            Some(format!("refused: {gate} ({few} to {most} of at least {ROUNDS})"))
        }
        _ => Some(first.gate.label()),
    }
}

/// Nothing is publishable on two cores.
fn label(rival: &Compared) -> String {
    match &rival.gate {
        Gate::Publishable => "indicative: two cores".to_owned(),
        gate => gate.label(),
    }
}

/// Nanoseconds of one call over the operations of its measured part.
fn per_operation(sheet: &Sheet, group: &Group, column: &Column, ns: Option<f64>) -> String {
    let key = column.key(&group.workload, &group.case, group.n);
    let operations = sheet.cells.get(&key).and_then(|cell| cell.spread("ops"));
    match (ns, operations) {
        (Some(ns), Some(it)) if it.mid > 0.0 => number(ns / it.mid, 0),
        _ => "–".to_owned(),
    }
}
