//! Which cells a command line asks for.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use record::Role;

use super::names::{Known, Names};
use super::{CellKind, PlannedCell};
use crate::InputError;
use crate::claims::{self, Selector};
use crate::glob::Glob;
use crate::options::{BenchArgs, Profile, Shard};
use crate::tree::{Holding, OWN, Tree, Workload};

/// Metrics that are read from samples.
const TIMES: &[&str] = &["wall_ns", "cpu_ns"];

/// The metric that takes a process of its own and an idle machine.
const PROCESS_CPU: &str = "process_cpu_ns";

/// Metrics that callgrind counts.
const COUNTED: &[&str] = &["instr", "instr_threads", "own_markers", "foreign_markers", "syscalls"];

/// Metrics that are read from latencies.
const LATENCIES: &[&str] = &["latency_ns_p50", "latency_ns_p99"];

/// Any of several globs; none at all matches everything.
#[derive(Debug)]
struct Globs(Option<Vec<Glob>>);

impl Globs {
    fn new(patterns: &[String]) -> Result<Globs> {
        let one = |pattern: &String| {
            Glob::new(pattern)
                .map_err(|error| InputError::new(format!("`{pattern}` is not a glob: {error}")))
        };
        Ok(Globs(Some(patterns.iter().map(one).collect::<Result<_, InputError>>()?)))
    }

    fn nothing() -> Globs {
        Globs(None)
    }

    /// As `new`, but every pattern must match something that exists.
    fn known<'a>(
        what: &str,
        patterns: &[String],
        ids: impl Iterator<Item = &'a str>,
    ) -> Result<Globs> {
        let globs = Globs::new(patterns)?;
        let ids: Vec<&str> = ids.collect();
        for (glob, pattern) in globs.0.iter().flatten().zip(patterns) {
            if !ids.iter().any(|id| glob.is_match(id)) {
                return Err(InputError::unknown(what, pattern, ids).into());
            }
        }
        Ok(globs)
    }

    fn is_match(&self, id: &str) -> bool {
        self.0
            .as_ref()
            .is_some_and(|all| all.is_empty() || all.iter().any(|glob| glob.is_match(id)))
    }
}

/// The filters of a command line.
#[derive(Debug)]
pub(super) struct Filter {
    design: Names,
    workload: Names,
    target: Globs,
    runtime: Globs,
    /// What the claims of the command line ask for.
    wanted: Option<Vec<Matcher>>,
    /// What any claim of the tree asks for.
    asked: Vec<Matcher>,
    /// Workloads and cases that a table shows first.
    headlines: BTreeSet<(String, String)>,
    all_peers: bool,
    shard: Option<Shard>,
    /// What a first answer can do without.
    first: Option<First>,
}

/// Workloads that run on the runtimes of others under our designs too: on those they say what
/// something costs there, and nothing about a hazard.
type First = BTreeSet<String>;

impl Filter {
    pub(super) fn new(tree: &Tree, args: &BenchArgs) -> Result<Filter> {
        let globs = Globs::known("claim", &args.claim, tree.claims.keys().map(String::as_str))?;
        let (mut wanted, mut asked) = (Vec::new(), Vec::new());
        for (id, path) in &tree.claims {
            let claim = claims::read(path).with_context(|| format!("claim {id}"))?;
            let selectors = claims::selectors(&claim);
            if !args.claim.is_empty() && globs.is_match(id) {
                wanted.extend(selectors.iter().cloned().map(Matcher::new));
            }
            asked.extend(selectors.into_iter().map(Matcher::new));
        }
        Ok(Filter {
            design: Names::known("design", &args.design, &designs(tree))?,
            workload: Names::known("workload", &args.workload, &cases(tree))?,
            target: Globs::known("target", &args.target, tree.targets.iter().map(String::as_str))?,
            runtime: Globs::known("runtime", &args.runtime, tree.runtimes().into_iter())?,
            wanted: (!args.claim.is_empty()).then_some(wanted),
            asked,
            headlines: headlines(tree),
            all_peers: args.peers,
            shard: args.shard,
            first: first(tree, args),
        })
    }

    pub(super) fn target(&self, target: &str) -> bool {
        self.target.is_match(target)
    }

    pub(super) fn workload(&self, workload: &str) -> bool {
        self.workload.id(workload)
    }

    pub(super) fn holding(&self, holding: &Holding) -> bool {
        let owner = &holding.owner;
        let asked = |one: &Matcher| {
            one.keys.iter().any(|(key, globs)| key == "design" && globs.is_match(owner))
        };
        let wanted = !holding.peer
            || self.all_peers
            || self.design.spells(owner)
            || self.asked.iter().any(asked);
        wanted && self.design.id(owner)
    }

    /// Whether its case, mode and variant are asked for. A hazard says nothing without its
    /// control, so that controls stay whatever case or variant is named.
    fn named(&self, planned: &PlannedCell) -> bool {
        let PlannedCell { cell, role, .. } = planned;
        let (mode, control) = (cell.mode.as_deref(), *role == Role::Control);
        let case = control || self.workload.part(&cell.workload, Some(&cell.case));
        let variant = control || self.design.whole((&cell.design, mode, &cell.variant));
        case && variant && self.design.part(&cell.design, mode)
    }

    /// The cell, possibly with less to measure, or nothing.
    pub(super) fn cell(&self, mut planned: PlannedCell) -> Option<PlannedCell> {
        if !self.runtime.is_match(&planned.cell.runtime) || !self.named(&planned) {
            return None;
        }
        if let Some(shard) = self.shard
            && !in_shard(shard, &planned)
        {
            return None;
        }
        if planned.kind == CellKind::Time && !self.timed(&planned) {
            return None;
        }
        planned.cpu &= self.reads(&planned, &[PROCESS_CPU]);
        let spared = self.first.as_ref().is_some_and(|first| spares(first, &planned));
        let asked = spared.then_some(&self.asked);
        let Some(selectors) = self.wanted.as_ref().or(asked) else {
            return Some(planned);
        };
        // In a first answer, what speaks of every cell that there is asks for none of them.
        let counts = |one: &&Matcher| !spared || names_a_workload(&one.selector);
        let hits: Vec<&Selector> = selectors
            .iter()
            .filter(counts)
            .filter(|one| one.selects(&planned))
            .map(|one| &one.selector)
            .collect();
        if hits.is_empty() {
            return None;
        }
        let reads = |ids: &[&str]| {
            hits.iter().flat_map(|s| &s.metrics).any(|metric| ids.contains(&metric.as_str()))
        };
        planned.rss &= reads(&["rss_bytes"]);
        planned.cpu &= reads(&[PROCESS_CPU]);
        match planned.kind {
            CellKind::Time if !reads(TIMES) => return None,
            CellKind::Latency if !reads(LATENCIES) => return None,
            CellKind::Instr if !reads(COUNTED) => {
                planned.kind = CellKind::Exact;
            }
            CellKind::Compile if !hits.iter().any(|s| s.compare == "compile") => return None,
            _ => {}
        }
        Some(planned)
    }

    /// Samples are what makes a record large: they are taken of the cases that a table shows
    /// first, and of what a claim asks for.
    fn timed(&self, planned: &PlannedCell) -> bool {
        let key = (planned.cell.workload.clone(), planned.cell.case.clone());
        self.headlines.contains(&key) || self.reads(planned, TIMES)
    }

    /// Whether any claim of the tree reads one of these metrics of this cell.
    fn reads(&self, planned: &PlannedCell, ids: &[&str]) -> bool {
        let reads = |selector: &Selector| {
            selector.metrics.iter().any(|metric| ids.contains(&metric.as_str()))
        };
        self.asked.iter().any(|asked| reads(&asked.selector) && asked.selects(planned))
    }
}

/// Designs and peers as they are held, by mode and variant.
fn designs(tree: &Tree) -> Vec<Known<'_>> {
    let held = tree.holdings.iter();
    let held = held.map(|h| (h.owner.as_str(), h.mode.as_deref(), h.variant.as_str()));
    // One that no package holds yet is known all the same.
    held.chain(tree.designs.keys().map(|id| (id.as_str(), None, "portable"))).collect()
}

fn cases(tree: &Tree) -> Vec<Known<'_>> {
    let all = tree.workloads.values();
    all.flat_map(|w| w.cases.iter().map(|case| (w.id.as_str(), Some(case.id.as_str()), "")))
        .collect()
}

/// A quick run measures what claims ask for where building or counting takes long: unless the
/// command line says what to measure, then that is measured.
fn first(tree: &Tree, args: &BenchArgs) -> Option<First> {
    let named = !args.target.is_empty() || !args.runtime.is_empty() || args.peers;
    if args.profile() != Profile::Quick || named {
        return None;
    }
    let travels = |workload: &&Workload| {
        let of_cases = workload.cases.iter().filter_map(|case| case.runtimes.as_ref()).flatten();
        workload.runtimes.iter().chain(of_cases).any(|runtime| !runtime.starts_with(OWN))
    };
    Some(tree.workloads.values().filter(travels).map(|workload| workload.id.clone()).collect())
}

/// Whether a check names the workload that it reads.
fn names_a_workload(selector: &Selector) -> bool {
    let named = |patterns: &Vec<String>| patterns.iter().any(|pattern| pattern != "*");
    selector.keys.get("workload").is_some_and(named)
}

/// Whether a first answer has this cell only if a claim asks for it.
fn spares(first: &First, planned: &PlannedCell) -> bool {
    match planned.target.as_str() {
        "linux" => true,
        "sim" => planned.cell.runtime != OWN && first.contains(&planned.cell.workload),
        _ => false,
    }
}

fn headlines(tree: &Tree) -> BTreeSet<(String, String)> {
    let mut headlines = BTreeSet::new();
    for workload in tree.workloads.values() {
        let all = !workload.cases.iter().any(|case| case.headline);
        let shown = workload.cases.iter().filter(|case| all || case.headline);
        headlines.extend(shown.map(|case| (workload.id.clone(), case.id.clone())));
    }
    headlines
}

/// A group never leaves its shard, whatever else is planned.
fn in_shard(shard: Shard, planned: &PlannedCell) -> bool {
    let hash = blake3::hash(format!("{}|{}", planned.target, planned.group()).as_bytes());
    let head = hash.as_bytes().first_chunk::<8>().expect("a hash has 32 bytes");
    u64::from_le_bytes(*head) % u64::from(shard.of) == u64::from(shard.index - 1)
}

/// A selector whose patterns are read once: it is asked about thousands of cells.
#[derive(Debug)]
pub(crate) struct Matcher {
    selector: Selector,
    keys: Vec<(String, Globs)>,
}

impl Matcher {
    /// A pattern that is none matches nothing.
    pub(crate) fn new(selector: Selector) -> Matcher {
        let keys = selector.keys.iter().map(|(key, patterns)| {
            let globs = Globs::new(patterns).unwrap_or_else(|_| Globs::nothing());
            (key.clone(), globs)
        });
        Matcher { keys: keys.collect(), selector }
    }

    /// Whether the check reads the cell.
    pub(crate) fn selects(&self, planned: &PlannedCell) -> bool {
        let Matcher { selector, keys } = self;
        let cell = &planned.cell;
        let text = |key: &str| match key {
            "workload" => cell.workload.as_str(),
            "case" => cell.case.as_str(),
            "design" => cell.design.as_str(),
            "mode" => cell.mode.as_deref().unwrap_or_default(),
            "variant" => cell.variant.as_str(),
            _ => cell.runtime.as_str(),
        };
        let quiet = selector.controls && planned.role == Role::Control;
        // The claim stands only if the controls of what it names are quiet.
        let matches =
            keys.iter().all(|(key, globs)| (quiet && key == "case") || globs.is_match(text(key)));
        let host = planned.kind == CellKind::Compile;
        matches
            && (selector.targets.is_empty() || selector.targets.contains(&planned.target))
            && (host || quiet || selector.n.is_empty() || selector.n.contains(&cell.n))
    }
}
