//! Running what was planned, one implementation per kind of target.
//!
//! xtask links nothing that it measures. A runner is a program or an image; here are the
//! parts that build it, start it, and turn what it says or how it dies into lines.

mod build;
mod callgrind;
mod embedded;
mod host;
mod hosted;
mod process;
mod profile;
mod refuse;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use record::{CellKey, Kind, Line, Status};
use xtask_cargo::Watch;

pub use build::Recipe;
pub use callgrind::{Counted, Stretch, count as count_by_callgrind, parse as parse_callgrind};
pub use embedded::Embedded;
pub use host::Host;
pub use hosted::Hosted;
pub use process::{Command, Death, Limits, run_jobs};
pub use profile::cargo_profile;

use crate::plan::{CellKind, Job};

/// Set by Ctrl-C; asked for between and during cells.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks everything to end.
    pub fn stop(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it was asked.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// What stands ready after building, for `run.json` and for reconciling the plan.
#[derive(Clone, Debug, Default)]
pub struct Prepared {
    /// Hash of each artifact by name.
    pub artifacts: BTreeMap<String, String>,
    /// Versions of tools that take part.
    pub tools: BTreeMap<String, String>,
    /// The target's clock.
    pub clock: String,
    /// Build settings worth recording.
    pub settings: BTreeMap<String, String>,
    /// Where the bare-metal `core` came from.
    pub core_origin: Option<String>,
    /// What the runner found on this machine, by name: which drivers it has.
    pub machine: BTreeMap<String, String>,
    /// Cells that the runner says it has, as [`held_name`] writes them; absent when it
    /// cannot be asked.
    pub holds: Option<BTreeSet<String>>,
}

/// A cell without its size, as a runner knows it.
#[must_use]
pub fn held_name(cell: &CellKey) -> String {
    CellKey { n: 0, ..cell.clone() }.to_string()
}

/// Receives the lines of a finished job. A job is finished once, whatever became of it.
pub type Sink<'a> = dyn FnMut(&Job, Vec<Line>) -> Result<()> + 'a;

/// One kind of target.
pub trait TargetRunner {
    /// Builds what the jobs need, and tells `watch` what it does.
    ///
    /// # Errors
    /// When something does not build; the text holds the compiler's message.
    fn prepare(&mut self, jobs: &[Job], watch: &mut Watch<'_>) -> Result<Prepared>;

    /// Runs the jobs in order and hands over their lines. A job that dies is a line with
    /// its status. Returns early, without an error, when `stop` is set.
    ///
    /// # Errors
    /// When nothing can be run at all, and errors of the sink.
    fn run(&mut self, jobs: &[Job], stop: &Stop, sink: &mut Sink<'_>) -> Result<()>;
}

/// The line kind that a job answers with.
#[must_use]
pub fn line_kind(kind: CellKind) -> Kind {
    match kind {
        CellKind::Exact | CellKind::Instr => Kind::Exact,
        CellKind::Outcome | CellKind::Compile => Kind::Outcome,
        CellKind::Time => Kind::Time,
        CellKind::Latency => Kind::Latency,
    }
}

/// Lines that say why a job has no values, for each of its cells that has none yet.
#[must_use]
pub fn failure(job: &Job, mut got: Vec<Line>, word: &str, reason: &str) -> Vec<Line> {
    let kind = line_kind(job.kind);
    for planned in &job.cells {
        if !got.iter().any(|line| line.cell == planned.cell) {
            let status = Status::not(word, reason);
            let mut line = Line::new(kind, planned.cell.clone(), job.launch, status);
            line.role = Some(planned.role);
            got.push(line);
        }
    }
    got
}
