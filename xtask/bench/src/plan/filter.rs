//! Which cells a command line asks for.

use anyhow::{Context, Result};
use globset::{GlobBuilder, GlobMatcher};
use record::Role;

use super::{CellKind, PlannedCell};
use crate::InputError;
use crate::claims::{self, Selector};
use crate::options::{BenchArgs, Shard};
use crate::tree::{Holding, Tree};

/// Any of several globs; none at all matches everything.
#[derive(Debug)]
struct Globs(Vec<GlobMatcher>);

impl Globs {
    fn new(patterns: &[String]) -> Result<Globs> {
        let one = |pattern: &String| {
            let glob = GlobBuilder::new(pattern).literal_separator(false).build();
            glob.map(|glob| glob.compile_matcher())
                .map_err(|error| InputError::new(format!("`{pattern}` is not a glob: {error}")))
        };
        Ok(Globs(patterns.iter().map(one).collect::<Result<_, InputError>>()?))
    }

    /// As `new`, but every pattern must match something that exists.
    fn known<'a>(
        what: &str,
        patterns: &[String],
        ids: impl Iterator<Item = &'a str>,
    ) -> Result<Globs> {
        let globs = Globs::new(patterns)?;
        let ids: Vec<&str> = ids.collect();
        for (glob, pattern) in globs.0.iter().zip(patterns) {
            if !ids.iter().any(|id| glob.is_match(id)) {
                return Err(InputError::unknown(what, pattern, ids).into());
            }
        }
        Ok(globs)
    }

    fn is_match(&self, id: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|glob| glob.is_match(id))
    }
}

/// The filters of a command line.
#[derive(Debug)]
pub(super) struct Filter {
    design: Globs,
    workload: Globs,
    target: Globs,
    runtime: Globs,
    claims: Option<Vec<Selector>>,
    peers: bool,
    named_peers: Vec<String>,
    shard: Option<Shard>,
}

impl Filter {
    pub(super) fn new(tree: &Tree, args: &BenchArgs) -> Result<Filter> {
        let peers = tree.peers();
        let wanted = Globs::known("claim", &args.claim, tree.claims.keys().map(String::as_str))?;
        let mut selectors = Vec::new();
        if !args.claim.is_empty() {
            for (id, path) in tree.claims.iter().filter(|(id, _)| wanted.is_match(id)) {
                let claim = claims::read(path).with_context(|| format!("claim {id}"))?;
                selectors.extend(claims::selectors(&claim));
            }
        }
        Ok(Filter {
            design: Globs::known("design", &args.design, tree.owners().into_iter())?,
            workload: Globs::known(
                "workload",
                &args.workload,
                tree.workloads.keys().map(String::as_str),
            )?,
            target: Globs::known("target", &args.target, tree.targets.iter().map(String::as_str))?,
            runtime: Globs::known("runtime", &args.runtime, tree.runtimes().into_iter())?,
            claims: (!args.claim.is_empty()).then_some(selectors),
            peers: args.peers || !args.claim.is_empty(),
            named_peers: args
                .design
                .iter()
                .filter(|id| peers.contains(id.as_str()))
                .cloned()
                .collect(),
            shard: args.shard,
        })
    }

    pub(super) fn target(&self, target: &str) -> bool {
        self.target.is_match(target)
    }

    pub(super) fn workload(&self, workload: &str) -> bool {
        self.workload.is_match(workload)
    }

    pub(super) fn holding(&self, holding: &Holding) -> bool {
        let wanted = !holding.peer || self.peers || self.named_peers.contains(&holding.owner);
        wanted && self.design.is_match(&holding.owner) && self.runtime.is_match(&holding.runtime)
    }

    /// The cell, possibly with less to measure, or nothing.
    pub(super) fn cell(&self, mut planned: PlannedCell) -> Option<PlannedCell> {
        if let Some(shard) = self.shard
            && !in_shard(shard, &planned)
        {
            return None;
        }
        let Some(selectors) = &self.claims else {
            return Some(planned);
        };
        let hits: Vec<&Selector> =
            selectors.iter().filter(|selector| selects(selector, &planned)).collect();
        if hits.is_empty() {
            return None;
        }
        let reads = |ids: &[&str]| {
            hits.iter().flat_map(|s| &s.metrics).any(|metric| ids.contains(&metric.as_str()))
        };
        match planned.kind {
            CellKind::Time if !reads(&["wall_ns", "cpu_ns"]) => return None,
            CellKind::Instr if !reads(&["instr", "own_markers", "foreign_markers", "syscalls"]) => {
                planned.kind = CellKind::Exact;
            }
            CellKind::Compile if !hits.iter().any(|s| s.compare == "compile") => return None,
            _ => {}
        }
        Some(planned)
    }
}

/// A group never leaves its shard, whatever else is planned.
fn in_shard(shard: Shard, planned: &PlannedCell) -> bool {
    let hash = blake3::hash(format!("{}|{}", planned.target, planned.group()).as_bytes());
    let head = hash.as_bytes().first_chunk::<8>().expect("a hash has 32 bytes");
    u64::from_le_bytes(*head) % u64::from(shard.of) == u64::from(shard.index - 1)
}

fn selects(selector: &Selector, planned: &PlannedCell) -> bool {
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
    let keys = selector.keys.iter().all(|(key, patterns)| {
        // The claim stands only if the controls of what it names are quiet.
        (quiet && key == "case")
            || Globs::new(patterns).is_ok_and(|globs| globs.is_match(text(key)))
    });
    let host = planned.kind == CellKind::Compile;
    keys && (selector.targets.is_empty() || selector.targets.contains(&planned.target))
        && (host || quiet || selector.n.is_empty() || selector.n.contains(&cell.n))
}
