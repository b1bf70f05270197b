//! What a run came to, for a person and for a script.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use serde_json::{Map, Value, json};

use crate::command::quoted;
use crate::error::Exit;
use crate::log::CellLog;
use crate::options::BenchArgs;
use crate::tree::Tree;
use crate::write::{Cells, Written};

/// Format of the `--json` answer.
const FORMAT: &str = "async-eval.bench/1";
/// Characters of a reason.
const WIDEST: usize = 240;
/// Reasons of failures shown per target; the record has them all.
const SHOWN: usize = 10;

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

/// How a target ended.
#[derive(Debug)]
pub(crate) enum TargetEnd {
    Measured { written: Written, notes: Vec<String> },
    NotMeasured(String),
    Broken(String),
}

impl TargetEnd {
    pub(crate) fn written(&self) -> Option<&Written> {
        match self {
            TargetEnd::Measured { written, .. } => Some(written),
            _ => None,
        }
    }
}

/// One target, as soon as it has run.
pub(crate) fn target(
    tree: &Tree,
    target: &str,
    end: &TargetEnd,
    out: &mut dyn Write,
) -> Result<()> {
    match end {
        TargetEnd::NotMeasured(reason) => writeln!(out, "{target}: not measured: {reason}")?,
        TargetEnd::Broken(reason) => writeln!(out, "{target}: failed: {reason}")?,
        TargetEnd::Measured { written, notes } => {
            measured(tree, target, written, out)?;
            for note in notes {
                writeln!(out, "  {note}")?;
            }
        }
    }
    Ok(())
}

/// What all targets came to.
pub(crate) fn counts(
    args: &BenchArgs,
    ends: &[(String, TargetEnd)],
    out: &mut dyn Write,
) -> Result<()> {
    if args.json {
        return Ok(());
    }
    let mut all = Cells::default();
    for written in ends.iter().filter_map(|(_, end)| end.written()) {
        let Cells { ok, unsupported, refused, failed } = written.cells;
        all.ok += ok;
        all.unsupported += unsupported;
        all.refused += refused;
        all.failed += failed;
    }
    let left: Vec<&str> = ends
        .iter()
        .filter(|(_, end)| end.written().is_none())
        .map(|(target, _)| target.as_str())
        .collect();
    let left = if left.is_empty() { String::new() } else { format!("; no {}", left.join(", ")) };
    writeln!(out, "in all: {}{left}", words(all))?;
    Ok(())
}

/// What came of judging and rendering; for a script, everything.
pub(crate) fn after(
    args: &BenchArgs,
    tree: &Tree,
    run_id: &str,
    ends: &[(String, TargetEnd)],
    after: &After,
    out: &mut dyn Write,
) -> Result<()> {
    if args.json {
        let text = serde_json::to_string_pretty(&as_json(tree, run_id, ends, after))?;
        writeln!(out, "{text}")?;
        return Ok(());
    }
    for line in &after.lines {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn words(cells: Cells) -> String {
    let Cells { ok, unsupported, refused, failed } = cells;
    format!("{ok} cells run, {refused} refused, {failed} failed, {unsupported} unsupported")
}

fn measured(tree: &Tree, target: &str, written: &Written, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "{target}: {}; {}", words(written.cells), tree.relative(&written.dir))?;
    reasons(&written.failures, out)?;
    reasons(&written.refusals, out)?;
    if let Some(spread) = written.aa_spread {
        writeln!(
            out,
            "  A/A spread over all groups {:.2} % (95 % half-width); each has its own on its page",
            spread * 100.0
        )?;
    }
    Ok(())
}

/// Each reason once, with the first cell that has it.
fn reasons(cells: &[(String, String)], out: &mut dyn Write) -> Result<()> {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (cell, status) in cells {
        reasons.entry(status).or_default().push(cell);
    }
    for (status, cells) in reasons.iter().take(SHOWN) {
        let more = match cells.len() {
            1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        writeln!(out, "  {}{more}: {}", cells[0], first_lines(status))?;
    }
    if reasons.len() > SHOWN {
        writeln!(out, "  and {} other reasons in the record", reasons.len() - SHOWN)?;
    }
    Ok(())
}

/// A compiler says more than a summary can hold: its first lines, as one.
fn first_lines(status: &str) -> String {
    let lines: Vec<&str> = status.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let text: String = lines.join(" | ").chars().take(WIDEST).collect();
    if text.chars().count() == WIDEST { format!("{text}…") } else { text }
}

fn as_json(tree: &Tree, run_id: &str, ends: &[(String, TargetEnd)], after: &After) -> Value {
    let mut targets = Map::new();
    for (target, end) in ends {
        let value = match end {
            TargetEnd::NotMeasured(reason) => json!({ "not_measured": reason }),
            TargetEnd::Broken(reason) => json!({ "failed": reason }),
            TargetEnd::Measured { written, notes } => {
                let mut value = written_json(tree, written);
                value["notes"] = json!(notes);
                value
            }
        };
        targets.insert(target.clone(), value);
    }
    json!({ "format": FORMAT, "run_id": run_id, "targets": targets, "after": after.json })
}

/// A missing tool is not a failure, unless the target was asked for by name or none is left.
pub(crate) fn exit(args: &BenchArgs, ends: &[(String, TargetEnd)], after: &After) -> Exit {
    let named = !args.target.is_empty();
    let bad = |end: &TargetEnd| match end {
        TargetEnd::Measured { written, .. } => written.cells.failed > 0,
        TargetEnd::NotMeasured(_) => named,
        TargetEnd::Broken(_) => true,
    };
    let none = ends.iter().all(|(_, end)| end.written().is_none());
    let no = after.answer_is_no || none || ends.iter().any(|(_, end)| bad(end));
    if no { Exit::No } else { Exit::Done }
}

pub(crate) fn interrupted(args: &BenchArgs, log: &CellLog, out: &mut dyn Write) -> Result<()> {
    let finished = log.finished();
    let mut command = args.argv();
    if !args.resume {
        command.push("--resume".to_owned());
    }
    if let Some(out) = &args.out {
        command.extend(["--out".to_owned(), out.display().to_string()]);
    }
    let command = quoted(&command);
    if args.json {
        let answer = json!({
            "format": FORMAT, "run_id": log.header().run_id, "interrupted": true,
            "finished": finished, "resume": command,
        });
        writeln!(out, "{}", serde_json::to_string_pretty(&answer)?)?;
    } else {
        writeln!(out, "interrupted after {finished} launches of cells; go on with `{command}`")?;
    }
    Ok(())
}

/// What a script reads about the record of a target.
fn written_json(tree: &Tree, written: &Written) -> Value {
    let named = |cells: &[(String, String)]| -> Vec<Value> {
        cells.iter().map(|(cell, status)| json!({ "cell": cell, "status": status })).collect()
    };
    let Cells { ok, unsupported, refused, failed } = written.cells;
    json!({
        "record": tree.relative(&written.dir),
        "cells": {
            "ok": ok, "unsupported": unsupported, "refused": refused, "failed": failed,
        },
        "failures": named(&written.failures),
        "refusals": named(&written.refusals),
        "bytes": written.bytes,
        "aa_spread": written.aa_spread,
    })
}
