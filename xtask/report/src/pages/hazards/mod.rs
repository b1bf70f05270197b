//! Hazards: one screen over all of them, and a page for each.

mod entry;
mod hazard;
mod overview;
mod page;
mod predicted;
mod words;

use std::collections::BTreeMap;

use crate::page::{Page, Source};

pub(crate) use entry::price;
pub(crate) use hazard::Hazard;
use hazard::TARGET;
pub(crate) use overview::sign;
pub(crate) use overview::{Overview, README_ROWS};

/// The overview, then a page for each hazard.
pub(crate) fn pages(source: Source<'_>) -> Vec<Page> {
    let hazards = all(source);
    let mut pages = vec![overview::page(source, &hazards)];
    pages.extend(hazards.iter().map(|hazard| page::page(source, hazard)));
    pages
}

/// Hazards of the records: those that a story tells of, and those that were run on more than
/// one schedule, which costs are not.
pub(crate) fn all(source: Source<'_>) -> Vec<Hazard<'_>> {
    let book = source.book;
    let mut found: BTreeMap<&str, Hazard<'_>> = BTreeMap::new();
    for id in source.stories.ids() {
        let story = source.stories.of(id);
        let target = story.map_or("", |story| story.target.as_str());
        let target = if target.is_empty() { TARGET } else { target };
        let sheet = book.sheet(target).filter(|sheet| sheet.of(id).next().is_some());
        if let Some(sheet) = sheet {
            found.insert(id, Hazard { id, sheet, story });
        }
    }
    if let Some(sheet) = book.sheet(TARGET) {
        for (key, cell) in &sheet.cells {
            if cell.schedules.len() > 1 {
                let id = key.workload.as_str();
                found.entry(id).or_insert(Hazard { id, sheet, story: None });
            }
        }
    }
    let mut all: Vec<Hazard<'_>> = found.into_values().collect();
    all.sort_by_key(|hazard| (source.stories.place(hazard.id), hazard.id));
    all
}
