//! What a command will measure, from the tree's toml files alone.
//!
//! A plan builds nothing and runs nothing. A pair of design and workload that cannot run is
//! in it with its reason, because a missing row would look like an oversight.

mod cell;
mod filter;
mod jobs;
mod names;
mod show;

use std::collections::BTreeMap;

use anyhow::Result;
use record::{CellKey, Role};
use serde::Serialize;

pub use cell::{CellKind, PlannedCell};
pub(crate) use filter::Matcher;
pub use jobs::{Job, jobs};
pub use show::{plan_json, write_plan};

use crate::options::{BenchArgs, Profile};
use crate::tree::{Case, CaseRole, Clock, Holding, OWN, Tree, Workload};
use filter::Filter;

/// What a command will measure.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// How much.
    pub profile: Profile,
    /// Seed of the order of launches.
    pub seed: u64,
    /// All cells, target by target.
    pub cells: Vec<PlannedCell>,
}

impl Plan {
    /// Targets that have a cell, in order.
    #[must_use]
    pub fn targets(&self) -> Vec<String> {
        let mut targets: Vec<String> = Vec::new();
        for cell in &self.cells {
            if !targets.contains(&cell.target) {
                targets.push(cell.target.clone());
            }
        }
        targets
    }

    /// Names the plan: the same cells, launches and seeds have the same hash.
    #[must_use]
    pub fn hash(&self) -> String {
        let text = serde_json::to_string(self).expect("a plan has only string keys");
        blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
    }
}

/// Launches by what is taken, and the rounds of a timed launch.
#[derive(Clone, Copy, Debug)]
struct Depth {
    exact: u32,
    outcome: u32,
    time: u32,
    max_schedules: u32,
    instr: bool,
    /// Whether the command line says how many.
    asked: bool,
}

/// Launches below which nothing is said about values that vary between launches.
const REAL_LAUNCHES: u32 = 3;

impl Depth {
    /// On the machine's clock, and on a foreign runtime, even counts may vary, so that
    /// two launches are too few.
    fn exact_launches(self, workload: &Workload, runtime: &str) -> u32 {
        let varies = workload.clock == Clock::Real || runtime != OWN;
        if varies && self.instr && !self.asked { self.exact.max(REAL_LAUNCHES) } else { self.exact }
    }
}

fn depth(args: &BenchArgs) -> Depth {
    let base = match args.profile() {
        Profile::Smoke => {
            Depth { exact: 1, outcome: 1, time: 0, max_schedules: 4, instr: false, asked: false }
        }
        Profile::Quick => Depth {
            exact: 2,
            outcome: 1,
            time: 0,
            max_schedules: u32::MAX,
            instr: true,
            asked: false,
        },
        Profile::Standard => Depth {
            exact: 2,
            outcome: 1,
            time: 3,
            max_schedules: u32::MAX,
            instr: true,
            asked: false,
        },
        Profile::Full => Depth {
            exact: 2,
            outcome: 2,
            time: 10,
            max_schedules: u32::MAX,
            instr: true,
            asked: false,
        },
    };
    match args.launches {
        None => base,
        Some(n) => {
            let time = if base.time == 0 { 0 } else { n };
            Depth { exact: n, outcome: n, time, asked: true, ..base }
        }
    }
}

/// Plans a command.
///
/// # Errors
/// An [`InputError`](crate::InputError) at an unknown id or a damaged file.
pub fn plan(tree: &Tree, args: &BenchArgs) -> Result<Plan> {
    let filter = Filter::new(tree, args)?;
    let depth = depth(args);
    let mut cells = Vec::new();
    for target in tree.targets.iter().filter(|target| filter.target(target)) {
        for holding in tree.holdings.iter().filter(|holding| filter.holding(holding)) {
            for workload in tree.workloads.values().filter(|w| filter.workload(&w.id)) {
                cells.extend(pair(tree, target, holding, workload, depth));
            }
        }
    }
    let cells = cells.into_iter().filter_map(|cell| filter.cell(cell)).collect();
    Ok(Plan { profile: args.profile(), seed: args.seed, cells })
}

/// The cells of one holding and one workload on one target.
fn pair(
    tree: &Tree,
    target: &str,
    holding: &Holding,
    workload: &Workload,
    depth: Depth,
) -> Vec<PlannedCell> {
    let design = tree.designs.get(&holding.owner);
    let unsupported = design
        .filter(|_| holding.variant == "portable" && !holding.peer)
        .and_then(|design| design.unsupported.get(&workload.id));
    if unsupported.is_none() && !holding.workloads.contains(&workload.id) {
        return Vec::new();
    }
    // Only the hosted targets carry anything but the portable designs: what is small enough
    // for a microcontroller is said by the suite.
    let hosted = ["sim", "linux"].contains(&target);
    if holding.only.as_ref().is_some_and(|only| only != target) {
        return Vec::new();
    }
    let first_mode = design.is_none_or(|design| design.modes.first() == holding.mode.as_ref());
    if !hosted && (holding.peer || holding.variant != "portable" || !first_mode) {
        return Vec::new();
    }
    let mut cells = Vec::new();
    for case in workload.cases.iter().filter(|case| has_case(workload, case, holding)) {
        // A peer and the expert forms on one are written for one runtime.
        let foreign = design.is_none();
        let runtimes = holding.runtimes.iter().filter(|id| foreign || workload.runs_on(case, id));
        for runtime in runtimes.filter(|id| hosted || *id == OWN) {
            for n in sizes(workload, case, target) {
                let cell = CellKey {
                    workload: workload.id.clone(),
                    case: case.id.clone(),
                    n,
                    design: holding.owner.clone(),
                    mode: holding.mode.clone(),
                    variant: holding.variant.clone(),
                    runtime: runtime.clone(),
                };
                let reason = unsupported.map(|u| u.reason.clone());
                cells.extend(kinds(target, cell, workload, case, reason, depth));
            }
        }
    }
    cells
}

/// Every design has every case in the portable form, unless the case says otherwise. A peer
/// or a baseline has the cases that its sources name, controls included, because it is a text
/// of its own.
/// Another form has the cases that name it, or, where none does, the hazards: controls test
/// the workload and not the form.
fn has_case(workload: &Workload, case: &Case, holding: &Holding) -> bool {
    let names = |list: &Option<Vec<String>>, word: &str| {
        list.as_ref().map(|list| list.iter().any(|item| item == word))
    };
    let of_mode = holding.mode.as_ref().map(|mode| format!("{}/{mode}", holding.owner));
    let held = |case: &Case| {
        let by_mode = of_mode.as_ref().and_then(|mode| names(&case.holder, mode));
        if by_mode == Some(true) { by_mode } else { names(&case.holder, &holding.owner) }
    };
    let by_holder = held(case);
    let by_variant = names(&case.variants, &holding.variant);
    if by_holder == Some(false) || by_variant == Some(false) {
        return false;
    }
    if holding.peer || holding.only.is_some() {
        return holding.cases.contains(&format!("{}/{}", workload.id, case.id));
    }
    if holding.variant == "portable" {
        return true;
    }
    let named = |case: &Case| {
        names(&case.variants, &holding.variant) == Some(true) && held(case) != Some(false)
    };
    named(case) || (case.role == CaseRole::Hazard && !workload.cases.iter().any(named))
}

/// What compiles does not depend on a size.
fn sizes(workload: &Workload, case: &Case, target: &str) -> Vec<u32> {
    if target == "host" { vec![0] } else { workload.sizes(case, target) }
}

fn kinds(
    target: &str,
    cell: CellKey,
    workload: &Workload,
    case: &Case,
    unsupported: Option<String>,
    depth: Depth,
) -> Vec<PlannedCell> {
    let role = match case.role {
        CaseRole::Hazard => Role::Hazard,
        CaseRole::Control => Role::Control,
    };
    let planned = |kind: CellKind, launches: u32| PlannedCell {
        target: target.to_owned(),
        kind,
        cell: cell.clone(),
        role,
        launches,
        schedules: 0,
        seed: workload.schedules.seed,
        jitter: 0,
        real_clock: workload.clock == Clock::Real,
        rss: false,
        cpu: false,
        threads: false,
        latency: None,
        // A host cell of an unsupported pair runs: it checks the compiler's error.
        unsupported: unsupported.clone().filter(|_| kind != CellKind::Compile),
    };
    let outcome = PlannedCell {
        schedules: workload.schedules.count.min(depth.max_schedules),
        jitter: workload.jitter,
        ..planned(CellKind::Outcome, depth.outcome)
    };
    if unsupported.is_some() && target == "sim" {
        return vec![outcome];
    }
    let measure = workload.measured(case);
    match target {
        "sim" => vec![planned(CellKind::Exact, depth.exact), outcome],
        "host" => vec![planned(CellKind::Compile, 1)],
        "linux" => {
            let instr = measure.instr && depth.instr;
            let kind = if instr { CellKind::Instr } else { CellKind::Exact };
            if let Some(load) = measure.latency.filter(|_| unsupported.is_none())
                && (depth.time > 0 || depth.instr)
            {
                // How much such a run does depends on its load: without one it says nothing.
                let latency = planned(CellKind::Latency, depth.time);
                let cell = PlannedCell { latency: Some(load), ..latency };
                return if depth.time > 0 { vec![cell] } else { Vec::new() };
            }
            let rss = measure.rss && depth.instr;
            let exact = planned(kind, depth.exact_launches(workload, &cell.runtime));
            let cpu = measure.cpu && depth.instr;
            let threads = measure.threads;
            let mut cells = vec![PlannedCell { rss, cpu, threads, ..exact }];
            if measure.wall && depth.time > 0 && unsupported.is_none() {
                cells.push(planned(CellKind::Time, depth.time));
            }
            cells
        }
        _ => vec![planned(CellKind::Exact, depth.exact)],
    }
}

/// Cells of a plan by target and kind.
#[must_use]
pub fn counts(plan: &Plan) -> BTreeMap<(String, &'static str), usize> {
    let mut counts = BTreeMap::new();
    for cell in &plan.cells {
        let word = if cell.unsupported.is_some() { "unsupported" } else { cell.kind.word() };
        *counts.entry((cell.target.clone(), word)).or_insert(0) += 1;
    }
    counts
}

/// Targets that a command line asks for.
///
/// # Errors
/// An [`InputError`](crate::InputError) at an unknown one.
pub fn targets(tree: &Tree, args: &BenchArgs) -> Result<Vec<String>> {
    let filter = Filter::new(tree, args)?;
    Ok(tree.targets.iter().filter(|target| filter.target(target)).cloned().collect())
}
