//! What the same work costs on a server: instructions, allocations, wall-time ratios.

use record::CellKey;

use super::curves::number;
use super::server;
use super::walltime::{by_chance, caption, forest_rows, ratio, spread, spreads};
use crate::book::{Cell, Exact, Sheet};
use crate::column::Column;
use crate::page::{Page, Source};
use crate::plot::{ForestRow, forest};
use crate::table::{Table, count};
use crate::wall::{Group, groups};

/// Our executor on the simulated driver.
const OWN: &str = "own";

/// Writes the page.
pub(crate) fn page(source: Source<'_>) -> Page {
    let mut page = Page::new("cost", "Cost on a server");
    page.text(
        "Instructions and allocations are exact and judged.\n\
         Wall time is shown as a ratio to the reference of its group, formed round by round from blocks that ran right after each other; \
         what fails a gate of [METHOD.md](METHOD.md) is shown as refused, and its exact metrics stand.",
    );
    let Some(sheet) = source.book.sheet("linux") else {
        page.text(&source.book.why_missing("linux"));
        return page;
    };
    let groups = groups(sheet, is_here);
    page.text(&noise(sheet, &groups));
    for workload in sheet.workloads() {
        page.heading(&workload);
        page.text(&format!("{}.", source.suite.title(&workload).trim_end_matches('.')));
        let elsewhere = sheet.of(&workload).any(|(key, _)| !is_here(key));
        if elsewhere {
            page.text("On drivers that do input and output, and on runtimes that people use: [Server I/O](server-io.md).");
        }
        if elsewhere && here(sheet, &workload).next().is_none() {
            continue;
        }
        exact(&mut page, source, sheet, &workload);
        let mine: Vec<&Group> = groups.iter().filter(|group| group.workload == workload).collect();
        let untimed = here(sheet, &workload).any(|(_, cell)| cell.untimed.is_some());
        if mine.is_empty() && !untimed {
            page.text("Wall time: not measured in this record.");
        } else {
            wall(&mut page, source, sheet, &workload, &mine);
        }
    }
    page
}

/// Whether a cell stands on this page: on our own executor all do, on other runtimes those
/// of workloads that the page of input and output leaves out.
fn is_here(key: &CellKey) -> bool {
    key.runtime == OWN || !server::shows(&key.workload)
}

fn here<'a>(sheet: &'a Sheet, workload: &'a str) -> impl Iterator<Item = (&'a CellKey, &'a Cell)> {
    sheet.of(workload).filter(|(key, _)| is_here(key))
}

fn noise(sheet: &Sheet, groups: &[Group]) -> String {
    let Some(noise) = &sheet.run.noise else {
        return "This run timed nothing.".to_owned();
    };
    format!(
        "A/A spread over all groups of this run: {:.2} % (95 % half-width of the ratio of identical code to itself); what decides in a group is its own, which stands in every table.\n\
         Rounds in which every block was clean: {:.0} %.\n\
         {}",
        noise.aa_spread * 100.0,
        noise.clean_share * 100.0,
        by_chance(groups),
    )
}

const METRICS: [&str; 7] =
    ["instr", "allocs", "alloc_bytes", "peak_bytes", "syscalls", "live_bytes", "rss_bytes"];

fn exact(page: &mut Page, source: Source<'_>, sheet: &Sheet, workload: &str) {
    let metrics: Vec<&str> = METRICS
        .into_iter()
        .filter(|metric| here(sheet, workload).any(|(_, cell)| cell.values.contains_key(*metric)))
        .collect();
    let said = |cell: &Cell| {
        cell.trouble.is_some() || metrics.iter().any(|metric| cell.values.contains_key(*metric))
    };
    if !here(sheet, workload).any(|(_, cell)| said(cell)) {
        page.text("Instructions and allocations: not measured in this record.");
        return;
    }
    let head = ["case", "n", "design"].into_iter().chain(metrics.iter().copied());
    let head = head.chain(["instr to poll", "note"]);
    let mut table = Table::new(&format!("cost-{workload}"), head).numbers_between(3);
    let mut cells: Vec<(&CellKey, &Cell)> =
        here(sheet, workload).filter(|(_, cell)| said(cell)).collect();
    cells.sort_by_key(|(key, _)| {
        (source.suite.position(workload, &key.case), key.n, Column::of(key))
    });
    for (key, cell) in cells {
        let mut row = vec![key.case.clone(), count(key.n.into()), format!("`{}`", Column::of(key))];
        row.extend(metrics.iter().map(|metric| shown(cell, metric)));
        row.push(against_poll(sheet, key, cell));
        let trouble = cell.trouble.iter().map(ToString::to_string);
        row.push(trouble.chain(cell.note.iter().cloned()).collect::<Vec<_>>().join("; "));
        table.row(row);
    }
    page.table(table, sheet, workload);
}

fn shown(cell: &Cell, metric: &str) -> String {
    match (&cell.trouble, cell.values.get(metric)) {
        (None, Some(Exact::Same(value))) => count(*value),
        (None, Some(Exact::Differs(low, high))) => format!("{} to {}", count(*low), count(*high)),
        _ => "–".to_owned(),
    }
}

fn against_poll(sheet: &Sheet, key: &CellKey, cell: &Cell) -> String {
    let poll = CellKey {
        design: "poll".to_owned(),
        mode: None,
        variant: "portable".to_owned(),
        ..key.clone()
    };
    let there = sheet.cells.get(&poll).and_then(|poll| poll.spread("instr").map(|it| it.mid));
    match (cell.spread("instr").map(|it| it.mid), there) {
        (Some(here), Some(there)) if there > 0.0 && poll != *key => number(here / there, 3),
        _ => "–".to_owned(),
    }
}

fn wall(page: &mut Page, source: Source<'_>, sheet: &Sheet, workload: &str, groups: &[&Group]) {
    let mut groups = groups.to_vec();
    groups.sort_by_key(|group| (source.suite.position(workload, &group.case), group.n));
    let rows: Vec<ForestRow> = groups.iter().flat_map(|group| forest_rows(group)).collect();
    if rows.iter().any(|row| row.ratio.is_some()) {
        // A group of which nothing is shown has a zone that concerns nobody.
        let shown = groups.iter().filter(|it| it.rivals.iter().any(|one| one.ratio.is_some()));
        let zone = shown.map(|group| group.zone).fold(0.0, f64::max);
        page.figure(forest(
            &format!("wall-{workload}"),
            &format!("Wall-time ratios of {workload}, 95 % intervals"),
            &caption(&groups, ""),
            zone,
            &rows,
        ));
    }
    page.table(wall_table(sheet, workload, &groups), sheet, workload);
    page.text(&spreads(sheet, &groups));
}

fn wall_table(sheet: &Sheet, workload: &str, groups: &[&Group]) -> Table {
    let head = ["case", "n", "design", "ratio", "95 % interval", "reads as", "gate"];
    let numbers = ["launches", "rounds kept", "ns per call"];
    let mut table = Table::new(&format!("wall-{workload}"), head.into_iter().chain(numbers))
        .numbers_from(head.len());
    let name = |case: &str, n: u32, column: &Column| {
        [case.to_owned(), count(n.into()), column.named()].into_iter()
    };
    let ns = |ns: Option<f64>| ns.map_or("–".to_owned(), |ns| number(ns, 0));
    for group in groups {
        let rest = ["1", "–", "reference", "–", "–"].map(str::to_owned);
        let who = name(&group.case, group.n, &group.reference);
        table.row(who.chain(rest).chain(["–".to_owned(), ns(group.reference_ns)]));
        for rival in &group.rivals {
            let refused = rival.gate.refuses();
            let [mid, ends] = ratio(rival.ratio.as_ref());
            let cells = [
                mid,
                ends,
                if refused { "–".to_owned() } else { rival.word.to_owned() },
                rival.gate.label(),
                rival.launches.to_string(),
                format!("{} of {}", rival.rounds.0, rival.rounds.1),
                if refused { "–".to_owned() } else { ns(rival.ns) },
            ];
            table.row(name(&group.case, group.n, &rival.column).chain(cells));
        }
        if let Some(control) = &group.aa {
            let [mid, ends] = ratio(control.shown.as_ref());
            let who = format!("A/A control: {}", control.column.named());
            let name = [group.case.clone(), count(group.n.into()), who].into_iter();
            let numbers = [control.launches, control.rounds].map(|number| number.to_string());
            let cells = [mid, ends, "–".to_owned(), spread(control)].into_iter();
            table.row(name.chain(cells).chain(numbers).chain(["–".to_owned()]));
        }
    }
    for (key, cell) in here(sheet, workload) {
        if let Some(status) = &cell.untimed {
            let rest = ["refused".to_owned(), "–".to_owned(), "–".to_owned(), status.to_string()];
            let numbers = std::iter::repeat_n("–".to_owned(), 3);
            table.row(name(&key.case, key.n, &Column::of(key)).chain(rest).chain(numbers));
        }
    }
    table
}
