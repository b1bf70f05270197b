//! Everything the pages are made from, read once: one record per target.
//!
//! A book holds no statistic and no wording. Raw samples are kept as they are; what they
//! mean is asked of `xtask_judge::stats` in [`crate::wall`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use anyhow::Result;
use record::{CellKey, Kind, Latency, Line, Outcome, Record, Role, Run, ScheduleResult, Status};

use crate::column::Column;
use crate::group::Group;
use crate::roster::Roster;
use crate::stat;

/// An exact value over all launches of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exact {
    /// Every launch said this.
    Same(u64),
    /// Launches differ: smallest and largest.
    Differs(u64, u64),
}

/// Values of several launches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    /// Their median.
    pub(crate) mid: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Spread {
    /// Nothing of no value.
    pub(crate) fn of(values: &[f64]) -> Option<Spread> {
        let mid = stat::median(values)?;
        let low = values.iter().copied().fold(mid, f64::min);
        let high = values.iter().copied().fold(mid, f64::max);
        Some(Spread { mid, low, high })
    }
}

/// One cell over all its launches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    /// Launches that were recorded.
    pub(crate) launches: BTreeSet<u32>,
    /// The first status that was not ok.
    pub(crate) trouble: Option<Status>,
    /// Why there is no wall time; exact values stand.
    pub(crate) untimed: Option<Status>,
    /// Why there is no latency; exact values stand.
    pub(crate) unserved: Option<Status>,
    pub(crate) role: Option<Role>,
    pub(crate) values: BTreeMap<String, Exact>,
    /// The same, line by line: what belongs together was measured together.
    pub(crate) lines: Vec<BTreeMap<String, u64>>,
    /// What an open loop saw, launch by launch.
    pub(crate) latencies: Vec<Latency>,
    /// By schedule, of the first launch.
    pub(crate) schedules: Vec<ScheduleResult>,
    /// Whether a later launch had other results by schedule.
    pub(crate) schedules_differ: bool,
    pub(crate) compile: Option<String>,
    pub(crate) note: Option<String>,
}

/// The record of one target.
#[derive(Clone, Debug)]
pub(crate) struct Sheet {
    /// `<target>/<folder>`.
    pub(crate) name: String,
    /// Where a page finds the record, relative to itself.
    pub(crate) link: String,
    pub(crate) run: Run,
    pub(crate) roster: Arc<Roster>,
    pub(crate) cells: BTreeMap<CellKey, Cell>,
    /// Lines with samples, by group `workload/case,n=N:runtime`.
    pub(crate) times: BTreeMap<String, Vec<Line>>,
    /// What they came to, once it was asked for.
    pub(crate) timed: OnceLock<Vec<Group>>,
}

impl Sheet {
    /// Reads a whole record.
    ///
    /// # Errors
    /// Those of [`Record::lines`]: the first bad line, with file and line.
    pub(crate) fn read(dir: &Path, link: String, roster: &Arc<Roster>) -> Result<Sheet> {
        let record = Record::open(dir)?;
        let (mut cells, mut times) = (BTreeMap::new(), BTreeMap::new());
        record.lines(|line| {
            note_line(&mut cells, line);
            Ok(())
        })?;
        record.samples(|line| {
            note_samples(&mut cells, &mut times, line);
            Ok(())
        })?;
        let roster = Arc::clone(roster);
        let timed = OnceLock::new();
        Ok(Sheet { name: record.name(), link, run: record.run, roster, cells, times, timed })
    }

    /// The cells of a workload in order of key.
    pub(crate) fn of<'a>(
        &'a self,
        workload: &'a str,
    ) -> impl Iterator<Item = (&'a CellKey, &'a Cell)> {
        self.cells.iter().filter(move |(key, _)| key.workload == workload)
    }

    /// Who has a cell.
    pub(crate) fn column(&self, key: &CellKey) -> Column {
        self.roster.column(key)
    }

    /// The plain form of the design that others are compared with, in the same situation.
    pub(crate) fn reference(&self, key: &CellKey) -> Option<CellKey> {
        let design = self.roster.reference()?.to_owned();
        let variant = "portable".to_owned();
        Some(CellKey { design, mode: None, variant, ..key.clone() })
    }

    /// Columns that a workload has cells for.
    pub(crate) fn columns(&self, workload: &str) -> BTreeSet<Column> {
        self.of(workload).map(|(key, _)| self.column(key)).collect()
    }

    /// An exact value, if all launches agree and the cell is in order.
    pub(crate) fn value(&self, key: &CellKey, metric: &str) -> Option<u64> {
        self.cells.get(key)?.value(metric)
    }
}

impl Cell {
    /// An exact value on which all launches agree. A cell in trouble has none.
    pub(crate) fn value(&self, metric: &str) -> Option<u64> {
        if self.trouble.is_some() {
            return None;
        }
        match self.values.get(metric) {
            Some(Exact::Same(value)) => Some(*value),
            Some(Exact::Differs(..)) => None,
            None => self.script().and_then(|script| match metric {
                "finish_ms" => script.finish_ms.map(u64::from),
                _ => script.values.get(metric).copied(),
            }),
        }
    }

    /// A value over the launches, whether they agree or not. A cell in trouble has none.
    pub(crate) fn spread(&self, metric: &str) -> Option<Spread> {
        self.over_lines(|line| Some(stat::float(*line.get(metric)?)))
    }

    /// The same of each line's value over the operations of the same line, where a run has a
    /// measured part.
    pub(crate) fn per_operation(&self, metric: &str) -> Option<Spread> {
        self.over_lines(|line| {
            let operations = line.get("ops").filter(|ops| **ops > 0)?;
            Some(stat::float(*line.get(metric)?) / stat::float(*operations))
        })
    }

    fn over_lines(&self, of: impl Fn(&BTreeMap<String, u64>) -> Option<f64>) -> Option<Spread> {
        if self.trouble.is_some() {
            return None;
        }
        let values: Vec<f64> = self.lines.iter().filter_map(of).collect();
        Spread::of(&values)
    }

    /// The script as written: schedule 0.
    pub(crate) fn script(&self) -> Option<&ScheduleResult> {
        self.schedules.iter().find(|result| result.schedule == 0)
    }

    /// Schedules on which the hazard fired, and all of them.
    pub(crate) fn fired(&self) -> (usize, usize) {
        let fires = |result: &&ScheduleResult| {
            matches!(result.outcome, Outcome::Occurs | Outcome::Panics | Outcome::Hang)
        };
        (self.schedules.iter().filter(fires).count(), self.schedules.len())
    }
}

fn note_line(cells: &mut BTreeMap<CellKey, Cell>, line: Line) {
    let cell = cells.entry(line.cell).or_default();
    cell.launches.insert(line.launch);
    cell.role = cell.role.or(line.role);
    if !line.status.is_ok() {
        let place = match line.kind {
            Kind::Time => &mut cell.untimed,
            Kind::Latency => &mut cell.unserved,
            Kind::Exact | Kind::Outcome => &mut cell.trouble,
        };
        place.get_or_insert(line.status);
        return;
    }
    for (metric, &value) in &line.values {
        cell.values
            .entry(metric.clone())
            .and_modify(|known| *known = known.with(value))
            .or_insert(Exact::Same(value));
    }
    if !line.values.is_empty() {
        cell.lines.push(line.values);
    }
    if line.kind == Kind::Outcome {
        if cell.schedules.is_empty() {
            cell.schedules = line.schedules;
        } else if cell.schedules != line.schedules {
            cell.schedules_differ = true;
        }
    }
    cell.latencies.extend(line.latency);
    cell.compile = cell.compile.take().or(line.compile);
    cell.note = cell.note.take().or(line.note);
}

fn note_samples(
    cells: &mut BTreeMap<CellKey, Cell>,
    times: &mut BTreeMap<String, Vec<Line>>,
    line: Line,
) {
    let cell = cells.entry(line.cell.clone()).or_default();
    cell.launches.insert(line.launch);
    cell.role = cell.role.or(line.role);
    if !line.status.is_ok() {
        cell.untimed.get_or_insert(line.status);
    } else if let Some(samples) = &line.samples {
        times.entry(samples.group.clone()).or_default().push(line);
    }
}

impl Exact {
    fn with(self, value: u64) -> Exact {
        match self {
            Exact::Same(known) if known == value => self,
            Exact::Same(known) => Exact::Differs(known.min(value), known.max(value)),
            Exact::Differs(low, high) => Exact::Differs(low.min(value), high.max(value)),
        }
    }
}

/// A record that judged before the pinned one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Earlier {
    pub(crate) name: String,
    /// A commit that holds it, where it has left the tree.
    pub(crate) held_by: Option<String>,
}

/// The records of one page set, by target.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    pub(crate) sheets: BTreeMap<String, Sheet>,
    /// Names of further listed records by target, oldest first.
    pub(crate) history: BTreeMap<String, Vec<Earlier>>,
    /// Why a target has no sheet.
    pub(crate) missing: BTreeMap<String, String>,
    /// From the folder of the pages to the hand-written ones: empty, or ending in a slash.
    pub(crate) home: String,
    /// Whether this is a run on a reader's machine rather than the pinned records.
    pub(crate) local: bool,
}

impl Book {
    /// The sheet of a target.
    pub(crate) fn sheet(&self, target: &str) -> Option<&Sheet> {
        self.sheets.get(target)
    }

    /// Why there is no sheet of a target, as a sentence for a page.
    pub(crate) fn why_missing(&self, target: &str) -> String {
        match self.missing.get(target) {
            Some(reason) => format!("Not measured on `{target}`: {reason}."),
            None if self.local => format!(
                "Not measured on `{target}`: this run did not include it; \
                 `cargo xtask bench --target {target}` does."
            ),
            None => format!(
                "Not measured on `{target}`: no record is pinned; \
                 `cargo xtask bench --target {target} --record --pin` makes one."
            ),
        }
    }
}
