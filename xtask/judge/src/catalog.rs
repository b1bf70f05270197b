//! The ids that exist: what claims may name.
//!
//! Read from the tree's own files, because nothing that is measured is linked here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::axes::Axes;
use crate::design;
use crate::listing::{folders, names};
use crate::parse::parse;
use crate::reports::Reports;

/// What is known of a workload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workload {
    /// Case ids.
    pub cases: BTreeSet<String>,
    /// Whether it runs on the clock of the machine, so that no metric of it is exact.
    pub real_clock: bool,
    /// Whether all designs have to do exactly the same.
    pub equal_receipts: bool,
}

/// What is known of a metric.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metric {
    /// Unit of its integers.
    pub unit: String,
    /// Whether it is a distribution.
    pub sampled: bool,
    /// Targets whose runner reports it.
    pub targets: BTreeSet<String>,
}

/// All ids.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// By workload id.
    pub workloads: BTreeMap<String, Workload>,
    /// Designs, peers and baselines.
    pub designs: BTreeSet<String>,
    /// By metric id.
    pub metrics: BTreeMap<String, Metric>,
    /// Target ids.
    pub targets: BTreeSet<String>,
    /// The modes of designs in the design space: `poll`, `scoped/local`.
    pub points: BTreeMap<String, Axes>,
    /// Which workload reports what.
    pub(crate) reports: Reports,
}

#[derive(Deserialize)]
struct SuiteFile {
    id: String,
    #[serde(default)]
    clock: String,
    #[serde(default)]
    receipt: String,
    #[serde(default)]
    targets: Vec<String>,
    #[serde(default)]
    case: Vec<CaseEntry>,
}

#[derive(Deserialize)]
struct CaseEntry {
    id: String,
}

#[derive(Deserialize)]
struct Registry {
    metric: Vec<MetricEntry>,
}

#[derive(Deserialize)]
struct MetricEntry {
    id: String,
    unit: String,
    kind: String,
    targets: Vec<String>,
}

impl Catalog {
    /// Reads the suite, the registry of metrics and the folders of designs below `root`.
    ///
    /// # Errors
    /// When a file is malformed, with file and line.
    pub fn read(root: &Path) -> Result<Catalog> {
        let mut catalog = Catalog::default();
        catalog.targets.insert("host".to_owned());
        let registry = Path::new("workloads/contract/metrics.toml");
        let text = fs::read_to_string(root.join(registry))
            .with_context(|| format!("{}: the registry of metrics", registry.display()))?;
        for metric in parse::<Registry>(&text, registry)?.metric {
            catalog.targets.extend(metric.targets.iter().cloned());
            let known = Metric {
                unit: metric.unit,
                sampled: metric.kind == "sampled",
                targets: metric.targets.into_iter().collect(),
            };
            catalog.metrics.insert(metric.id, known);
        }
        for name in names(&root.join("workloads/suite"))? {
            if name.ends_with(".toml") {
                catalog.suite_file(root, &format!("workloads/suite/{name}"))?;
            }
        }
        for dir in ["workloads/mounts", "workloads/peers"] {
            for name in folders(&root.join(dir))? {
                let file = format!("{dir}/{name}/Cargo.toml");
                catalog.designs.insert(mounted(root, &file)?.unwrap_or(name));
            }
        }
        let designs = design::designs(root)?;
        catalog.points = design::points(&designs);
        catalog.reports = Reports::read(root)?;
        catalog.designs.extend(designs.into_keys());
        for target in folders(&root.join("workloads/targets"))? {
            let dir = root.join("workloads/targets").join(target).join("baselines");
            catalog.designs.extend(folders(&dir)?);
        }
        Ok(catalog)
    }

    fn suite_file(&mut self, root: &Path, path: &str) -> Result<()> {
        let text = fs::read_to_string(root.join(path)).with_context(|| path.to_owned())?;
        let file: SuiteFile = parse(&text, Path::new(path))?;
        self.targets.extend(file.targets);
        let known = Workload {
            cases: file.case.into_iter().map(|case| case.id).collect(),
            real_clock: file.clock == "real",
            equal_receipts: file.receipt == "equal",
        };
        self.workloads.insert(file.id, known);
        Ok(())
    }

    /// Why a metric that is known cannot be asked of a target, and what can.
    pub(crate) fn unreported(&self, metric: &str, target: &str) -> Option<String> {
        let on = &self.metrics.get(metric)?.targets;
        if on.contains(target) {
            return None;
        }
        let there = self.metrics.iter().filter(|(_, other)| other.targets.contains(target));
        let near = nearest(metric, there.map(|(id, _)| id));
        let on: Vec<&str> = on.iter().map(String::as_str).collect();
        let on = match on.is_empty() {
            true => "no runner reports it yet".to_owned(),
            false => format!("it is reported on {}", on.join(", ")),
        };
        Some(format!("{target} does not report `{metric}`, {on}; nearest on {target}: {near}"))
    }

    /// Unit of a metric; empty for what is not one.
    #[must_use]
    pub fn unit(&self, metric: &str) -> &str {
        self.metrics.get(metric).map_or("", |metric| &metric.unit)
    }

    /// Whether a metric is a distribution wherever it is taken.
    #[must_use]
    pub(crate) fn sampled(&self, metric: &str) -> bool {
        self.metrics.get(metric).is_some_and(|metric| metric.sampled)
    }

    /// Whether values of this metric in this workload may vary between launches.
    #[must_use]
    pub(crate) fn varies(&self, workload: &str, metric: &str) -> bool {
        self.sampled(metric)
            || self.workloads.get(workload).is_some_and(|workload| workload.real_clock)
    }
}

/// The design that a mount names in its manifest, if it names one.
fn mounted(root: &Path, file: &str) -> Result<Option<String>> {
    if !root.join(file).is_file() {
        return Ok(None);
    }
    let text = fs::read_to_string(root.join(file)).with_context(|| file.to_owned())?;
    let manifest: toml::Table = parse(&text, Path::new(file))?;
    let mount = || manifest.get("package")?.get("metadata")?.get("mount")?.get("design");
    Ok(mount().and_then(toml::Value::as_str).map(str::to_owned))
}

/// `unknown metric `allocz`; nearest: allocs, ...`.
pub(crate) fn unknown<'a>(
    what: &str,
    word: &str,
    known: impl Iterator<Item = &'a String>,
) -> String {
    let near = nearest(word, known);
    format!("unknown {what} `{word}`; nearest: {near} (see `cargo xtask list`)")
}

/// The three words that are most alike.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a String>) -> String {
    let mut near: Vec<(usize, &String)> =
        known.map(|other| (strsim::damerau_levenshtein(word, other), other)).collect();
    near.sort();
    let near: Vec<&str> = near.iter().take(3).map(|(_, other)| other.as_str()).collect();
    if near.is_empty() { "none exist".to_owned() } else { near.join(", ") }
}
