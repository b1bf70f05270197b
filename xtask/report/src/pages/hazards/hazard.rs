//! A hazard with the record that decides about it.

use std::collections::BTreeMap;

use record::{CellKey, Role};

use crate::book::{Cell, Sheet};
use crate::column::Column;
use crate::outcome::Shown;
use crate::page::Source;
use crate::stories::{Story, UNSHIELDED};

/// Target with the outcomes, unless a story says another.
pub(super) const TARGET: &str = "sim";

/// One workload that is a hazard and no cost, with the record that decides about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hazard<'a> {
    pub(crate) id: &'a str,
    pub(crate) sheet: &'a Sheet,
    pub(crate) story: Option<&'a Story>,
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
    pub(super) fn is_shielded(&self, source: Source<'a>, case: &str) -> bool {
        source.suite.case(self.id, &format!("{case}{UNSHIELDED}")).is_some()
    }

    /// Whether a shield does anything there: not where cancelling drops a future at once.
    pub(crate) fn is_shielded_in(&self, source: Source<'a>, case: &str, column: &Column) -> bool {
        let asks = matches!(self.sheet.roster.axis(column, "cancel"), Some("value" | "request"));
        asks && column.is_portable() && self.is_shielded(source, case)
    }

    pub(crate) fn outcome(&self, source: Source<'a>, key: &CellKey) -> Shown {
        outcome(source, self.sheet, key)
    }
}

/// The outcome of a cell. Where the machine's clock leaves no schedules, what was counted
/// decides.
pub(super) fn outcome(source: Source<'_>, sheet: &Sheet, key: &CellKey) -> Shown {
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
