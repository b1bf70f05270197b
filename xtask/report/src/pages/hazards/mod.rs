//! Hazards: one screen over all of them, and a page for each.

mod overview;
mod page;
mod predicted;
mod words;

use std::collections::BTreeMap;

use record::{CellKey, Role};

use crate::book::{Cell, Sheet};
use crate::column::Column;
use crate::outcome::Shown;
use crate::page::{Page, Source};
use crate::stories::{Story, UNSHIELDED};

pub(crate) use overview::sign;
pub(crate) use overview::{Overview, README_ROWS};
pub(crate) use page::price;

/// Target with the outcomes, unless a story says another.
const TARGET: &str = "sim";

/// One workload that is a hazard and no cost, with the record that decides about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hazard<'a> {
    pub(crate) id: &'a str,
    pub(crate) sheet: &'a Sheet,
    pub(crate) story: Option<&'a Story>,
}

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

impl<'a> Hazard<'a> {
    pub(crate) fn name(&self, source: Source<'a>) -> &'a str {
        self.story.map_or(source.suite.title(self.id), |story| story.name.as_str())
    }

    /// Cells in which the hazard may fire, at the largest size of their case.
    pub(crate) fn cells(&self, role: Role) -> impl Iterator<Item = (&'a CellKey, &'a Cell)> {
        let mut largest: BTreeMap<&str, u32> = BTreeMap::new();
        for (key, _) in self.sheet.of(self.id) {
            let size = largest.entry(&key.case).or_default();
            *size = key.n.max(*size);
        }
        let is_largest = move |key: &CellKey| largest.get(key.case.as_str()) == Some(&key.n);
        let is_role = move |cell: &Cell| cell.role == Some(role) || cell.role.is_none();
        self.sheet.of(self.id).filter(move |(key, cell)| is_largest(key) && is_role(cell))
    }

    /// The case that stands for the hazard.
    pub(crate) fn headline(&self, source: Source<'a>) -> Option<String> {
        let told = self.story.map(|story| story.headline.clone()).filter(|case| !case.is_empty());
        let first = || {
            let cases = self.cells(Role::Hazard).map(|(key, _)| key.case.as_str());
            let place = |case: &&str| source.suite.position(self.id, case).0;
            cases.min_by_key(place).map(str::to_owned)
        };
        // A twin without a word of the source stands beside the case and not for it.
        let is_here = |case: &&str| {
            !case.ends_with(UNSHIELDED)
                && self.cells(Role::Hazard).any(|(key, _)| key.case == *case)
        };
        let marked = || source.suite.headlines(self.id).find(is_here).map(str::to_owned);
        told.or_else(marked).or_else(first)
    }

    /// Whether the plain source of a case marks a step that must run to its end: it has a
    /// twin that does not.
    fn is_shielded(&self, source: Source<'a>, case: &str) -> bool {
        source.suite.case(self.id, &format!("{case}{UNSHIELDED}")).is_some()
    }

    /// Whether a shield does anything there: not where a future may be dropped.
    pub(crate) fn is_shielded_in(&self, source: Source<'a>, case: &str, column: &Column) -> bool {
        let must = self.sheet.roster.axis(column, "drop") == Some("must-complete");
        must && column.is_portable() && self.is_shielded(source, case)
    }

    pub(crate) fn outcome(&self, source: Source<'a>, key: &CellKey) -> Shown {
        outcome(source, self.sheet, key)
    }
}

/// The outcome of a cell. Where the machine's clock leaves no schedules, what was counted
/// decides.
fn outcome(source: Source<'_>, sheet: &Sheet, key: &CellKey) -> Shown {
    let shown = Shown::of(sheet, key).confirmed(source.book, key);
    let Some(cell) = sheet.cells.get(key).filter(|_| shown == Shown::Missing) else {
        return shown;
    };
    let counts = crate::counts::Counts::of_script(cell);
    match (cell.values.is_empty(), counts.is_clean()) {
        (true, _) => Shown::Missing,
        (false, true) => Shown::Absent,
        (false, false) => Shown::Occurs,
    }
}
