//! `cargo xtask bench`: plan, build, run, write a record per target, say what came of it.
//!
//! A target that cannot run is reported and the others go on. What has been measured lies
//! in the cell log from the moment it is known, and moves into records at the end.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::{Context, Result};
use record::Line;
use serde_json::{Value, json};

use crate::command;
use crate::doctor;
use crate::error::{Exit, InputError};
use crate::inputs::Inputs;
use crate::log::{CellLog, Header};
use crate::options::BenchArgs;
use crate::plan::{self, Plan};
use crate::runner::Stop;
use crate::summary::{self, TargetEnd};
use crate::target::{Ran, Session};
use crate::tree::Tree;
use crate::write::{self, Shared, Written};

/// What the command line tool adds, so that measuring depends neither on judging nor on
/// rendering.
pub struct Hooks<'a> {
    /// 95 % half-width of the A/A ratio, from lines of kind time; nothing without an A/A pair.
    pub aa_spread: &'a dyn Fn(&[Line]) -> Option<f64>,
    /// Called once with the records that were written, for pins, verdicts and pages.
    pub after: &'a mut dyn FnMut(&[Written]) -> Result<After>,
}

impl std::fmt::Debug for Hooks<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hooks")
    }
}

/// What came of judging and rendering.
#[derive(Clone, Debug, Default)]
pub struct After {
    /// Lines for the summary: verdicts that changed, where the pages are.
    pub lines: Vec<String>,
    /// The same for `--json`.
    pub json: Value,
    /// Whether a verdict changed, or anything else makes the answer no.
    pub answer_is_no: bool,
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
    let revision =
        xtask_repo::revision(&tree.root).context("a record names the revision that it measured")?;
    if args.record && revision.dirty {
        let text = "the tree differs from its revision; commit first, or measure without --record";
        return Err(InputError::new(text).into());
    }
    let toolchain = command::output(&tree.root, &["rustc", "-vV"])?;
    let inputs = Inputs::of(tree, &toolchain)?;
    let mut log = open_log(tree, args, &plan)?;
    let stop = Stop::default();
    on_interrupt(&stop)?;
    let session = Session { tree, args, plan: &plan, inputs: &inputs, stop: &stop };
    let ends = run_targets(&session, &mut log, out)?;
    log.sync()?;
    if stop.stopped() {
        summary::interrupted(args, &log, out)?;
        return Ok(Exit::No);
    }
    let header = log.header().clone();
    let shared = Shared {
        tree,
        args,
        plan: &plan,
        inputs: &inputs,
        revision: &revision,
        toolchain: &toolchain,
        run_id: &header.run_id,
        started: &header.started,
        aa_spread: hooks.aa_spread,
    };
    let ends = write_all(&shared, ends)?;
    log.remove()?;
    let written: Vec<Written> = ends.iter().filter_map(|(_, end)| end.written().cloned()).collect();
    let after = if written.is_empty() { After::default() } else { (hooks.after)(&written)? };
    summary::write(args, tree, &header.run_id, &ends, &after, out)?;
    Ok(summary::exit(args, &ends, &after))
}

fn open_log(tree: &Tree, args: &BenchArgs, plan: &Plan) -> Result<CellLog> {
    let path = tree.root.join("target/bench").join(plan.hash()).join("cells.jsonl");
    if args.resume {
        return CellLog::resume(&path);
    }
    let started = write::now();
    let stamp = started.replace([':', '-'], "");
    let run_id = format!("{stamp}-{}", &plan.hash()[..8]);
    CellLog::create(&path, Header { run_id, started })
}

/// The first Ctrl-C ends the run in order, the second at once.
fn on_interrupt(stop: &Stop) -> Result<()> {
    let stop = stop.clone();
    let set = ctrlc::set_handler(move || {
        if stop.stopped() {
            std::process::exit(130);
        }
        stop.stop();
    });
    match set {
        // Somebody else in this process listens already; then that one decides.
        Ok(()) | Err(ctrlc::Error::MultipleHandlers) => Ok(()),
        Err(error) => Err(error).context("Ctrl-C cannot be handled"),
    }
}

fn run_targets(
    session: &Session<'_>,
    log: &mut CellLog,
    out: &mut dyn Write,
) -> Result<Vec<(String, Ran)>> {
    let needs = needs(session, out)?;
    let mut ends = Vec::new();
    for name in session.plan.targets() {
        let of_target = needs.get(&name).map(Vec::as_slice).unwrap_or_default();
        let ran = session.run(&name, of_target, log)?;
        ends.push((name, ran));
        if session.stop.stopped() {
            break;
        }
    }
    Ok(ends)
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

fn write_all(shared: &Shared<'_>, ends: Vec<(String, Ran)>) -> Result<Vec<(String, TargetEnd)>> {
    let mut done = Vec::new();
    for (name, ran) in ends {
        let end = match ran {
            Ran::Lines { prepared, lines, notes } => {
                let written = write::write(shared, &name, prepared, lines)?;
                TargetEnd::Measured { written, notes }
            }
            Ran::NotMeasured(reason) => TargetEnd::NotMeasured(reason),
            Ran::Broken(reason) => TargetEnd::Broken(reason),
        };
        done.push((name, end));
    }
    Ok(done)
}

/// What a script reads about the records of a run.
pub(crate) fn written_json(tree: &Tree, written: &Written) -> Value {
    json!({
        "record": tree.relative(&written.dir),
        "cells": { "ok": written.cells.ok, "unsupported": written.cells.unsupported, "failed": written.cells.failed },
        "failures": written.failures.iter().map(|(cell, status)| json!({ "cell": cell, "status": status })).collect::<Vec<_>>(),
        "bytes": written.bytes,
        "aa_spread": written.aa_spread,
    })
}
