//! The page of one hazard: its story, all forms as rows, sources, predictions and claims.

use std::collections::BTreeSet;

use super::entry::{Entry, entries, price};
use super::hazard::Hazard;
use super::predicted;
use super::words::{
    cases, controls, elsewhere, reasons, replay, result, rewritten, shields, sources,
};
use crate::counts::Counts;
use crate::forms::Forms;
use crate::outcome::{Shown, share};
use crate::page::{Page, Source};
use crate::table::count;

/// What no such page can say.
const NOT_SHOWN: &str = "\
Not shown: how often this happens in production, and what an executor does that does not run \
tasks first in, first out.";

/// Rows above which the forms of the headline case stand alone and the others are folded.
const ROWS: usize = 40;

/// Writes the page.
pub(super) fn page(source: Source<'_>, hazard: &Hazard<'_>) -> Page {
    let mut page = Page::new(&format!("hazards/{}", hazard.id), hazard.name(source));
    let story = hazard.story.map_or(String::new(), |it| it.story.trim().to_owned());
    page.answer(&format!("{story}\n{}", result(source, hazard)));
    if let Some(remedy) = hazard.story.map(|it| it.remedy.trim()).filter(|it| !it.is_empty()) {
        page.text(&format!("What an expert does: {remedy}\n{}", rewritten(source, hazard)));
    }
    forms(&mut page, source, hazard);
    page.text(&reasons(source, hazard));
    page.text(&shields(source, hazard));
    page.text(&replay(source, hazard));
    page.heading("Cases, sources, claims");
    page.text(&cases(source, hazard));
    page.text(&sources(source, hazard));
    let claims = source.claims.links(hazard.id);
    if !claims.is_empty() {
        page.text(&format!("Claims that read it: {}.", claims.join(", ")));
    }
    let predictions = predicted::sentences(source, hazard);
    if !predictions.is_empty() {
        page.heading("Predicted and measured");
        page.text(&predictions);
    }
    elsewhere(&mut page, source, hazard);
    page.text(&controls(source, hazard));
    page.text(NOT_SHOWN);
    page.text("All hazards beside each other: [hazards](page:hazards.md).");
    page.end(hazard.sheet, hazard.id);
    page
}

/// The one table, or the headline's with the other cases folded.
fn forms(page: &mut Page, source: Source<'_>, hazard: &Hazard<'_>) {
    let entries = entries(source, hazard);
    let extra = extra(&entries);
    let head = ["case", "form", "outcome", "how many", "schedules", "price"].map(str::to_owned);
    let head: Vec<String> =
        head.into_iter().chain(extra.iter().map(|(_, head)| (*head).to_owned())).collect();
    let headline = hazard.headline(source).unwrap_or_default();
    let id = format!("hazards-{}", hazard.id);
    let mut shown = Forms::new(&id, head.clone(), 1);
    let mut folded = Forms::new(&format!("{id}-cases"), head, 1);
    let distinct: BTreeSet<&str> = entries.iter().map(|entry| entry.key.case.as_str()).collect();
    let few = entries.len() <= ROWS || distinct.len() == 1;
    for entry in entries {
        let cells = row(source, hazard, &entry, &extra);
        let into = if few || entry.key.case == headline { &mut shown } else { &mut folded };
        into.row(entry.column, cells);
    }
    let merged = shown.finish(4);
    page.table(merged.table);
    page.text(&merged.notes);
    let merged = folded.finish(4);
    page.fold_table("The other cases", merged.table, &merged.notes);
}

/// What stands beside an outcome without being one, where any form has it.
fn extra(entries: &[Entry<'_>]) -> Vec<(&'static str, &'static str)> {
    let has = |metric: &str| entries.iter().any(|it| it.cell.value(metric).is_some_and(|v| v > 0));
    [("claimed_ahead", "claimed ahead"), ("reclaimed_late", "closed unused")]
        .into_iter()
        .filter(|(metric, _)| has(metric))
        .collect()
}

fn row(
    source: Source<'_>,
    hazard: &Hazard<'_>,
    entry: &Entry<'_>,
    extra: &[(&str, &str)],
) -> Vec<String> {
    let case = source.stories.case(hazard.id, &entry.key.case);
    let mark =
        if hazard.is_shielded_in(source, &entry.key.case, &entry.column) { " †" } else { "" };
    let counts = Counts::of_script(entry.cell);
    let outcome = if entry.shown.fires() && counts.stuck {
        "● deadlock".to_owned()
    } else {
        entry.shown.label()
    };
    let known = entry.shown.is_known() && !matches!(entry.shown, Shown::Inexpressible(..));
    let mut row = vec![
        case,
        format!("{outcome}{mark}"),
        if entry.shown.fires() { counts.words(entry.key.n) } else { "–".to_owned() },
        if known { share(entry.cell) } else { "–".to_owned() },
        // A run that loses items or stops is quick because it does less: it has no price.
        if known && !entry.shown.fires() { price(entry.cell) } else { "–".to_owned() },
    ];
    row.extend(
        extra.iter().map(|(metric, _)| entry.cell.value(metric).map_or("–".to_owned(), count)),
    );
    row
}
