//! What one operation costs: an answer, a figure and a table of eight forms; the rest folded.

use std::collections::BTreeSet;

use super::facades;
use super::rows::{Row, rows, situations};
use super::shown::{METRICS, TARGET, shown};
use crate::book::Sheet;
use crate::column::Kind;
use crate::forms::Forms;
use crate::page::{Page, Source};
use crate::pages::curves::number;
use crate::plot::{Bar, BarGroup, bars};
use crate::table::count;
use crate::wall::Group;

/// Forms in the figure and in the table that is not folded.
const SHOWN: usize = 8;
/// Rows of a folded table; more would not be read.
const FOLDED: usize = 90;

/// A question and the workload that answers it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    pub(super) page: &'static str,
    pub(super) title: &'static str,
    pub(super) workload: &'static str,
    pub(super) case: &'static str,
    pub(super) n: u32,
    pub(super) operation: &'static str,
    pub(super) about: &'static str,
}

/// Writes the page.
pub(super) fn page(source: Source<'_>, groups: &[Group], of: &Question) -> Page {
    let mut page = Page::new(of.page, of.title);
    let Some(sheet) = source.book.sheet(TARGET) else {
        page.answer(&source.book.why_missing(TARGET));
        return page;
    };
    if sheet.of(of.workload).next().is_none() {
        page.answer(&format!("Not measured: the record holds no cell of `{}`.", of.workload));
        page.end(sheet, of.workload);
        return page;
    }
    let (case, n) = place(source, sheet, of);
    let all = rows(sheet, of.workload, (&case, n));
    let picked = pick(&all);
    page.answer(&answer(&picked, of, n));
    page.text(of.about);
    let figures = picked.iter().filter(|row| row.per_operation("instr").is_some()).count();
    if figures > 1 {
        page.figure(figure(&picked, of, &case, n));
    }
    let group = groups.iter().find(|it| {
        (it.workload.as_str(), it.case.as_str(), it.n) == (of.workload, case.as_str(), n)
    });
    table(&mut page, sheet, &picked, group, of);
    facades::section(&mut page, sheet, of.workload, &case);
    everything(&mut page, &all, of);
    others(&mut page, source, sheet, &picked, of);
    let claims = source.claims.links(of.workload);
    if !claims.is_empty() {
        page.text(&format!("Claims that read these figures: {}.", claims.join(", ")));
    }
    page.text(
        "All questions: [What does it cost?](page:cost.md); held against crates: \
        [bars](page:bars.md).",
    );
    page.end(sheet, of.workload);
    page
}

/// The situation that answers the question: the asked one, or the nearest that was measured.
fn place(source: Source<'_>, sheet: &Sheet, of: &Question) -> (String, u32) {
    let all = situations(source, sheet, of.workload);
    let mut all: Vec<(String, u32)> = all
        .into_iter()
        .filter(|(case, n)| {
            let has = |row: &Row<'_>| row.per_operation("instr").is_some();
            rows(sheet, of.workload, (case, *n)).iter().any(has)
        })
        .collect();
    all.sort_by_key(|(case, n)| (case != of.case, n.abs_diff(of.n)));
    all.into_iter().next().unwrap_or((of.case.to_owned(), of.n))
}

/// Designs closer than this on one driver are one in the figure; the folded table has all.
const NEAR: f64 = 1.01;
/// Places that are kept for crates.
const CRATES: usize = 2;

/// Each design on each driver of ours, those that hardly differ once; the crate that leads
/// the list; and then the crates with the fewest instructions. In order of instructions.
fn pick<'a>(all: &[Row<'a>]) -> Vec<Row<'a>> {
    let instr = |row: &&Row<'a>| row.instructions().unwrap_or(f64::MAX);
    let mut best: Vec<&Row<'a>> = all.iter().filter(|row| row.instructions().is_some()).collect();
    best.sort_by(|a, b| {
        (instr(a), a.column.order)
            .partial_cmp(&(instr(b), b.column.order))
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    let is_ours = |row: &&&Row<'a>| {
        row.column.kind == Kind::Design && row.column.ours && row.column.is_portable()
    };
    let mut picked: Vec<&Row<'a>> = Vec::new();
    let mut ours: Vec<&Row<'a>> = best.iter().filter(is_ours).copied().collect();
    ours.sort_by_key(|row| (row.column.mode_at, row.column.order));
    for row in ours {
        let near = |known: &&Row<'a>| {
            let (here, there) = (instr(&row), instr(known));
            known.column.runtime == row.column.runtime
                && here.max(there) / here.min(there) < NEAR
                && known.per_operation("syscalls").map(f64::round)
                    == row.per_operation("syscalls").map(f64::round)
        };
        let same = |known: &&Row<'a>| {
            (&known.column.design, &known.column.runtime)
                == (&row.column.design, &row.column.runtime)
        };
        if !picked.iter().any(|known| near(known) || same(known)) {
            picked.push(row);
        }
    }
    let mut crates: Vec<&Row<'a>> =
        best.iter().copied().filter(|row| row.column.is_peer()).collect();
    let first = crates.iter().map(|row| row.column.order).min();
    crates.sort_by_key(|row| Some(row.column.order) != first);
    let mut seen = BTreeSet::new();
    crates.retain(|row| seen.insert(row.column.design.clone()));
    picked.truncate(SHOWN - crates.len().min(CRATES));
    picked.extend(crates.into_iter().take(SHOWN - picked.len()));
    picked.sort_by(|a, b| instr(a).total_cmp(&instr(b)));
    picked.into_iter().cloned().collect()
}

/// Names without mode and variant, for sentences.
fn spoken(row: &Row<'_>) -> String {
    match row.column.kind {
        Kind::Design if row.column.plain => format!("`{}`", row.column.design),
        Kind::Design => format!("`{}` on {}", row.column.design, row.column.runtime),
        Kind::Peer => format!("a program on {}", row.column.design),
        Kind::Baseline => row.column.design.clone(),
    }
}

/// The cheapest form, the design that others are compared with, the form with the fewest
/// system calls, and crates.
fn answer(picked: &[Row<'_>], of: &Question, n: u32) -> String {
    let mut chosen: Vec<&Row<'_>> = Vec::new();
    let designs = || picked.iter().filter(|row| row.column.kind == Kind::Design);
    let crates = || picked.iter().filter(|row| row.column.is_peer());
    let calls = |row: &&Row<'_>| row.per_operation("syscalls").unwrap_or(f64::MAX);
    let few = designs().min_by(|a, b| calls(a).total_cmp(&calls(b)));
    let reference = designs().min_by_key(|row| row.column.order);
    let first = crates().min_by_key(|row| row.column.order);
    for row in [reference, few, first, crates().next()].into_iter().flatten() {
        if !chosen.iter().any(|known| known.column == row.column) {
            chosen.push(row);
        }
    }
    let Some((first, rest)) = chosen.split_first() else {
        return format!(
            "Not measured: no form of `{}` has a figure per {}.",
            of.workload, of.operation
        );
    };
    let value = |row: &Row<'_>, metric: &str, digits: usize| {
        row.per_operation(metric).map_or("–".to_owned(), |it| number(it, digits))
    };
    let parts = rest.iter().map(|row| format!(", {} in {}", value(row, "instr", 0), spoken(row)));
    let values = |metric: &str, digits: usize| {
        chosen.iter().map(|row| value(row, metric, digits)).collect::<Vec<_>>().join(", ")
    };
    format!(
        "A {} (n = {}) takes {} instructions in {}{}.\n\
         System calls, in the same order: {}; allocations: {}.",
        of.operation,
        count(n.into()),
        value(first, "instr", 0),
        spoken(first),
        parts.collect::<String>(),
        values("syscalls", 2),
        values("allocs", 2),
    )
}

fn figure(picked: &[Row<'_>], of: &Question, case: &str, n: u32) -> crate::plot::Figure {
    #[expect(clippy::cast_possible_truncation, reason = "instructions, rounded for a bar")]
    let whole = |value: f64| value.round() as i128;
    let bar = |row: &Row<'_>| Bar {
        name: row.column.to_string(),
        family: row.column.family,
        value: row.per_operation("instr").map(whole),
    };
    let group = BarGroup {
        title: format!("user instructions per {}", of.operation),
        unit: format!("{case}, n = {n}"),
        bars: picked.iter().map(bar).collect(),
    };
    let title = format!("User instructions per {}, {case}, n = {n}", of.operation);
    bars(&format!("cost-{}", of.page), &title, &[group])
}

fn table(page: &mut Page, sheet: &Sheet, picked: &[Row<'_>], group: Option<&Group>, of: &Question) {
    let head = ["form"].into_iter().chain(METRICS.iter().map(|(_, head, _)| *head));
    let head = head.chain(["ns (indicative)"]);
    let mut forms = Forms::new(&format!("cost-{}", of.page), head, 0);
    for row in picked {
        let mut cells: Vec<String> =
            METRICS.iter().map(|(metric, _, digits)| value(row, metric, *digits)).collect();
        cells.push(group.and_then(|group| ns(sheet, group, row)).unwrap_or("–".to_owned()));
        forms.row(row.column.clone(), cells);
    }
    let merged = forms.finish(1);
    page.table(merged.table);
    page.text(&merged.notes);
    page.text(&format!(
        "Each figure is divided by the {}s of the same run, the median over launches; of designs \
            within 1 % of each other on one driver one is shown.",
        of.operation
    ));
}

fn value(row: &Row<'_>, metric: &str, digits: usize) -> String {
    row.per_operation(metric).map_or("–".to_owned(), |it| number(it, digits))
}

/// Nanoseconds of one operation: median of the clean blocks.
fn ns(sheet: &Sheet, group: &Group, row: &Row<'_>) -> Option<String> {
    let ns = group.per_call(&row.column)?;
    let key = row.column.key(&group.workload, &row.case, group.n);
    let operations = sheet.cells.get(&key)?.spread("ops").filter(|it| it.mid > 0.0)?;
    Some(number(ns / operations.mid, 0))
}

/// Every form in the situation of the answer, with ranges and reasons.
fn everything(page: &mut Page, all: &[Row<'_>], of: &Question) {
    let head = ["case", "form"].into_iter().chain(METRICS.iter().map(|(_, head, _)| *head));
    let mut forms = Forms::new(&format!("cost-{}-all", of.page), head.chain(["note"]), 1);
    for row in all {
        let mut cells = vec![row.case.clone()];
        cells.extend(METRICS.iter().map(|(metric, _, digits)| {
            let it = row.cell.and_then(|cell| {
                let all = || (*metric == "instr").then(|| cell.per_operation("instr_threads"));
                cell.per_operation(metric).or_else(|| all().flatten())
            });
            it.map_or("–".to_owned(), |it| shown(it, *digits))
        }));
        let threads = match row.per_operation("instr_threads") {
            Some(_) => Some("of all threads, CPU time is judged".to_owned()),
            None if row.judged || row.column.is_baseline() => None,
            None => Some("starts threads".to_owned()),
        };
        let hand = row.column.is_baseline().then(|| "no runtime, no futures".to_owned());
        let note = row.trouble().into_iter().chain(threads).chain(hand);
        cells.push(
            note.chain(row.cell.and_then(|cell| cell.note.clone())).collect::<Vec<_>>().join("; "),
        );
        forms.row(row.column.clone(), cells);
    }
    let merged = forms.finish_between(2..6);
    page.fold_table("Every form, on every driver and runtime", merged.table, &merged.notes);
}

/// The same forms in the other cases and sizes.
fn others(page: &mut Page, source: Source<'_>, sheet: &Sheet, picked: &[Row<'_>], of: &Question) {
    let head = ["case", "n", "form", "instructions", "system calls", "allocations"];
    let mut forms = Forms::new(&format!("cost-{}-sizes", of.page), head, 2);
    for (case, n) in situations(source, sheet, of.workload) {
        let all = rows(sheet, of.workload, (&case, n));
        for wanted in picked {
            let same = |row: &&Row<'_>| row.column == wanted.column && row.case == case;
            let Some(row) = all.iter().find(same) else { continue };
            if row.per_operation("instr").is_none() {
                continue;
            }
            let figures =
                METRICS[..3].iter().map(|(metric, _, digits)| value(row, metric, *digits));
            let cells = [case.clone(), count(n.into())].into_iter().chain(figures).collect();
            forms.row(row.column.clone(), cells);
        }
    }
    let (forms, _) = forms.split(FOLDED);
    let merged = forms.finish(3);
    page.fold_table("The same forms in all cases and sizes", merged.table, &merged.notes);
}
