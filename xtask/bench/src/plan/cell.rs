//! One cell of a plan.

use record::{CellKey, Role};
use serde::Serialize;

use crate::tree::OpenLoop;

/// What is taken of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CellKind {
    /// Exact values of one run of the script as written.
    Exact,
    /// The same, and instructions by callgrind on the same line.
    Instr,
    /// What happened to the hazard, per schedule.
    Outcome,
    /// Wall and CPU time in interleaved blocks.
    Time,
    /// Latency under an open loop.
    Latency,
    /// Whether the compiler takes the design's form of the workload.
    Compile,
}

impl CellKind {
    /// The word in tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            CellKind::Exact => "exact",
            CellKind::Instr => "exact+instr",
            CellKind::Outcome => "outcome",
            CellKind::Time => "time",
            CellKind::Latency => "latency",
            CellKind::Compile => "compile",
        }
    }
}

/// One cell on one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedCell {
    /// Target id.
    pub target: String,
    /// What is taken.
    pub kind: CellKind,
    /// Which cell.
    pub cell: CellKey,
    /// May the hazard fire?
    pub role: Role,
    /// Launches of it.
    pub launches: u32,
    /// Schedules beyond the script as written, for outcomes.
    pub schedules: u32,
    /// Seed of the schedules.
    pub seed: u64,
    /// Jitter of the schedules in percent.
    pub jitter: u32,
    /// Whether it runs on the clock of the machine.
    pub real_clock: bool,
    /// Whether resident memory is taken too.
    pub rss: bool,
    /// Whether CPU time of the whole process is taken too.
    pub cpu: bool,
    /// Whether the program has threads of its own.
    pub threads: bool,
    /// The load, for latency.
    pub latency: Option<OpenLoop>,
    /// Why it cannot run, if it cannot.
    pub unsupported: Option<String>,
}

impl PlannedCell {
    /// Rivals that are timed together, and never split over shards. On the clock of the
    /// machine these are the cells of all runtimes, because an executor with its driver is
    /// what is compared there.
    #[must_use]
    pub fn group(&self) -> String {
        let CellKey { workload, case, n, runtime, .. } = &self.cell;
        let runtime = if self.real_clock { "*" } else { runtime };
        format!("{workload}/{case},n={n}:{runtime}")
    }
}
