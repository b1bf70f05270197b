//! One target of a run: which jobs are left, who runs them, and what they left behind.

use std::collections::BTreeSet;

use anyhow::Result;
use record::{Line, Status};
use xtask_cargo::Watch;

use crate::doctor::Requirement;
use crate::inputs::Inputs;
use crate::log::CellLog;
use crate::options::BenchArgs;
use crate::plan::{self, CellKind, Job, Plan, PlannedCell};
use crate::progress::{self, Progress};
use crate::runner::{
    Embedded, Host, Hosted, Prepared, Stop, TargetRunner, failure, held_name, line_kind,
};
use crate::tree::Tree;

/// What became of a target.
#[derive(Debug)]
pub(crate) enum Ran {
    /// It ran; every planned cell has its lines.
    Lines {
        target: String,
        prepared: Box<Prepared>,
        lines: Vec<Line>,
        /// What a reader of the summary should know.
        notes: Vec<String>,
    },
    /// Something is missing on this machine.
    NotMeasured(String),
    /// It should have run and did not: its runner does not build.
    Broken(String),
}

/// What all targets of a run share.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) args: &'a BenchArgs,
    pub(crate) plan: &'a Plan,
    pub(crate) inputs: &'a Inputs,
    pub(crate) stop: &'a Stop,
}

impl Session<'_> {
    /// Runs what the log does not have yet.
    pub(crate) fn run(
        &self,
        target: &str,
        needs: &[Requirement],
        log: &mut CellLog,
    ) -> Result<Ran> {
        let missing = |required: bool| {
            needs.iter().find(move |need| need.found.is_none() && need.required == required)
        };
        if let Some(need) = missing(true) {
            let text = format!("{} is missing, `cargo xtask doctor`", need.name);
            return Ok(Ran::NotMeasured(text));
        }
        let Some(mut runner) = runner(self, target) else {
            return Ok(Ran::NotMeasured("this tool has no runner for it".to_owned()));
        };
        let mut notes = Vec::new();
        let mut jobs = plan::jobs(self.plan, target);
        if let Some(need) = missing(false)
            && jobs.iter().any(|job| job.kind == CellKind::Instr)
        {
            let name = &need.name;
            notes.push(format!("instr not measured: {name} is missing, `cargo xtask doctor`"));
            jobs.iter_mut().filter(|job| job.kind == CellKind::Instr).for_each(without_instr);
        }
        for job in &mut jobs {
            job.fingerprint = fingerprint(self.tree, self.inputs, target, job)?;
        }
        let stopped = || self.stop.stopped();
        let mut watch =
            Watch { what: target, say: &mut progress::say, stopped: &stopped, passes: true };
        let prepared = match runner.prepare(&jobs, &mut watch) {
            Ok(prepared) => prepared,
            Err(error) => return Ok(Ran::Broken(format!("{error:#}"))),
        };
        let (jobs, refused) = reconcile(self.tree, &prepared, jobs);
        if !refused.dropped.is_empty() {
            let (count, names) = (refused.dropped.len(), some(&refused.dropped));
            notes.push(format!("{count} cells of peers and variants do not exist: {names}"));
        }
        let broken = self.measure(runner.as_mut(), &jobs, log)?;
        let mut lines = unsupported_lines(self.plan, target);
        lines.extend(refused.lines);
        for job in &jobs {
            match log.lines(&log_id(job), &job.fingerprint) {
                Some(found) => lines.extend_from_slice(found),
                None => {
                    let reason = broken.as_deref().unwrap_or("the runner left it out");
                    lines.extend(failure(job, Vec::new(), "failed", reason));
                }
            }
        }
        let (target, prepared) = (target.to_owned(), Box::new(prepared));
        Ok(Ran::Lines { target, prepared, lines, notes })
    }

    /// Runs the open jobs into the log. Returns why the runner ended before its time.
    fn measure(
        &self,
        runner: &mut dyn TargetRunner,
        jobs: &[Job],
        log: &mut CellLog,
    ) -> Result<Option<String>> {
        let is_open = |job: &&Job| log.lines(&log_id(job), &job.fingerprint).is_none();
        let open: Vec<Job> = jobs.iter().filter(is_open).cloned().collect();
        let Some(first) = open.first() else {
            return Ok(None);
        };
        let mut progress = Progress::new(&first.target, jobs.len(), jobs.len() - open.len());
        let mut log_failed = false;
        let ended = runner.run(&open, self.stop, &mut |job, lines| {
            let added = log.add(&log_id(job), &job.fingerprint, lines);
            log_failed |= added.is_err();
            progress.finished(&job.id);
            added
        });
        drop(progress);
        match ended {
            Err(error) if log_failed => Err(error),
            ended => Ok(ended.err().map(|error| format!("{error:#}"))),
        }
    }
}

fn runner(session: &Session<'_>, target: &str) -> Option<Box<dyn TargetRunner>> {
    let Session { tree, args, plan, .. } = session;
    match target {
        "sim" | "linux" => Some(Box::new(Hosted::new(tree, target, plan.profile, args.record))),
        "cortex-m4" => Some(Box::new(Embedded::new(&tree.root, args.record))),
        "host" => Some(Box::new(Host::new(tree))),
        _ => None,
    }
}

fn log_id(job: &Job) -> String {
    format!("{} {}", job.target, job.id)
}

fn without_instr(job: &mut Job) {
    job.kind = CellKind::Exact;
    for planned in &mut job.cells {
        planned.kind = CellKind::Exact;
    }
}

fn fingerprint(tree: &Tree, inputs: &Inputs, target: &str, job: &Job) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(job.kind.word().as_bytes());
    for planned in &job.cells {
        hasher.update(inputs.fingerprint(tree, target, &planned.cell)?.as_bytes());
    }
    Ok(hasher.finalize().to_hex()[..32].to_owned())
}

/// Planned cells that the runner does not have.
#[derive(Debug, Default)]
struct Refused {
    /// A portable cell must exist: this is a fault of the tree.
    lines: Vec<Line>,
    /// A variant or a peer need not hold every case of a workload that it holds.
    dropped: BTreeSet<String>,
}

fn reconcile(tree: &Tree, prepared: &Prepared, jobs: Vec<Job>) -> (Vec<Job>, Refused) {
    let mut refused = Refused::default();
    let Some(holds) = &prepared.holds else {
        return (jobs, refused);
    };
    let optional = |planned: &PlannedCell| {
        planned.cell.variant != "portable" || !tree.designs.contains_key(&planned.cell.design)
    };
    let mut kept = Vec::new();
    for mut job in jobs {
        let (held, missing): (Vec<_>, Vec<_>) =
            job.cells.drain(..).partition(|planned| holds.contains(&held_name(&planned.cell)));
        for planned in missing {
            if optional(&planned) {
                refused.dropped.insert(planned.cell.to_string());
            } else {
                let mut alone = job.clone();
                alone.cells = vec![planned];
                let reason = "the runner does not hold this cell";
                refused.lines.extend(failure(&alone, Vec::new(), "failed", reason));
            }
        }
        if !held.is_empty() {
            job.cells = held;
            kept.push(job);
        }
    }
    (kept, refused)
}

/// A pair that cannot run is a row with its reason.
fn unsupported_lines(plan: &Plan, target: &str) -> Vec<Line> {
    let of_target = plan.cells.iter().filter(|planned| planned.target == target);
    of_target
        .filter_map(|planned| {
            let reason = planned.unsupported.as_ref()?;
            let status = Status::not("unsupported", reason);
            let mut line = Line::new(line_kind(planned.kind), planned.cell.clone(), 0, status);
            line.role = Some(planned.role);
            Some(line)
        })
        .collect()
}

fn some(names: &BTreeSet<String>) -> String {
    let mut shown: Vec<&str> = names.iter().take(3).map(String::as_str).collect();
    if names.len() > shown.len() {
        shown.push("…");
    }
    shown.join(", ")
}
