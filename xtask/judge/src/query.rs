//! A check, the records that it is asked of, and what an answer is. Asking is in [`crate::ask`].

use std::collections::BTreeSet;

use record::{CellKey, Kind};

use crate::catalog::Catalog;
use crate::claim::{Check, Schedules};
use crate::evidence::{Cell, Evidence, Schedule};
use crate::range::Range;
use crate::read::{Gap, problem};
use crate::select::Pick;
use crate::stats;
use crate::verdicts::CellUsed;

/// One cell, or one schedule of a cell, as a number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) target: String,
    pub(crate) key: CellKey,
    pub(crate) schedule: u32,
    pub(crate) value: Range,
}

/// What a check measured.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Measured {
    /// An exact number.
    Number(f64),
    /// An outcome or a compile result.
    Word(String),
    /// A number that varies between so many launches: its median, smallest and largest.
    Spread(stats::Interval, u32),
    /// An estimate from so many launches.
    Estimate(stats::Interval, u32),
    /// The same of times, with the A/A spread of their group.
    Timed(stats::Interval, u32, f64),
}

impl Measured {
    pub(crate) fn of(range: Range) -> Measured {
        match range.launches {
            Some(launches) => Measured::Spread(range.interval(), launches),
            None => Measured::Number(range.mid),
        }
    }
}

/// The answer to a check.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) measured: Option<Measured>,
    pub(crate) of: Vec<Point>,
    pub(crate) vs: Vec<Point>,
    pub(crate) cells: Vec<CellUsed>,
}

/// A check and the records it is asked of, one per target of its group.
pub(crate) struct Query<'a> {
    pub(crate) check: &'a Check,
    pub(crate) evidence: Vec<&'a Evidence>,
    pub(crate) catalog: &'a Catalog,
}

/// The cells of a selection, each with the record that it is in.
type Found<'a> = Vec<(&'a Evidence, &'a CellKey, &'a Cell)>;

impl Query<'_> {
    pub(crate) fn of(&self) -> Pick {
        Pick::of(&self.check.of)
    }

    pub(crate) fn vs(&self) -> Option<Pick> {
        self.check.vs.as_ref().map(|vs| Pick::versus(&self.check.of, vs))
    }

    /// The cells of a selection; one that was named and is not there is a gap.
    pub(crate) fn find<'b>(&self, pick: &Pick, all: &[&'b Evidence]) -> Result<Found<'b>, Gap> {
        let mut found = Found::new();
        for evidence in all {
            let cells: Vec<(&CellKey, &Cell)> = evidence.cells(pick).collect();
            let keys: BTreeSet<&CellKey> = cells.iter().map(|(key, _)| *key).collect();
            if let Some(missing) = pick.missing(&keys) {
                let name = &evidence.name;
                return Err(Gap::Missing(format!("{missing} is not in {name}")));
            }
            // A selection by glob is about the cells that can run.
            let by_name = pick.names_designs();
            let usable = cells.into_iter().filter(|(_, cell)| by_name || !cell.unsupported);
            found.extend(usable.map(|(key, cell)| (*evidence, key, cell)));
        }
        match found.is_empty() {
            true => Err(Gap::Missing("no cell matches".to_owned())),
            false => Ok(found),
        }
    }

    /// The schedules that the check reads.
    pub(crate) fn schedules<'b>(&self, cell: &'b Cell) -> Result<Vec<&'b Schedule>, Gap> {
        if cell.schedules.is_empty() || cell.problems.contains_key(&Kind::Outcome) {
            return Err(problem(cell, Kind::Outcome));
        }
        if cell.unsteady {
            return Err(Gap::Unsteady("launches differ on the same schedules".to_owned()));
        }
        let all = self.check.schedules == Schedules::All;
        Ok(cell.schedules.iter().filter(|one| all || one.number == 0).collect())
    }
}
