//! What went wrong in a run, each kind counted apart.
//!
//! The record counts items that never arrived. In a run that the watchdog of virtual time
//! ended nothing more could move, and the record does not tell what was dropped from what
//! still waits: there they are undelivered, in a run that ended they are lost.

use record::ScheduleResult;

use crate::book::Cell;
use crate::table::count;

/// Counts of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Counts {
    /// Nothing could move any more.
    pub(crate) stuck: bool,
    /// Taken from their source, never at a sink, in a run that ended.
    pub(crate) lost: u64,
    /// Not at a sink, in a run that is stuck.
    pub(crate) undelivered: u64,
    pub(crate) duplicated: u64,
    /// Used after their peer had closed.
    pub(crate) late: u64,
    /// Opened, and neither used nor closed.
    pub(crate) leaked: u64,
    /// Writes into memory whose operation had been cancelled.
    pub(crate) stale: u64,
    /// What the judge counted, where the record holds no count by kind.
    pub(crate) severity: u64,
}

impl Counts {
    /// Of one schedule; what it does not hold is that of the cell.
    pub(crate) fn of(cell: &Cell, result: Option<&ScheduleResult>) -> Counts {
        let value = |metric: &str| {
            let here = result.and_then(|it| it.values.get(metric).copied());
            let in_cell = || {
                let script = result.is_none_or(|it| it.schedule == 0);
                if script { cell.value(metric) } else { None }
            };
            here.or_else(in_cell).unwrap_or(0)
        };
        let stuck = result.is_some_and(|it| it.watchdog);
        let missing = value("lost_items");
        Counts {
            stuck,
            lost: if stuck { 0 } else { missing },
            undelivered: if stuck { missing } else { 0 },
            duplicated: value("duplicated_items"),
            late: value("late_items"),
            leaked: value("leaked"),
            stale: value("stale_writes"),
            severity: result.map_or(0, |it| it.severity.into()),
        }
    }

    /// Of the script as written, or of a cell without schedules.
    pub(crate) fn of_script(cell: &Cell) -> Counts {
        Counts::of(cell, cell.script())
    }

    /// Whether nothing went wrong.
    pub(crate) fn is_clean(&self) -> bool {
        *self == Counts::default()
    }

    /// Each kind that is not zero, with its word.
    fn kinds(&self) -> Vec<(u64, &'static str)> {
        let all = [
            (self.lost, "lost"),
            (self.undelivered, "undelivered"),
            (self.duplicated, "duplicated"),
            (self.late, "late"),
            (self.leaked, "leaked"),
            (self.stale, "stale"),
        ];
        all.into_iter().filter(|(value, _)| *value > 0).collect()
    }

    /// `11 of 30 lost`; with several kinds `11 lost, 2 late`.
    pub(crate) fn words(&self, n: u32) -> String {
        match self.kinds().as_slice() {
            [] if self.stuck => "all stuck".to_owned(),
            [] if self.severity > 0 => format!("severity {}", count(self.severity)),
            [] => "–".to_owned(),
            // More than the size: a unit of its own, and no part of it.
            [(value, word)] if *value > n.into() => format!("{} {word}", count(*value)),
            [(value, word)] => format!("{} of {} {word}", count(*value), count(n.into())),
            all => {
                let parts = all.iter().map(|(value, word)| format!("{} {word}", count(*value)));
                parts.collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// The shortest: `deadlock`, `11/30`.
    pub(crate) fn short(&self, n: u32) -> String {
        match self.kinds().first() {
            _ if self.stuck => "deadlock".to_owned(),
            Some((value, _)) => of(*value, n),
            None if self.severity > 0 => of(self.severity, n),
            None => String::new(),
        }
    }
}

/// `11/30`; more than the size is in a unit of its own, and no part of it.
fn of(value: u64, n: u32) -> String {
    if value > n.into() {
        return count(value);
    }
    format!("{}/{}", count(value), count(n.into()))
}

/// The schedule on which most went wrong, the script before others that are equal.
pub(crate) fn worst(cell: &Cell) -> Option<(u32, Counts)> {
    let all =
        cell.schedules.iter().map(|it| (it.schedule, it.severity, Counts::of(cell, Some(it))));
    all.max_by_key(|(schedule, severity, _)| (*severity, std::cmp::Reverse(*schedule)))
        .map(|(schedule, _, counts)| (schedule, counts))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use record::{Outcome, Receipt};

    use super::*;

    fn result(schedule: u32, watchdog: bool, lost: u64) -> ScheduleResult {
        ScheduleResult {
            schedule,
            outcome: Outcome::Occurs,
            severity: u32::try_from(lost).expect("small"),
            receipt: Receipt(1),
            watchdog,
            finish_ms: None,
            values: BTreeMap::from([("lost_items".to_owned(), lost)]),
        }
    }

    #[test]
    fn what_a_deadlock_leaves_is_undelivered_and_not_lost() {
        let stuck = result(0, true, 26);
        let cell = Cell { schedules: vec![stuck, result(1, false, 11)], ..Cell::default() };
        let script = Counts::of_script(&cell);
        assert_eq!((script.stuck, script.lost, script.undelivered), (true, 0, 26));
        assert_eq!(script.words(30), "26 of 30 undelivered");
        assert_eq!(script.short(30), "deadlock");
        let other = Counts::of(&cell, cell.schedules.get(1));
        assert_eq!((other.stuck, other.lost, other.undelivered), (false, 11, 0));
        assert_eq!(other.short(30), "11/30");
        assert_eq!((other.short(4), other.words(4)), ("11".to_owned(), "11 lost".to_owned()));
    }

    #[test]
    fn the_worst_schedule_is_the_first_of_the_most_severe() {
        let schedules = vec![result(0, false, 11), result(1, false, 13), result(2, false, 13)];
        let cell = Cell { schedules, ..Cell::default() };
        assert_eq!(worst(&cell).map(|(schedule, counts)| (schedule, counts.lost)), Some((1, 13)));
    }
}
