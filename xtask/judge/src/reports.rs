//! Which workload reports which metric, found in the sources.
//!
//! A metric that some workload sets itself, as in `metrics.set(Metric::LostItems, ..)`, is
//! reported by those workloads alone whose own file, or a module that it takes its judge from,
//! sets it. What no workload sets is counted by the runners, of every workload.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Where workloads and their judges are written.
const SOURCES: [&str; 2] = ["workloads/suite", "workloads/oracles/src"];
/// How a value is put among the metrics.
const SETTERS: [&str; 3] = ["set(", "add(", "max("];

/// What is known of the sources.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reports {
    /// By metric id: the modules that set it, themselves or by what they use.
    setting: BTreeMap<String, BTreeSet<String>>,
    /// Modules that were read.
    modules: BTreeSet<String>,
}

impl Reports {
    /// Reads the sources below a root; a tree without them knows nothing and refuses nothing.
    pub(crate) fn read(root: &Path) -> Result<Reports> {
        // A workload and its oracle have one name, and are one module here.
        let mut texts: BTreeMap<String, String> = BTreeMap::new();
        for dir in SOURCES {
            for name in crate::listing::names(&root.join(dir))? {
                if let Some(module) = name.strip_suffix(".rs").filter(|module| *module != "lib") {
                    let path = root.join(dir).join(&name);
                    let text =
                        fs::read_to_string(&path).with_context(|| format!("{dir}/{name}"))?;
                    texts.entry(module.to_owned()).or_default().push_str(&text);
                }
            }
        }
        Ok(Reports::of(&texts))
    }

    fn of(texts: &BTreeMap<String, String>) -> Reports {
        let modules = texts.keys().cloned().collect();
        let mut reports = Reports { modules, ..Reports::default() };
        let read = |(module, text): (&String, &String)| {
            (module.clone(), (modules_named(text), metrics_set(text)))
        };
        let read: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> =
            texts.iter().map(read).collect();
        for module in texts.keys() {
            let mut reached: BTreeSet<&String> = BTreeSet::new();
            let mut open = vec![module];
            while let Some(one) = open.pop() {
                if let Some((named, metrics)) = read.get(one).filter(|_| reached.insert(one)) {
                    open.extend(named);
                    for metric in metrics {
                        reports.setting.entry(metric.clone()).or_default().insert(module.clone());
                    }
                }
            }
        }
        reports
    }

    /// The workloads that report a metric, where this one is known and is none of them.
    pub(crate) fn others(&self, metric: &str, workload: &str) -> Option<String> {
        let module = workload.replace('-', "_");
        let setting = self.setting.get(metric)?;
        if setting.contains(&module) || !self.modules.contains(&module) {
            return None;
        }
        let ids: Vec<String> = setting.iter().map(|module| module.replace('_', "-")).collect();
        Some(ids.join(", "))
    }
}

/// Every name before a `::`; most are no modules of ours.
fn modules_named(text: &str) -> BTreeSet<String> {
    let names = text
        .match_indices("::")
        .filter_map(|(at, _)| text[..at].rsplit(|c: char| !c.is_alphanumeric() && c != '_').next());
    names.map(str::to_owned).collect()
}

/// Ids of the metrics that a text sets.
fn metrics_set(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, word) in text.match_indices("Metric::") {
        let before = text[..at].trim_end();
        let before = before.strip_suffix("contract::").unwrap_or(before).trim_end();
        if SETTERS.iter().any(|setter| before.ends_with(setter)) {
            let name = text[at + word.len()..].chars().take_while(|c| c.is_alphanumeric());
            found.insert(id(name));
        }
    }
    found
}

/// `LostItems` as the registry writes it: `lost_items`.
fn id(name: impl Iterator<Item = char>) -> String {
    let mut id = String::new();
    for c in name {
        if c.is_uppercase() && !id.is_empty() {
            id.push('_');
        }
        id.extend(c.to_lowercase());
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workload_reports_what_its_judge_sets_wherever_that_stands() {
        let text = |module: &str, text: &str| (module.to_owned(), text.to_owned());
        let reports = Reports::of(&BTreeMap::from([
            text("lossy_loop", "metrics.set(\n        Metric::LostItems,\n        1);"),
            text(
                "lossy_matrix",
                "use crate::lossy_loop::judge;\nm.add(contract::Metric::CellsOk, 1);",
            ),
            text("echo", "let polls = metrics.get(Metric::LeafPolls); use not_lossy_loop::x;"),
        ]));
        for (metric, workload, others) in [
            ("lost_items", "lossy-loop", None),
            ("lost_items", "lossy-matrix", None),
            ("lost_items", "echo", Some("lossy-loop, lossy-matrix")),
            ("cells_ok", "lossy-loop", Some("lossy-matrix")),
            ("leaf_polls", "lossy-loop", None),
            ("lost_items", "unwritten", None),
        ] {
            assert_eq!(reports.others(metric, workload).as_deref(), others, "{metric} {workload}");
        }
    }
}
