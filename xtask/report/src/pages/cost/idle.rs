//! What an idle connection holds.

use super::rows::{Row, rows, situations};
use super::shown::TARGET;
use crate::forms::Forms;
use crate::page::{Page, Source};
use crate::pages::curves::number;
use crate::plot::{Bar, BarGroup, bars};
use crate::table::count;

const WORKLOAD: &str = "io-trait-shapes";
const CASE: &str = "idle";

/// Metric and head of its column, each divided by the connections.
const HELD: [(&str, &str); 3] =
    [("live_bytes", "live heap B"), ("peak_bytes", "largest heap B"), ("rss_bytes", "resident B")];

/// Writes the page.
pub(super) fn page(source: Source<'_>) -> Page {
    let mut page = Page::new("idle", "What does an idle connection hold?");
    let Some(sheet) = source.book.sheet(TARGET) else {
        page.answer(&source.book.why_missing(TARGET));
        return page;
    };
    let place = situations(source, sheet, WORKLOAD).into_iter().rfind(|(case, _)| case == CASE);
    let Some((case, n)) = place else {
        page.answer(&format!("Not measured: the record holds no cell of `{WORKLOAD}`."));
        page.end(sheet, WORKLOAD);
        return page;
    };
    let mut all = rows(sheet, WORKLOAD, (&case, n));
    let held = |row: &Row<'_>| row.per_operation(HELD[0].0).unwrap_or(f64::MAX);
    all.sort_by(|a, b| held(a).total_cmp(&held(b)));
    let known: Vec<&Row<'_>> =
        all.iter().filter(|row| row.per_operation(HELD[0].0).is_some()).collect();
    if let (Some(least), Some(most)) = (known.first(), known.last()) {
        page.answer(&format!(
            "Of {} connections that wait for their first byte, each holds {} B of heap in `{}` \
                and {} B in `{}`.\n\
             What decides is when a buffer is bound: before the wait, or when there is data.",
            count(n.into()),
            number(held(least), 0),
            least.column.design,
            number(held(most), 0),
            most.column.design,
        ));
    }
    page.text(
        "The clients are in another process; buffers that a socket has in the kernel are not \
            counted.\n\
         Resident bytes lie below live heap where memory was asked for and never touched.",
    );
    let (kept, folded) = forms(&all);
    if known.len() > 1 {
        page.figure(figure(&known, n));
    }
    let merged = kept.finish_between(1..4);
    page.table(merged.table);
    page.text(&merged.notes);
    let merged = folded.finish_between(1..4);
    page.fold_table("The other forms", merged.table, &merged.notes);
    let claims = source.claims.links(WORKLOAD);
    if !claims.is_empty() {
        page.text(&format!("Claims that read these figures: {}.", claims.join(", ")));
    }
    page.text("All questions: [What does it cost?](page:cost.md).");
    page.end(sheet, WORKLOAD);
    page
}

/// Rows of the table that is not folded.
const SHOWN: usize = 12;

fn forms(all: &[Row<'_>]) -> (Forms, Forms) {
    let head = ["form"].into_iter().chain(HELD.iter().map(|(_, head)| *head)).chain(["note"]);
    let mut forms = Forms::new("idle", head, 0);
    for row in all {
        let mut cells: Vec<String> = HELD
            .iter()
            .map(|(metric, _)| {
                let it = row.cell.and_then(|cell| cell.per_operation(metric));
                it.map_or("–".to_owned(), |it| number(it.mid, 0))
            })
            .collect();
        cells.push(row.trouble().unwrap_or_default());
        forms.row(row.column.clone(), cells);
    }
    forms.split(SHOWN)
}

fn figure(known: &[&Row<'_>], n: u32) -> crate::plot::Figure {
    #[expect(clippy::cast_possible_truncation, reason = "bytes, rounded for a bar")]
    let whole = |value: f64| value.round() as i128;
    let mut bars_: Vec<Bar> = Vec::new();
    for row in known {
        let value = row.per_operation(HELD[0].0).map(whole);
        let name = row.column.who();
        if bars_.iter().any(|bar| bar.value == value) || bars_.len() == 8 {
            continue;
        }
        bars_.push(Bar { name, family: row.column.family, value });
    }
    let group = BarGroup {
        title: "live heap per idle connection".to_owned(),
        unit: format!("B, n = {n}; equal ones once"),
        bars: bars_,
    };
    bars("cost-idle", &format!("Live heap bytes per idle connection, n = {n}"), &[group])
}
