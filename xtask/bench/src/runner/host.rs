//! Target `host`: what the compiler says to a design's form of a workload.
//!
//! A supported pair is part of one `cargo check` of the design's mount. For an unsupported
//! one the mount is checked with that workload put back (`FORCE_WORKLOAD`, read by the build
//! script of all mounts). The error code that comes back is the result, and must be the one
//! that `design.toml` names.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use record::{Line, Outcome, Receipt, ScheduleResult, Status};
use serde::Deserialize;
use xtask_cargo::{Ended, Watch, clean, target_base, watched};

use super::{Prepared, Sink, Stop, TargetRunner, line_kind};
use crate::inputs;
use crate::plan::{Job, PlannedCell};
use crate::tree::{OWN, Tree};

/// The word for a pair that compiles.
const OK: &str = "ok";

/// The compiler.
#[derive(Debug)]
pub struct Host {
    tree: Tree,
    answers: BTreeMap<(String, Option<String>), Answer>,
}

/// What the compiler said.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Compiles,
    /// Error code and message of the first error.
    Refused(String, String),
}

#[derive(Deserialize)]
struct CargoMessage {
    reason: String,
    message: Option<Diagnostic>,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    message: String,
    code: Option<Code>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

impl Host {
    /// For the designs of this tree.
    #[must_use]
    pub fn new(tree: &Tree) -> Host {
        Host { tree: tree.clone(), answers: BTreeMap::new() }
    }

    fn compile(&mut self, planned: &PlannedCell, stop: &Stop) -> Result<Line> {
        let cell = &planned.cell;
        let design = self.tree.designs.get(&cell.design).context("a planned design exists")?;
        let unsupported = design.unsupported.get(&cell.workload).cloned();
        let forced = unsupported.as_ref().map(|_| cell.workload.clone());
        let key = (cell.design.clone(), forced.clone());
        let answer = match self.answers.get(&key) {
            Some(answer) => answer.clone(),
            None => {
                let answer = self.check(&cell.design, forced.as_deref(), stop)?;
                self.answers.insert(key, answer.clone());
                answer
            }
        };
        let status = match (&answer, &unsupported) {
            (Answer::Compiles, None) => Status::Ok,
            (Answer::Compiles, Some(_)) => {
                Status::not("failed", "design.toml calls it unsupported, but it compiles")
            }
            (Answer::Refused(code, message), None) => {
                Status::not("failed", format!("does not compile: {code}: {message}"))
            }
            (Answer::Refused(code, _), Some(entry)) => match &entry.error {
                Some(error) if error != code => {
                    Status::not("failed", format!("design.toml expects {error}, rustc says {code}"))
                }
                _ => Status::Ok,
            },
        };
        let code = match &answer {
            Answer::Compiles => OK.to_owned(),
            Answer::Refused(code, _) => code.clone(),
        };
        Ok(line(planned, status, code))
    }

    fn check(&self, design: &str, forced: Option<&str>, stop: &Stop) -> Result<Answer> {
        let mount = self
            .tree
            .holdings
            .iter()
            .find(|h| {
                h.owner == design
                    && h.variant == "portable"
                    && h.runtimes.iter().any(|runtime| runtime == OWN)
            })
            .with_context(|| format!("workloads/mounts/{design} does not exist"))?;
        let package = inputs::package_name(&self.tree.root.join(&mount.dir))?
            .with_context(|| format!("{}: no package name", mount.dir.display()))?;
        let root = &self.tree.root;
        let mut cargo = clean(Path::new("cargo"));
        cargo.args(["check", "--message-format=json", "-p", &package]).current_dir(root);
        cargo.env("CARGO_TARGET_DIR", target_base(root).join("host"));
        cargo.env("FORCE_WORKLOAD", forced.unwrap_or_default());
        let mut messages = String::new();
        let stopped = || stop.stopped();
        let mut watch =
            Watch { what: &package, say: &mut |_| {}, stopped: &stopped, passes: false };
        let ended = watched(cargo, &mut watch, &mut |line| {
            messages.push_str(line);
            messages.push('\n');
        })?;
        match ended {
            Ended::Built(_) => Ok(Answer::Compiles),
            Ended::Stopped => bail!("stopped"),
            // Without an error of the compiler it never came to compiling.
            Ended::Failed(words) => first_error(&messages).context(words),
        }
    }
}

fn first_error(stdout: &str) -> Option<Answer> {
    stdout
        .lines()
        .filter_map(|line| serde_json::from_str::<CargoMessage>(line).ok())
        .filter(|message| message.reason == "compiler-message")
        .filter_map(|message| message.message)
        .filter(|diagnostic| diagnostic.level == "error")
        .find_map(|diagnostic| Some(Answer::Refused(diagnostic.code?.code, diagnostic.message)))
}

/// A compile result does nothing at run time; its receipt is a checksum of the answer.
fn line(planned: &PlannedCell, status: Status, code: String) -> Line {
    let hash = blake3::hash(code.as_bytes());
    let head = hash.as_bytes().first_chunk::<8>().expect("a hash has 32 bytes");
    let receipt = Receipt(u64::from_le_bytes(*head));
    let mut line = Line::new(line_kind(planned.kind), planned.cell.clone(), 0, status);
    line.role = Some(planned.role);
    line.receipt = Some(receipt);
    if code != OK && line.status.is_ok() {
        line.schedules.push(ScheduleResult {
            schedule: 0,
            outcome: Outcome::Inexpressible,
            severity: 0,
            receipt,
            watchdog: false,
            finish_ms: None,
            values: BTreeMap::new(),
        });
    }
    line.compile = Some(code);
    line
}

impl TargetRunner for Host {
    fn prepare(&mut self, _: &[Job], _: &mut Watch<'_>) -> Result<Prepared> {
        Ok(Prepared { clock: "none".to_owned(), ..Prepared::default() })
    }

    fn run(&mut self, jobs: &[Job], stop: &Stop, sink: &mut Sink<'_>) -> Result<()> {
        for job in jobs {
            if stop.stopped() {
                return Ok(());
            }
            let planned = job.cells.first().context("a job has at least one cell")?;
            let line = match self.compile(planned, stop) {
                Err(_) if stop.stopped() => return Ok(()),
                line => line?,
            };
            sink(job, vec![line])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_with_a_code_is_the_answer() {
        let stdout = concat!(
            r#"{"reason":"compiler-message","message":{"level":"warning","message":"w","code":{"code":"dead_code"}}}"#,
            "\n",
            r#"{"reason":"compiler-message","message":{"level":"error","message":"escapes","code":{"code":"E0521"}}}"#,
            "\n",
            r#"{"reason":"compiler-message","message":{"level":"error","message":"aborting","code":null}}"#,
            "\n",
        );
        let expected = Answer::Refused("E0521".to_owned(), "escapes".to_owned());
        assert_eq!(first_error(stdout), Some(expected));
        assert_eq!(first_error("{}"), None);
    }
}
