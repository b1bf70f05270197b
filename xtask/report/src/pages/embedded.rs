//! What one design costs on a microcontroller: flash, static RAM, stack, instructions.

use std::collections::BTreeSet;

use record::CellKey;

use crate::book::{Cell, Sheet};
use crate::column::Column;
use crate::page::{Page, Source};
use crate::plot::{Bar, BarGroup, Hue, bars};
use crate::table::{Table, count, signed};

const WORKLOAD: &str = "embedded-footprint";
/// The baseline whose image starts, reports and does nothing else.
const EMPTY: &str = "empty";

/// Writes the page.
pub(crate) fn page(source: Source<'_>) -> Page {
    let mut page = Page::new("embedded", "Embedded footprint");
    page.text(
        "One image holds one design and one workload, so that what is linked is what that design needs.\n\
         Figures are those of the image less the empty image, which starts, reports and does nothing else.\n\
         Flash is `.text`, `.rodata` and the initial values of `.data`; static RAM is `.data` and `.bss` without the workbench's own world; \
         stack is the deepest reached, found by painting it.\n\
         Instructions are counted by QEMU; they are not cycles: no wait states, no pipeline, no interrupt latency in time.",
    );
    let Some(sheet) = source.book.sheet("cortex-m4") else {
        page.text(&source.book.why_missing("cortex-m4"));
        return page;
    };
    footprint(&mut page, source, sheet);
    other_images(&mut page, source, sheet);
    page
}

/// Metric ids of a sum that is shown as one figure.
const FIGURES: [(&str, &[&str], &str); 4] = [
    ("flash", &["text_bytes", "rodata_bytes", "data_bytes"], "B"),
    ("static RAM", &["data_bytes", "bss_bytes"], "B"),
    ("stack", &["stack_bytes"], "B"),
    ("instructions", &["instr"], "instructions"),
];

fn sum(cell: &Cell, metrics: &[&str]) -> Option<u64> {
    metrics.iter().map(|metric| cell.value(metric)).sum()
}

/// The empty image's cell; every case has the same one.
fn empty(sheet: &Sheet) -> Option<&Cell> {
    let found = sheet.of(WORKLOAD).find(|(key, _)| key.design == EMPTY);
    found.map(|(_, cell)| cell).filter(|cell| cell.trouble.is_none())
}

/// A figure less that of the empty image.
fn less_empty(sheet: &Sheet, cell: &Cell, metrics: &[&str]) -> Option<i128> {
    let base = sum(empty(sheet)?, metrics)?;
    Some(i128::from(sum(cell, metrics)?) - i128::from(base))
}

fn footprint(page: &mut Page, source: Source<'_>, sheet: &Sheet) {
    let cells = || sheet.of(WORKLOAD).filter(|(key, _)| key.design != EMPTY);
    let cases: BTreeSet<&str> = cells().map(|(key, _)| key.case.as_str()).collect();
    if cases.is_empty() {
        page.text("Not measured: the record holds no cell of `embedded-footprint`.");
        return;
    }
    if empty(sheet).is_none() {
        page.text("The record holds no empty image: no difference is formed, and the bars show whole images.");
    }
    let mut cases: Vec<&str> = cases.into_iter().collect();
    cases.sort_by_key(|case| source.suite.position(WORKLOAD, case));
    for case in cases {
        page.heading(&format!("Case {case}"));
        if let Some(known) =
            source.suite.case(WORKLOAD, case).filter(|known| !known.text.is_empty())
        {
            page.text(&known.text);
        }
        let cells: Vec<(&CellKey, &Cell)> = cells().filter(|(key, _)| key.case == case).collect();
        page.figure(figure(sheet, case, &cells));
        page.table(table(sheet, &format!("embedded-{case}"), &cells), sheet, WORKLOAD);
    }
}

fn figure(sheet: &Sheet, case: &str, cells: &[(&CellKey, &Cell)]) -> crate::plot::Figure {
    let group = |(title, metrics, unit): (&str, &[&str], &str)| {
        let bar = |(key, cell): &(&CellKey, &Cell)| {
            let column = Column::of(key);
            let whole = || sum(cell, metrics).filter(|_| empty(sheet).is_none()).map(i128::from);
            let value = less_empty(sheet, cell, metrics).or_else(whole);
            let hue = Hue::of_design(&column.design);
            (column.clone(), Bar { name: column.to_string(), hue, value })
        };
        let mut all: Vec<(Column, Bar)> = cells.iter().map(bar).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        BarGroup {
            title: title.to_owned(),
            unit: unit.to_owned(),
            bars: all.into_iter().map(|(_, bar)| bar).collect(),
        }
    };
    let groups: Vec<BarGroup> = FIGURES.into_iter().map(group).collect();
    bars(
        &format!("embedded-{case}"),
        &format!("Footprint of case {case} on Cortex-M4, less the empty image"),
        &groups,
    )
}

fn table(sheet: &Sheet, id: &str, cells: &[(&CellKey, &Cell)]) -> Table {
    const WHOLE: [&str; 6] =
        ["text_bytes", "rodata_bytes", "data_bytes", "bss_bytes", "stack_bytes", "instr"];
    let whole = |cell: &Cell| WHOLE.map(|metric| cell.value(metric).map_or("–".to_owned(), count));
    let less = FIGURES.map(|(title, ..)| format!("{title}, less empty")).into_iter();
    let head = std::iter::once("design".to_owned()).chain(less);
    let head = head
        .chain([".text", ".rodata", ".data", ".bss", "stack", "instructions"].map(str::to_owned));
    let mut table = Table::new(id, head).numbers_from(1);
    let mut cells = cells.to_vec();
    cells.sort_by_key(|(key, _)| Column::of(key));
    for (key, cell) in cells {
        let name = std::iter::once(format!("`{}`", Column::of(key)));
        if let Some(status) = &cell.trouble {
            let rest = std::iter::repeat_n("–".to_owned(), 9);
            table.row(name.chain([status.to_string()]).chain(rest));
            continue;
        }
        let differences = FIGURES
            .iter()
            .map(|(_, metrics, _)| less_empty(sheet, cell, metrics).map_or("–".to_owned(), signed));
        table.row(name.chain(differences).chain(whole(cell)));
    }
    if let Some(base) = empty(sheet) {
        let zeros = std::iter::repeat_n("0".to_owned(), 4);
        table.row(std::iter::once("empty image".to_owned()).chain(zeros).chain(whole(base)));
    }
    table
}

/// Sections of every other image of the record, whole.
fn other_images(page: &mut Page, source: Source<'_>, sheet: &Sheet) {
    let mut table = Table::new(
        "embedded-images",
        ["workload", "case", "n", "design", "flash", "static RAM", "stack", "instructions"],
    )
    .numbers_from(4);
    let mut cells: Vec<(&CellKey, &Cell)> = sheet
        .cells
        .iter()
        .filter(|(key, cell)| {
            key.workload != WORKLOAD
                && (cell.value("text_bytes").is_some() || cell.value("instr").is_some())
        })
        .collect();
    cells.sort_by_key(|(key, _)| {
        (&key.workload, source.suite.position(&key.workload, &key.case), key.n, Column::of(key))
    });
    for (key, cell) in cells {
        let figures =
            FIGURES.iter().map(|(_, metrics, _)| sum(cell, metrics).map_or("–".to_owned(), count));
        let name = [
            key.workload.clone(),
            key.case.clone(),
            count(key.n.into()),
            format!("`{}`", Column::of(key)),
        ];
        table.row(name.into_iter().chain(figures));
    }
    if !table.is_empty() {
        page.heading("Every other image");
        page.text("Whole images, nothing subtracted.");
        page.table(table, sheet, "");
    }
}
