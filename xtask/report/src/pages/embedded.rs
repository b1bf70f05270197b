//! What one design costs on a microcontroller: flash, static RAM, stack, instructions.

use record::CellKey;

use crate::book::{Cell, Sheet};
use crate::column::Column;
use crate::forms::Forms;
use crate::page::{Page, Source};
use crate::plot::{Bar, BarGroup, bars};
use crate::table::{Table, count, signed};

const WORKLOAD: &str = "embedded-footprint";
/// The baseline whose image starts, reports and does nothing else.
const EMPTY: &str = "empty";

/// Writes the page.
pub(crate) fn page(source: Source<'_>) -> Page {
    let mut page = Page::new("embedded", "What does a firmware cost?");
    let Some(sheet) = source.book.sheet("cortex-m4") else {
        page.answer(&source.book.why_missing("cortex-m4"));
        return page;
    };
    footprint(&mut page, source, sheet);
    other_images(&mut page, source, sheet);
    let claims = source.claims.links(WORKLOAD);
    if !claims.is_empty() {
        page.text(&format!("Claims that read these figures: {}.", claims.join(", ")));
    }
    page.text("All questions: [What does it cost?](page:cost.md).");
    page.end(sheet, WORKLOAD);
    page
}

const INTRO: &str = "\
The microcontroller is emulated (QEMU); instructions are counted by the emulator and are not cycles.
One image holds one design and one workload, so that what is linked is what that design needs.
Figures are those of the image less the empty image, which starts, reports and does nothing else.
Flash is `.text`, `.rodata` and the initial values of `.data`; static RAM is `.data` and `.bss` \
without the workbench's own world; stack is the deepest reached, found by painting it.";

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
    let mut cells: Vec<(&CellKey, &Cell)> =
        sheet.of(WORKLOAD).filter(|(key, _)| key.design != EMPTY).collect();
    if cells.is_empty() {
        page.answer("Not measured: the record holds no cell of `embedded-footprint`.");
        return;
    }
    cells.sort_by_key(|(key, _)| (source.suite.position(WORKLOAD, &key.case), sheet.column(key)));
    page.answer(&answer(sheet, &cells));
    page.text(INTRO);
    if empty(sheet).is_none() {
        page.text(
            "The record holds no empty image: no difference is formed, and the bars show \
            whole images.",
        );
    }
    page.figure(figure(sheet, &cells));
    let merged = less(sheet, &cells).finish(2);
    page.table(merged.table);
    page.text(&merged.notes);
    page.fold_table("Sections of the whole images", whole(sheet, &cells), "");
}

/// Least and most flash and static RAM.
fn answer(sheet: &Sheet, cells: &[(&CellKey, &Cell)]) -> String {
    let ends = |at: usize| {
        let (_, metrics, unit) = FIGURES[at];
        let figure = |(key, cell): &(&CellKey, &Cell)| {
            let column = sheet.column(key);
            let value = less_empty(sheet, cell, metrics)?;
            (!column.is_baseline()).then_some((value, column))
        };
        let mut all: Vec<(i128, Column)> = cells.iter().filter_map(figure).collect();
        all.sort_by_key(|one| one.0);
        let number = |value: i128| signed(value).trim_start_matches('+').to_owned();
        let one = |(value, column): &(i128, Column)| {
            format!("{} {unit} in `{}`", number(*value), column.design)
        };
        let range = |(low, high): (&(i128, Column), &(i128, Column))| {
            if low.0 == high.0 {
                format!("{} {unit} in every design", number(low.0))
            } else {
                format!("{} to {}", one(low), one(high))
            }
        };
        all.first().zip(all.last()).map(range)
    };
    match (ends(0), ends(1)) {
        (Some(flash), Some(ram)) => {
            format!(
                "Beyond an empty image, the same firmware needs, of flash, {flash}; of static \
                    RAM, {ram}."
            )
        }
        _ => "No difference to an empty image could be formed.".to_owned(),
    }
}

/// Differences to the empty image.
fn less(sheet: &Sheet, cells: &[(&CellKey, &Cell)]) -> Forms {
    let head = ["case", "form"].into_iter().chain(FIGURES.map(|(title, ..)| title));
    let mut forms = Forms::new("embedded", head, 1);
    for (key, cell) in cells {
        let figure =
            |metrics: &[&str]| less_empty(sheet, cell, metrics).map_or("–".to_owned(), signed);
        let mut row = vec![key.case.clone()];
        match &cell.trouble {
            Some(status) => {
                row.push(status.to_string());
                row.extend(std::iter::repeat_n("–".to_owned(), FIGURES.len() - 1));
            }
            None => row.extend(FIGURES.iter().map(|(_, metrics, _)| figure(metrics))),
        }
        forms.row(sheet.column(key), row);
    }
    forms
}

fn figure(sheet: &Sheet, cells: &[(&CellKey, &Cell)]) -> crate::plot::Figure {
    let flash = |cell: &Cell| {
        let (_, metrics, _) = FIGURES[0];
        let whole = || sum(cell, metrics).filter(|_| empty(sheet).is_none()).map(i128::from);
        less_empty(sheet, cell, metrics).or_else(whole)
    };
    let mut groups: Vec<BarGroup> = Vec::new();
    for (key, cell) in cells {
        let column = sheet.column(key);
        let title = format!("flash, case {}", key.case);
        if groups.last().is_none_or(|group| group.title != title) {
            groups.push(BarGroup { title, unit: "B".to_owned(), bars: Vec::new() });
        }
        let bar = Bar { name: column.to_string(), family: column.family, value: flash(cell) };
        groups.last_mut().expect("pushed just above").bars.push(bar);
    }
    for group in &mut groups {
        group.bars.sort_by_key(|bar| bar.value.unwrap_or(i128::MAX));
    }
    bars("embedded", "Flash of one firmware on Cortex-M4, less the empty image", &groups)
}

/// Whole sections.
fn whole(sheet: &Sheet, cells: &[(&CellKey, &Cell)]) -> Table {
    const WHOLE: [&str; 6] =
        ["text_bytes", "rodata_bytes", "data_bytes", "bss_bytes", "stack_bytes", "instr"];
    let whole = |cell: &Cell| WHOLE.map(|metric| cell.value(metric).map_or("–".to_owned(), count));
    let head = ["case", "form", ".text", ".rodata", ".data", ".bss", "stack", "instructions"];
    let mut table = Table::new("embedded-sections", head).numbers_from(2);
    for (key, cell) in cells {
        let name = [key.case.clone(), format!("`{}`", sheet.column(key))].into_iter();
        table.row(name.chain(whole(cell)));
    }
    if let Some(base) = empty(sheet) {
        let name = ["–".to_owned(), "empty image".to_owned()].into_iter();
        table.row(name.chain(whole(base)));
    }
    table
}

/// Rows of the folded table; the CSV of the records has all.
const OTHERS: usize = 120;

/// Every other image of the record, whole: the plain forms at the largest size.
fn other_images(page: &mut Page, source: Source<'_>, sheet: &Sheet) {
    let head = ["workload", "case", "form", "flash", "static RAM", "stack", "instructions"];
    let mut forms = Forms::new("embedded-images", head, 2);
    let is_other = |(key, cell): &(&CellKey, &Cell)| {
        let larger =
            |other: &&CellKey| CellKey { n: key.n, ..(*other).clone() } == **key && other.n > key.n;
        key.workload != WORKLOAD
            && key.variant == "portable"
            && cell.role != Some(record::Role::Control)
            && cell.value("text_bytes").is_some()
            && !sheet.of(&key.workload).any(|(other, _)| larger(&other))
    };
    let mut cells: Vec<(&CellKey, &Cell)> = sheet.cells.iter().filter(is_other).collect();
    cells.sort_by_key(|(key, _)| {
        (&key.workload, source.suite.position(&key.workload, &key.case), sheet.column(key))
    });
    for (key, cell) in cells {
        let figures =
            FIGURES.iter().map(|(_, metrics, _)| sum(cell, metrics).map_or("–".to_owned(), count));
        let name = [key.workload.clone(), key.case.clone()].into_iter();
        forms.row(sheet.column(key), name.chain(figures).collect());
    }
    let (forms, _) = forms.split(OTHERS);
    let merged = forms.finish(3);
    page.fold_table("Every other image, whole, nothing subtracted", merged.table, &merged.notes);
}
