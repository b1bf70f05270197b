//! `cargo xtask bench`: plan, build, run, write a record per target, say what came of it.
//!
//! A target that cannot run is reported and the others go on. What has been measured lies
//! in the cell log from the moment it is known. A local record is written as soon as its target
//! has run; records to be committed are written together at the end.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::{Context, Error, Result, anyhow};
use record::{Attempt, Line};

use crate::before;
use crate::doctor;
use crate::error::{Exit, InputError};
use crate::inputs::Inputs;
use crate::log::CellLog;
use crate::moment;
use crate::options::BenchArgs;
use crate::pinnable;
use crate::plan;
use crate::runner::Stop;
use crate::summary::{self, After, TargetEnd};
use crate::target::{Ran, Session};
use crate::tree::Tree;
use crate::write::{self, Shared, Written};

/// A committed record has at most so many bytes; what `reports/` may have is
/// `xtask_judge::history::MOST`.
pub const LARGEST: u64 = 5_000_000;

/// What the command line tool adds, so that measuring depends neither on judging nor on
/// rendering.
pub struct Hooks<'a> {
    /// 95 % half-width of the A/A ratio, from lines of kind time; nothing without an A/A pair.
    pub aa_spread: &'a dyn Fn(&[Line]) -> Option<f64>,
    /// Called with each record once it is there; what it answers is printed. The table of
    /// hazards, after `sim`.
    pub first: &'a mut dyn FnMut(&Written) -> Result<Option<String>>,
    /// Called once with the records that were written, for pins, verdicts and pages.
    pub after: &'a mut dyn FnMut(&[Written]) -> Result<After>,
    /// A record to be committed has at most so many bytes: [`LARGEST`], but in tests.
    pub largest: u64,
}

impl std::fmt::Debug for Hooks<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hooks")
    }
}

/// Runs the command.
///
/// # Errors
/// An [`InputError`] when the command line, the tree or a dirty working copy forbids it and
/// nothing was written; other errors when a record cannot be written.
pub fn bench(args: &BenchArgs, hooks: &mut Hooks<'_>, out: &mut dyn Write) -> Result<Exit> {
    let tree = Tree::here()?;
    bench_in(&tree, args, hooks, out)
}

/// As [`bench`], in a tree that was looked at before.
///
/// # Errors
/// As [`bench`].
pub fn bench_in(
    tree: &Tree,
    args: &BenchArgs,
    hooks: &mut Hooks<'_>,
    out: &mut dyn Write,
) -> Result<Exit> {
    let plan = plan::plan(tree, args)?;
    if plan.cells.is_empty() {
        let text = "the filters leave no cell; `cargo xtask bench --list` without them shows all";
        return Err(InputError::new(text).into());
    }
    if args.list {
        if args.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&plan::plan_json(&plan))?)?;
        } else {
            plan::write_plan(&plan, out)?;
        }
        return Ok(Exit::Done);
    }
    let (revision, toolchain) = before::allowed(tree, args)?;
    pinnable::check(tree, args, &plan)?;
    let _lock = before::lock(tree, args)?;
    let inputs = Inputs::of(tree, &toolchain)?;
    let mut log = before::open_log(tree, args, &plan, &revision)?;
    let began = moment::now();
    log.attempt(Attempt { began: began.clone(), ended: String::new() })?;
    let stop = Stop::default();
    before::on_signal(&stop)?;
    before::announce(args, &plan);
    let header = log.header().clone();
    let session = Session { tree, args, plan: &plan, inputs: &inputs, stop: &stop };
    let shared = Shared {
        tree,
        args,
        plan: &plan,
        inputs: &inputs,
        revision: &revision,
        toolchain: &toolchain,
        header: &header,
        aa_spread: hooks.aa_spread,
    };
    let mut ends = Ends { shared, done: Vec::new(), waiting: Vec::new() };
    run_targets(&session, &mut log, &mut ends, hooks, out)?;
    log.attempt(Attempt { began, ended: moment::now() })?;
    if stop.stopped() {
        summary::interrupted(args, &log, out)?;
        return Ok(Exit::No);
    }
    ends.write_waiting(hooks, out)?;
    log.remove()?;
    finish(args, &ends, hooks, out)
}

/// Judging and pages come after everything that was measured is safe and said.
fn finish(
    args: &BenchArgs,
    ends: &Ends<'_>,
    hooks: &mut Hooks<'_>,
    out: &mut dyn Write,
) -> Result<Exit> {
    let written: Vec<Written> =
        ends.done.iter().filter_map(|(_, end)| end.written().cloned()).collect();
    summary::counts(args, &ends.done, out)?;
    let after = match written.is_empty() {
        true => After::default(),
        false => {
            (hooks.after)(&written).context("the records are complete; judging them failed")?
        }
    };
    summary::after(args, ends.shared.tree, &ends.shared.header.run_id, &ends.done, &after, out)?;
    Ok(summary::exit(args, &ends.done, &after))
}

/// A draft, and what a reader of the summary should know.
struct Noted {
    draft: write::Draft,
    notes: Vec<String>,
}

impl Noted {
    /// Why it may not be committed, if it is too large.
    fn size_refusal(&self, largest: u64) -> Option<String> {
        let written = &self.draft.written;
        (written.bytes > largest).then(|| {
            format!(
                "the record of {} would have {:.1} MB, and at most {:.1} MB are committed; ask \
                 for less, or for fewer --launches",
                written.target,
                megabytes(written.bytes),
                megabytes(largest)
            )
        })
    }
}

fn megabytes(bytes: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a record is far below 2^52 bytes")]
    let bytes = bytes as f64;
    bytes / 1e6
}

/// How the targets ended, and what is not yet written.
struct Ends<'a> {
    shared: Shared<'a>,
    done: Vec<(String, TargetEnd)>,
    waiting: Vec<(String, Result<Noted, TargetEnd>)>,
}

impl Ends<'_> {
    /// A target has run. That its record is too large is said now and not after the others.
    fn add(
        &mut self,
        name: String,
        ran: Ran,
        log: &CellLog,
        hooks: &mut Hooks<'_>,
        out: &mut dyn Write,
    ) -> Result<()> {
        let draft = self.draft(ran, log)?;
        if self.shared.args.record {
            let measured = draft.as_ref().ok();
            let too_large = measured.and_then(|noted| noted.size_refusal(hooks.largest));
            self.waiting.push((name, draft));
            return too_large.map_or(Ok(()), |reason| Err(self.refused(&reason)));
        }
        self.publish(name, draft, hooks, out)
    }

    /// What may not be committed stays where local runs lie, with the targets before it: it
    /// took an hour, and says as much as before.
    fn refused(&mut self, reason: &str) -> Error {
        let Shared { tree, header, .. } = &self.shared;
        let dir = before::free_local(tree, &header.folder);
        for (name, draft) in std::mem::take(&mut self.waiting) {
            let Ok(Noted { draft, .. }) = draft else { continue };
            if let Err(error) = draft.publish_at(dir.join(name)) {
                return error.context(reason.to_owned());
            }
        }
        anyhow!(
            "{reason}. What was measured lies in {}; `cargo xtask report --open` shows it",
            tree.relative(&dir)
        )
    }

    /// Records to be committed come all or none.
    fn write_waiting(&mut self, hooks: &mut Hooks<'_>, out: &mut dyn Write) -> Result<()> {
        for (name, draft) in std::mem::take(&mut self.waiting) {
            self.publish(name, draft, hooks, out)?;
        }
        Ok(())
    }

    /// The record of a target as a draft, or how the target ended without one.
    fn draft(&self, ran: Ran, log: &CellLog) -> Result<Result<Noted, TargetEnd>> {
        Ok(match ran {
            Ran::Lines { target, prepared, lines, notes } => {
                let attempts = log.attempts();
                let draft = write::draft(&self.shared, attempts, &target, *prepared, lines)?;
                Ok(Noted { draft, notes })
            }
            Ran::NotMeasured(reason) => Err(TargetEnd::NotMeasured(reason)),
            Ran::Broken(reason) => Err(TargetEnd::Broken(reason)),
        })
    }

    fn publish(
        &mut self,
        name: String,
        draft: Result<Noted, TargetEnd>,
        hooks: &mut Hooks<'_>,
        out: &mut dyn Write,
    ) -> Result<()> {
        let replaces = self.shared.args.resume && !self.shared.args.record;
        let end = match draft {
            Ok(Noted { draft, notes }) => {
                TargetEnd::Measured { written: draft.publish(replaces)?, notes }
            }
            Err(end) => end,
        };
        if !self.shared.args.json {
            summary::target(self.shared.tree, &name, &end, out)?;
            if let Some(written) = end.written()
                && let Some(text) = (hooks.first)(written)?
            {
                writeln!(out, "\n{}\n", text.trim_end())?;
            }
            out.flush()?;
        }
        self.done.push((name, end));
        Ok(())
    }
}

fn run_targets(
    session: &Session<'_>,
    log: &mut CellLog,
    ends: &mut Ends<'_>,
    hooks: &mut Hooks<'_>,
    out: &mut dyn Write,
) -> Result<()> {
    let needs = needs(session, out)?;
    for name in session.plan.targets() {
        let of_target = needs.get(&name).map(Vec::as_slice).unwrap_or_default();
        let ran = session.run(&name, of_target, log)?;
        log.sync()?;
        if session.stop.stopped() {
            break;
        }
        ends.add(name, ran, log, hooks, out)?;
    }
    Ok(())
}

/// What the planned targets need, after installing if that was asked for.
fn needs(
    session: &Session<'_>,
    out: &mut dyn Write,
) -> Result<BTreeMap<String, Vec<doctor::Requirement>>> {
    let Session { tree, args, plan, .. } = session;
    let look = || {
        let mut needs = doctor::requirements(tree);
        needs.retain(|target, _| plan.targets().contains(target));
        needs
    };
    let needs = look();
    if !args.install || needs.values().flatten().all(|need| need.found.is_some()) {
        return Ok(needs);
    }
    if args.json {
        doctor::install(&needs, args.yes, &mut std::io::stderr())?;
    } else {
        doctor::install(&needs, args.yes, out)?;
    }
    Ok(look())
}
