//! Target `host`: what the compiler says to a design's form of a workload.
//!
//! A supported pair is part of one `cargo check` of the design's mount. An unsupported one
//! is compiled alone: a scratch package with the same sources and dependencies, whose
//! `without` configuration leaves out the other unsupported workloads and not this one. The
//! error code that comes back is the result, and must be the one that `design.toml` names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result};
use record::{Line, Outcome, Receipt, ScheduleResult, Status};
use serde::Deserialize;
use toml::{Table, Value};

use super::{Prepared, Sink, Stop, TargetRunner, line_kind};
use crate::inputs;
use crate::plan::{Job, PlannedCell};
use crate::tree::{Holding, Tree};

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
        Host {
            tree: tree.clone(),
            answers: BTreeMap::new(),
        }
    }

    fn compile(&mut self, planned: &PlannedCell) -> Result<Line> {
        let cell = &planned.cell;
        let design = self
            .tree
            .designs
            .get(&cell.design)
            .context("a planned design exists")?;
        let unsupported = design.unsupported.get(&cell.workload).cloned();
        let forced = unsupported.as_ref().map(|_| cell.workload.clone());
        let key = (cell.design.clone(), forced.clone());
        let answer = match self.answers.get(&key) {
            Some(answer) => answer.clone(),
            None => {
                let answer = self.check(&cell.design, forced.as_deref())?;
                self.answers.insert(key, answer.clone());
                answer
            }
        };
        let status = match (&answer, &unsupported) {
            (Answer::Compiles, None) => Status::Ok,
            (Answer::Compiles, Some(_)) => Status::not(
                "failed",
                "design.toml calls it unsupported, but it compiles",
            ),
            (Answer::Refused(code, message), None) => {
                Status::not("failed", format!("does not compile: {code}: {message}"))
            }
            (Answer::Refused(code, _), Some(entry)) => match &entry.error {
                Some(error) if error != code => Status::not(
                    "failed",
                    format!("design.toml expects {error}, rustc says {code}"),
                ),
                _ => Status::Ok,
            },
        };
        let code = match &answer {
            Answer::Compiles => OK.to_owned(),
            Answer::Refused(code, _) => code.clone(),
        };
        Ok(line(planned, status, code))
    }

    fn check(&self, design: &str, forced: Option<&str>) -> Result<Answer> {
        let mount = self
            .tree
            .holdings
            .iter()
            .find(|h| h.owner == design && h.variant == "portable" && h.runtime == "own")
            .with_context(|| format!("workloads/mounts/{design} does not exist"))?;
        let mut cargo = std::process::Command::new("cargo");
        cargo.args(["check", "--quiet", "--message-format=json"]);
        match forced {
            None => {
                let package = inputs::package_name(&self.tree.root.join(&mount.dir))?
                    .with_context(|| format!("{}: no package name", mount.dir.display()))?;
                cargo.args(["-p", &package]).current_dir(&self.tree.root);
            }
            Some(workload) => {
                cargo.current_dir(self.scratch(mount, workload)?);
                let others = self.tree.designs[design].unsupported.keys();
                let flags: Vec<String> = others
                    .filter(|id| id.as_str() != workload)
                    .flat_map(|id| ["--cfg".to_owned(), format!("without=\"{id}\"")])
                    .collect();
                cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
            }
        }
        cargo
            .env("CARGO_TARGET_DIR", self.tree.root.join("target/host"))
            .stdin(Stdio::null());
        let out = cargo.output().context("cargo could not be started")?;
        if out.status.success() {
            return Ok(Answer::Compiles);
        }
        let text = String::from_utf8_lossy(&out.stdout);
        Ok(first_error(&text).unwrap_or_else(|| {
            let error = String::from_utf8_lossy(&out.stderr);
            Answer::Refused(
                "cargo".to_owned(),
                error.lines().next().unwrap_or("").to_owned(),
            )
        }))
    }

    /// A package outside the workspace: the mount without its build script.
    fn scratch(&self, mount: &Holding, workload: &str) -> Result<PathBuf> {
        let root = &self.tree.root;
        let name = format!("{}-{workload}", mount.owner);
        let dir = root.join("target/host/forced").join(&name);
        std::fs::create_dir_all(&dir).with_context(|| dir.display().to_string())?;
        let read = |path: PathBuf| -> Result<Table> {
            let text =
                std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            toml::from_str(&text).with_context(|| path.display().to_string())
        };
        let manifest = read(root.join(&mount.dir).join("Cargo.toml"))?;
        let workspace = read(root.join("Cargo.toml"))?;
        let shared = workspace
            .get("workspace")
            .and_then(|w| w.get("dependencies"));
        let text = scratch_manifest(&name, root, &mount.dir, &manifest, shared)?;
        write(&dir.join("Cargo.toml"), &text)?;
        std::fs::copy(root.join("Cargo.lock"), dir.join("Cargo.lock")).context("Cargo.lock")?;
        Ok(dir)
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| path.display().to_string())
}

fn scratch_manifest(
    name: &str,
    root: &Path,
    mount_dir: &Path,
    manifest: &Table,
    shared: Option<&Value>,
) -> Result<String> {
    let lib = manifest
        .get("lib")
        .and_then(|lib| lib.get("path"))
        .and_then(Value::as_str);
    let lib = lib.unwrap_or("src/lib.rs");
    let text = |text: String| Value::String(text);
    let mut dependencies = Table::new();
    for (key, value) in manifest
        .get("dependencies")
        .and_then(Value::as_table)
        .into_iter()
        .flatten()
    {
        dependencies.insert(key.clone(), absolute(root, mount_dir, key, value, shared)?);
    }
    let package = Table::from_iter([
        ("name".to_owned(), text(name.to_owned())),
        ("version".to_owned(), text("0.0.0".to_owned())),
        ("edition".to_owned(), text("2024".to_owned())),
    ]);
    let lib = root.join(mount_dir).join(lib).display().to_string();
    let scratch = Table::from_iter([
        ("package".to_owned(), Value::Table(package)),
        (
            "lib".to_owned(),
            Value::Table(Table::from_iter([("path".to_owned(), text(lib))])),
        ),
        ("dependencies".to_owned(), Value::Table(dependencies)),
        ("workspace".to_owned(), Value::Table(Table::new())),
    ]);
    toml::to_string(&scratch).context("a scratch manifest")
}

/// A dependency as it can be written outside the workspace.
fn absolute(
    root: &Path,
    mount_dir: &Path,
    key: &str,
    value: &Value,
    shared: Option<&Value>,
) -> Result<Value> {
    let inherits = value.get("workspace").and_then(Value::as_bool) == Some(true);
    let (mut entry, base) = if inherits {
        let from = shared.and_then(|shared| shared.get(key));
        let from = from.with_context(|| format!("the workspace has no dependency `{key}`"))?;
        (from.clone(), root.to_owned())
    } else {
        (value.clone(), root.join(mount_dir))
    };
    if let Value::Table(table) = &mut entry {
        if let (true, Value::Table(own)) = (inherits, value) {
            table.extend(
                own.clone()
                    .into_iter()
                    .filter(|(key, _)| key != "workspace"),
            );
        }
        if let Some(path) = table.get("path").and_then(Value::as_str) {
            let path = base.join(path).display().to_string();
            table.insert("path".to_owned(), Value::String(path));
        }
    }
    Ok(entry)
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
    let head = hash
        .as_bytes()
        .first_chunk::<8>()
        .expect("a hash has 32 bytes");
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
    fn prepare(&mut self, _: &[Job]) -> Result<Prepared> {
        Ok(Prepared {
            clock: "none".to_owned(),
            ..Prepared::default()
        })
    }

    fn run(&mut self, jobs: &[Job], stop: &Stop, sink: &mut Sink<'_>) -> Result<()> {
        for job in jobs {
            if stop.stopped() {
                return Ok(());
            }
            let planned = job.cells.first().context("a job has at least one cell")?;
            let line = self.compile(planned)?;
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

    #[test]
    fn inherited_and_relative_dependencies_become_absolute() {
        let manifest: Table = toml::from_str(
            "[lib]\npath = \"../../suite/lib.rs\"\n[dependencies]\ncontract.workspace = true\n\
             design = { package = \"design-poll\", path = \"../../../prototypes/poll\" }",
        )
        .expect("a manifest");
        let shared: Value =
            toml::from_str("contract = { path = \"workloads/contract\" }").expect("dependencies");
        let text = scratch_manifest(
            "x",
            Path::new("/r"),
            Path::new("workloads/mounts/poll"),
            &manifest,
            Some(&shared),
        )
        .expect("a manifest");
        assert!(text.contains("path = \"/r/workloads/contract\""), "{text}");
        assert!(text.contains("path = \"/r/workloads/mounts/poll/../../../prototypes/poll\""));
        assert!(text.contains("path = \"/r/workloads/mounts/poll/../../suite/lib.rs\""));
        assert!(text.contains("[workspace]"));
    }
}
