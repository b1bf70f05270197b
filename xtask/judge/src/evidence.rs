//! What the claims need of a record, read once.
//!
//! A record is streamed; only metrics of cells that some claim selects are kept, so memory
//! grows with the claims and not with the record.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use record::{CellKey, Kind, Line, Outcome, Record, Role, Run, Status};

use crate::claim::{Check, Claim, Compare, GuardKind, Reduce, Schedules};
use crate::select::{Pick, counterpart};

/// One schedule of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    pub(crate) number: u32,
    pub(crate) outcome: Outcome,
    pub(crate) values: BTreeMap<String, u64>,
}

/// A cell on one target.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    /// Status of the first line of each kind that does not count.
    pub(crate) problems: BTreeMap<Kind, String>,
    /// Whether the design cannot run it.
    pub(crate) unsupported: bool,
    /// Exact values, one per launch.
    pub(crate) exact: BTreeMap<String, Vec<u64>>,
    /// Schedules of the first launch.
    pub(crate) schedules: Vec<Schedule>,
    /// Whether another launch saw something else on the same schedules.
    pub(crate) unsteady: bool,
    /// Compile results, one per launch.
    pub(crate) compile: Vec<String>,
    /// `same code as poll`.
    pub(crate) note: Option<String>,
}

/// Control cases of a workload.
#[derive(Clone, Debug, Default)]
pub(crate) struct Controls {
    /// Designs of which a control ran.
    pub(crate) seen: BTreeSet<String>,
    /// Cells whose control was not quiet, and how.
    pub(crate) fired: Vec<(CellKey, String)>,
}

/// One record, as far as claims read it.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    pub(crate) name: String,
    pub(crate) run: Run,
    pub(crate) cells: BTreeMap<CellKey, Cell>,
    pub(crate) controls: BTreeMap<String, Controls>,
    /// Timed lines of the groups that claims read.
    pub(crate) timed: Vec<Line>,
}

/// What is wanted of the cells that a selector matches.
struct Want {
    pick: Pick,
    metrics: BTreeSet<String>,
    schedules: bool,
    timed: bool,
}

impl Evidence {
    /// Streams a record once, and its samples if a claim is statistical.
    pub(crate) fn read(record: &Record, claims: &[&Claim]) -> Result<Evidence> {
        let target = &record.run.target;
        let wants = wants(claims, target);
        let guarded = claims.iter().any(|claim| guarded(claim, GuardKind::ControlQuiet));
        let mut evidence = Evidence {
            name: record.name(),
            run: record.run.clone(),
            cells: BTreeMap::new(),
            controls: BTreeMap::new(),
            timed: Vec::new(),
        };
        record.lines(|line| {
            if guarded {
                evidence.control(&line);
            }
            evidence.line(line, &wants);
            Ok(())
        })?;
        if wants.iter().any(|want| want.timed) {
            let mut groups = BTreeSet::new();
            record.samples(|line| {
                if wants.iter().any(|want| want.timed && want.pick.matches(&line.cell)) {
                    evidence.status(&line);
                    groups.extend(line.samples.map(|samples| samples.group));
                }
                Ok(())
            })?;
            record.samples(|line| {
                let group = line.samples.as_ref().map(|samples| &samples.group);
                if group.is_some_and(|group| groups.contains(group)) {
                    evidence.timed.push(line);
                }
                Ok(())
            })?;
        }
        Ok(evidence)
    }

    /// Remembers that the cell exists, and whether its lines count.
    fn status(&mut self, line: &Line) -> &mut Cell {
        let cell = self.cells.entry(line.cell.clone()).or_default();
        if let Status::Not { word, .. } = &line.status
            && !hung(line)
        {
            cell.unsupported |= word == "unsupported";
            cell.problems.entry(line.kind).or_insert_with(|| line.status.to_string());
        }
        cell
    }

    fn line(&mut self, line: Line, wants: &[Want]) {
        let wanted: Vec<&Want> = wants.iter().filter(|w| w.pick.matches(&line.cell)).collect();
        if wanted.is_empty() {
            return;
        }
        let cell = self.status(&line);
        cell.note = cell.note.take().or_else(|| line.note.clone());
        if !line.status.is_ok() && !hung(&line) {
            return;
        }
        cell.compile.extend(line.compile);
        let keep = |metric: &String| wanted.iter().any(|want| want.metrics.contains(metric));
        for (metric, value) in line.values {
            if keep(&metric) {
                cell.exact.entry(metric).or_default().push(value);
            }
        }
        if !wanted.iter().any(|want| want.schedules) || line.schedules.is_empty() {
            return;
        }
        let mut schedules: Vec<Schedule> = Vec::with_capacity(line.schedules.len());
        for mut one in line.schedules {
            // What the workload says of itself wins over the end of the root.
            if let Some(ms) = one.finish_ms {
                one.values.entry("finish_ms".to_owned()).or_insert_with(|| ms.into());
            }
            one.values.retain(|metric, _| keep(metric));
            let (number, outcome, values) = (one.schedule, one.outcome, one.values);
            schedules.push(Schedule { number, outcome, values });
        }
        if cell.schedules.is_empty() {
            cell.schedules = schedules;
        } else {
            cell.unsteady |= cell.schedules != schedules;
        }
    }

    fn control(&mut self, line: &Line) {
        if line.role != Some(Role::Control) || line.kind == Kind::Time {
            return;
        }
        let controls = self.controls.entry(line.cell.workload.clone()).or_default();
        match &line.status {
            Status::Not { word, .. } if word == "unsupported" => return,
            Status::Not { .. } => {
                controls.fired.push((line.cell.clone(), line.status.to_string()));
            }
            Status::Ok => {}
        }
        let fired = line.schedules.iter().find(|one| one.outcome != Outcome::Absent);
        if let Some(one) = fired {
            let how = format!("{} on schedule {}", word(one.outcome), one.schedule);
            controls.fired.push((line.cell.clone(), how));
        }
        // A runner fails a control that fires, so an exact line that counts was quiet too.
        if line.status.is_ok() {
            controls.seen.insert(line.cell.design.clone());
        }
    }

    /// The cells of a selection.
    pub(crate) fn cells(&self, pick: &Pick) -> impl Iterator<Item = (&CellKey, &Cell)> {
        self.cells.iter().filter(move |(key, _)| pick.matches(key))
    }
}

/// A root that did not drain has an outcome, and no values.
fn hung(line: &Line) -> bool {
    let hang = matches!(&line.status, Status::Not { word, .. } if word == "hang");
    hang && line.kind == Kind::Outcome && !line.schedules.is_empty()
}

/// An outcome as claims spell it.
pub(crate) const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Occurs => "occurs",
        Outcome::Absent => "absent",
        Outcome::Inexpressible => "inexpressible",
        Outcome::Panics => "panics",
        Outcome::Hang => "hang",
    }
}

pub(crate) fn guarded(claim: &Claim, kind: GuardKind) -> bool {
    claim.guards.iter().any(|guard| guard.kind == kind)
}

fn wants(claims: &[&Claim], target: &str) -> Vec<Want> {
    let mut wants = Vec::new();
    for claim in claims {
        for check in &claim.checks {
            if check.targets.iter().any(|group| group.as_slice().iter().any(|t| t == target)) {
                of_check(check, &mut wants);
            }
        }
        for beside in claim.beside.iter().filter(|b| b.targets.iter().any(|t| t == target)) {
            let metrics = beside.of.metric.iter().cloned().collect();
            let pick = Pick::of(&beside.of);
            wants.push(Want { pick, metrics, schedules: true, timed: false });
        }
    }
    wants
}

fn of_check(check: &Check, wants: &mut Vec<Want>) {
    let metrics: BTreeSet<String> = [&check.of.metric]
        .into_iter()
        .chain([&check.vs.as_ref().and_then(|vs| vs.metric.clone())])
        .chain(check.conditions.iter().map(|one| &one.metric))
        .flatten()
        .cloned()
        .chain(check.per.as_ref().filter(|per| *per == OPS).cloned())
        .collect();
    let timed = metrics.iter().any(|metric| is_timed(metric));
    let schedules = check.schedules == Schedules::All
        || matches!(check.compare, Compare::Outcome | Compare::Fraction)
        || check.reduce == Reduce::Count;
    let mut picks = vec![Pick::of(&check.of)];
    picks.extend(check.vs.as_ref().map(|vs| Pick::versus(&check.of, vs)));
    for over in check.conditions.iter().filter_map(|one| one.over.as_ref()) {
        picks.push(counterpart(&check.of, over));
    }
    for pick in picks {
        wants.push(Want { pick, metrics: metrics.clone(), schedules, timed });
    }
}

/// The metric that counts operations.
pub(crate) const OPS: &str = "ops";

/// Metrics that are made of raw samples.
pub(crate) fn is_timed(metric: &str) -> bool {
    matches!(metric, "wall_ns" | "cpu_ns")
}
