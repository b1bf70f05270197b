//! From cells to what a runner is asked: one job per launch of a cell or of a timed group.

use std::collections::BTreeMap;
use std::time::Duration;

use record::{CellKey, Request};

use super::{CellKind, Plan, PlannedCell};
use crate::tree::OpenLoop;

/// Length of a timed block in microseconds; half a millisecond resists a busy neighbour.
const BLOCK_US: u32 = 500;
/// Rounds without a disturbed block that are wanted in one launch.
const ROUNDS: u32 = 200;
/// Longest that the rounds of a group may take in one launch, in milliseconds, if those are
/// [`LEAST_ROUNDS`] at least.
const CAP_MS: u32 = 2_000;

/// The same where every operation of every rival sets sockets up first, and blocks are so long
/// that a few dozen rounds leave the control of the group too wide to judge anything by.
const CAP_REAL_MS: u32 = 32_000;

/// Rounds of a launch below which the cap does not end it. With eight, nothing that was measured
/// at a thousand connections could be shown, because their control was too wide.
const LEAST_ROUNDS: u32 = 24;
/// Milliseconds after which no other round begins. Of the longest operations, those of a thousand
/// connections under thirty rivals, ten to seventeen rounds fit.
const CEILING_MS: u32 = 120_000;

/// One launch of one cell, or of the rivals of a timed group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Unique within the plan, and the same in the next run of it.
    pub id: String,
    /// Target id.
    pub target: String,
    /// What is taken.
    pub kind: CellKind,
    /// Number of the launch.
    pub launch: u32,
    /// One cell, or several for a timed group.
    pub cells: Vec<PlannedCell>,
    /// Hash of everything that its result depends on; set by the caller, which knows the inputs.
    pub fingerprint: String,
    seed: u64,
}

impl Job {
    /// The cell; of a timed group the first.
    ///
    /// # Panics
    /// Never: a job has at least one cell.
    #[must_use]
    pub fn cell(&self) -> &CellKey {
        &self.cells.first().expect("a job has at least one cell").cell
    }

    /// How much longer than others it may take until it is answered, by plan.
    pub(crate) fn extra(&self) -> Duration {
        match self.kind {
            CellKind::Time => Duration::from_millis(CEILING_MS.into()),
            _ => Duration::ZERO,
        }
    }

    /// What a hosted runner is asked.
    #[must_use]
    pub fn request(&self) -> Request {
        let first = self.cells.first().expect("a job has at least one cell");
        let (cell, launch) = (first.cell.clone(), self.launch);
        match self.kind {
            CellKind::Time => Request::Time {
                group: first.group(),
                cells: self.cells.iter().map(|planned| planned.cell.clone()).collect(),
                launch,
                order_seed: derive(self.seed, &self.id),
                rounds: ROUNDS,
                block_us: BLOCK_US,
                cap_ms: if first.real_clock { CAP_REAL_MS } else { CAP_MS },
                least_rounds: LEAST_ROUNDS,
                ceiling_ms: CEILING_MS,
            },
            CellKind::Outcome => Request::Outcome {
                cell,
                launch,
                schedules: first.schedules,
                seed: first.seed,
                jitter: first.jitter,
            },
            CellKind::Latency => {
                let load = first.latency.expect("a latency is planned with its load");
                let OpenLoop { rate, seconds, schedule } = load;
                // The same times for all rivals.
                let seed = derive(self.seed, &format!("{} #{launch}", first.group()));
                Request::Latency { cell, launch, rate, seconds, seed, schedule }
            }
            CellKind::Exact | CellKind::Instr | CellKind::Compile => {
                Request::Exact { cell, launch }
            }
        }
    }
}

/// The jobs of one target, launch by launch, in an order that the seed decides: neither a
/// design nor a workload always comes first.
#[must_use]
pub fn jobs(plan: &Plan, target: &str) -> Vec<Job> {
    let mut jobs: Vec<Job> = Vec::new();
    let mut groups: BTreeMap<String, Vec<PlannedCell>> = BTreeMap::new();
    let job = |id: String, launch: u32, cells: Vec<PlannedCell>| Job {
        id,
        target: target.to_owned(),
        kind: cells.first().expect("called with a cell").kind,
        launch,
        cells,
        fingerprint: String::new(),
        seed: plan.seed,
    };
    let runnable = |cell: &&PlannedCell| cell.target == target && cell.unsupported.is_none();
    for planned in plan.cells.iter().filter(runnable) {
        if planned.kind == CellKind::Time {
            groups.entry(planned.group()).or_default().push(planned.clone());
            continue;
        }
        for launch in 0..planned.launches {
            let id = format!("{} {} #{launch}", planned.kind.word(), planned.cell);
            jobs.push(job(id, launch, vec![planned.clone()]));
        }
    }
    for (group, cells) in groups {
        for launch in 0..cells[0].launches {
            jobs.push(job(format!("time {group} #{launch}"), launch, cells.clone()));
        }
    }
    jobs.sort_by_cached_key(|job| {
        (job.kind == CellKind::Time, job.launch, derive(plan.seed, &job.id))
    });
    jobs
}

/// A number that only the seed and the text decide.
pub(crate) fn derive(seed: u64, text: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.update(text.as_bytes());
    let hash = hasher.finalize();
    u64::from_le_bytes(*hash.as_bytes().first_chunk::<8>().expect("a hash has 32 bytes"))
}
