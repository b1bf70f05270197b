//! Instructions of one call, by callgrind.
//!
//! Collection is off but for the calls of `awb_entry`, which the runner makes once after
//! two warm-ups through another function. What callgrind writes names every function called,
//! so that it also proves whose code ran: each design calls a marker symbol of its own.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};

use super::Stop;
use super::process::{Command, Death, Limits, Process};

/// Prefix of the symbol that a design calls once in `block_on`.
const MARKER: &str = "awb_marker_";

/// Calls of a cell in one process: two warm-ups and the measured one.
const RUNS: u64 = 3;

/// What callgrind counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Instructions in user space.
    pub instr: u64,
    /// Calls of marker symbols, by the design as the symbol writes it.
    pub markers: BTreeMap<String, u64>,
}

impl Counted {
    /// Calls of the marker of `design`, and of all others.
    #[must_use]
    pub fn own_and_foreign(&self, design: &str) -> (u64, u64) {
        let own = design.replace('-', "_");
        let all: u64 = self.markers.values().sum();
        let own = self.markers.get(&own).copied().unwrap_or(0);
        (own, all - own)
    }
}

/// Reads a callgrind profile written with `--compress-strings=no --compress-pos=no`.
///
/// Costs are collected inside `awb_entry` only, but callgrind counts calls all the time, so
/// that the two warm-ups are in the count of a marker. A marker without any cost was not
/// reached in the measured call; one with cost is called as often in each of the three.
///
/// # Errors
/// When it has no total.
pub fn parse(text: &str) -> Result<Counted> {
    let mut counted = Counted::default();
    let mut total = None;
    let mut callee = "";
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("cfn=") {
            callee = plain(name);
        } else if let Some(rest) = line.strip_prefix("calls=") {
            let cost = lines.next().and_then(|cost| number(cost, 1));
            if let (Some(design), Some(1..)) = (callee.strip_prefix(MARKER), cost) {
                let calls = number(rest, 0).with_context(|| format!("callgrind wrote `{line}`"))?;
                *counted.markers.entry(design.to_owned()).or_insert(0) += calls.div_ceil(RUNS);
            }
        } else if let Some(rest) =
            line.strip_prefix("totals:").or_else(|| line.strip_prefix("summary:"))
        {
            total = number(rest, 0).or(total);
        }
    }
    counted.instr = total.context("callgrind wrote no total")?;
    Ok(counted)
}

/// The word at a place, as a number.
fn number(text: &str, place: usize) -> Option<u64> {
    text.split_whitespace().nth(place)?.parse().ok()
}

/// The name without the number of a recursion level (`name'2`) or a compressed id.
fn plain(name: &str) -> &str {
    let name = name.split_once(") ").map_or(name, |(_, name)| name);
    name.split('\'').next().unwrap_or(name)
}

/// Counts one cell; nothing when stopped, else the counts or a status.
///
/// # Errors
/// When valgrind cannot be started.
pub(super) fn count(
    runner: &Path,
    cell: &str,
    scratch: &Path,
    limits: Limits,
    stop: &Stop,
) -> Result<Option<Result<Counted, Death>>> {
    let file = scratch.display();
    let command = Command {
        program: "valgrind".into(),
        args: vec![
            "--tool=callgrind".to_owned(),
            "--collect-atstart=no".to_owned(),
            "--toggle-collect=awb_entry".to_owned(),
            "--compress-strings=no".to_owned(),
            "--compress-pos=no".to_owned(),
            format!("--callgrind-out-file={file}"),
            runner.display().to_string(),
            "one".to_owned(),
            cell.to_owned(),
        ],
    };
    let process = Process::start(&command, limits, None)?;
    let Some(ended) = process.finish(limits.timeout, stop)? else {
        return Ok(None);
    };
    if let Err(failed) = ended {
        return Ok(Some(Err(failed)));
    }
    let text = std::fs::read_to_string(scratch)
        .with_context(|| format!("{file}: valgrind left no profile"))?;
    std::fs::remove_file(scratch).with_context(|| format!("{file}"))?;
    let counted = parse(&text).map_err(|error| Death::new("failed", format!("{error:#}")));
    Ok(Some(counted.and_then(|counted| match counted.instr {
        0 => Err(Death::new("failed", "callgrind never entered awb_entry")),
        _ => Ok(counted),
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = "\
version: 1
events: Ir
summary: 1234

fn=awb_entry
16 3
cfn=awb_marker_poll
calls=3 20
16 5
cfn=awb_marker_poll_progress'2
calls=6 30
16 5
cfn=awb_marker_scoped
calls=2 30
16 0

fn=other
cfn=awb_marker_poll
calls=12 20
17 5
cfn=memcpy
calls=9 20
17 5

totals: 1234
";

    #[test]
    fn instructions_and_markers_are_read() {
        let counted = parse(PROFILE).expect("a profile");
        assert_eq!(counted.instr, 1234);
        assert_eq!(counted.own_and_foreign("poll"), (5, 2));
        assert_eq!(counted.own_and_foreign("poll-progress"), (2, 5));
        assert_eq!(counted.own_and_foreign("scoped"), (0, 7));
    }

    #[test]
    fn a_profile_without_a_total_is_refused() {
        assert!(parse("version: 1\nevents: Ir\n").is_err());
    }
}
