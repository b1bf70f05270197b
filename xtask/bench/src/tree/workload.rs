//! `workloads/suite/<id>.toml`: what is known of a workload without building anything.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::InputError;

/// The runtime that every design has: our own executor on the sim driver.
pub(crate) const OWN: &str = "own";

/// Whether time is the World's or the machine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// Every interval is virtual.
    Virtual,
    /// Exact metrics of this workload are treated as sampled.
    Real,
}

/// Whether all designs must do the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReceiptRule {
    /// One receipt for all designs of a case and size.
    Equal,
    /// One per design; equal over its launches.
    PerDesign,
}

/// May the hazard fire?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CaseRole {
    /// It may.
    Hazard,
    /// It must not.
    Control,
}

/// Sizes of one target, or of all.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Sizes {
    /// The same on every target.
    All(Vec<u32>),
    /// By target.
    ByTarget(BTreeMap<String, Vec<u32>>),
}

/// One `[[case]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Id within the workload.
    pub id: String,
    /// May the hazard fire?
    pub role: CaseRole,
    /// For a reader.
    #[serde(default)]
    pub text: String,
    /// Targets, when fewer than the workload's.
    pub targets: Option<Vec<String>>,
    /// The case that a table shows first.
    #[serde(default)]
    pub headline: bool,
    /// Designs, modes of designs (`design/mode`) and peers that have the case, when not all do.
    pub holder: Option<Vec<String>>,
    /// Variants that have the case, when not all do.
    pub variants: Option<Vec<String>>,
    /// Sizes, when not the workload's.
    pub n: Option<Sizes>,
    /// Runtimes, when not the workload's.
    pub runtimes: Option<Vec<String>>,
    /// What is measured beyond exact values, when not as the workload says.
    pub measure: Option<Measure>,
}

/// `[params.<target>]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Sizes.
    pub n: Vec<u32>,
}

/// `[measure]`: what is measured on `linux` beyond exact values.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Measure {
    /// Instructions, by callgrind.
    pub instr: bool,
    /// Wall time, by the block sampler.
    pub wall: bool,
    /// Growth of the resident set of a fresh process.
    pub rss: bool,
    /// CPU time of all threads of a fresh process, where a claim reads it.
    pub cpu: bool,
    /// The program has threads of its own: its instructions are those of all of them and vary
    /// between launches, and its use of the heap is not counted.
    pub threads: bool,
    /// Latency under an open loop, instead of everything else: how many requests a run
    /// serves depends on the load then.
    pub latency: Option<OpenLoop>,
}

/// The load of an open loop; the size of the cell is the number of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenLoop {
    /// Requests per second, over all connections.
    pub rate: u32,
    /// Seconds of them.
    pub seconds: u32,
    /// When they are due.
    #[serde(default)]
    pub schedule: record::Schedule,
}

/// A workload file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// Id, equal to the file's name.
    pub id: String,
    /// One line for tables.
    pub title: String,
    /// Sources of the situation.
    #[serde(default)]
    pub refs: Vec<String>,
    /// Seed bullets of the RFC that it stands for.
    #[serde(default)]
    pub seed: Vec<String>,
    /// Capabilities that a design needs for it.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Whose time.
    pub clock: Clock,
    /// Whether all designs must do the same.
    pub receipt: ReceiptRule,
    /// What severity counts.
    #[serde(default)]
    pub severity_unit: String,
    /// Targets it runs on.
    pub targets: Vec<String>,
    /// Runtimes that it is run on, where a mount has them; our own on the simulated driver
    /// where absent.
    #[serde(default = "own_only")]
    pub runtimes: Vec<String>,
    /// Targets that can tell whether the hazard fires, when not all can.
    pub outcomes: Option<Vec<String>>,
    /// `random(64, 7)`, `exhaustive(k)` or `none`.
    #[serde(default)]
    pub schedules: Schedules,
    /// Jitter of every interval in further schedules, in percent.
    #[serde(default)]
    pub jitter: u32,
    /// Cases, in order.
    #[serde(rename = "case")]
    pub cases: Vec<Case>,
    /// Sizes by target.
    #[serde(default)]
    pub params: BTreeMap<String, Params>,
    /// What is measured beyond exact values.
    #[serde(default)]
    pub measure: Measure,
}

/// How many schedules of the environment are tried beyond the script as written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Schedules {
    /// Schedules beyond the first.
    pub count: u32,
    /// Seed that the workload gives.
    pub seed: u64,
}

fn own_only() -> Vec<String> {
    vec![OWN.to_owned()]
}

impl TryFrom<String> for Schedules {
    type Error = String;

    fn try_from(text: String) -> Result<Schedules, String> {
        let bad = || format!("schedules `{text}` is not random(n, seed), exhaustive(k) or none");
        if text == "none" {
            return Ok(Schedules::default());
        }
        let (word, rest) = text.split_once('(').ok_or_else(bad)?;
        let inner = rest.strip_suffix(')').ok_or_else(bad)?;
        let mut numbers = inner.split(',').map(|part| part.trim().parse::<u64>());
        let mut next = || numbers.next().and_then(Result::ok);
        let count = next().and_then(|n| u32::try_from(n).ok()).ok_or_else(bad)?;
        let seed = match word {
            "random" => next().ok_or_else(bad)?,
            "exhaustive" => 0,
            _ => return Err(bad()),
        };
        Ok(Schedules { count, seed })
    }
}

impl Workload {
    /// Reads a file.
    ///
    /// # Errors
    /// An [`InputError`] naming file and line.
    pub fn read(path: &Path) -> Result<Workload> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let workload: Workload = toml::from_str(&text)
            .map_err(|error| InputError::new(format!("{}: {error}", path.display())))?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().replace('_', "-");
        if workload.id != stem {
            let id = &workload.id;
            let text = format!("{}: id `{id}` differs from the file's name", path.display());
            return Err(InputError::new(text).into());
        }
        Ok(workload)
    }

    /// Sizes of a case on a target; empty when it does not run there.
    #[must_use]
    pub fn sizes(&self, case: &Case, target: &str) -> Vec<u32> {
        if !case.targets.as_ref().unwrap_or(&self.targets).iter().any(|t| t == target) {
            return Vec::new();
        }
        let own = case.n.as_ref().map(|sizes| match sizes {
            Sizes::All(list) => Some(list),
            Sizes::ByTarget(map) => map.get(target),
        });
        match own.flatten().or_else(|| self.params.get(target).map(|params| &params.n)) {
            Some(list) => list.clone(),
            None => vec![1],
        }
    }

    /// Whether a case is run on a runtime.
    #[must_use]
    pub fn runs_on(&self, case: &Case, runtime: &str) -> bool {
        case.runtimes.as_ref().unwrap_or(&self.runtimes).iter().any(|one| one == runtime)
    }

    /// What is measured of a case beyond exact values.
    #[must_use]
    pub fn measured(&self, case: &Case) -> Measure {
        case.measure.unwrap_or(self.measure)
    }

    /// The name of its source file, without the extension.
    #[must_use]
    pub fn module(&self) -> String {
        self.id.replace('-', "_")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_read() {
        let read = |text: &str| Schedules::try_from(text.to_owned());
        assert_eq!(read("random(64, 7)"), Ok(Schedules { count: 64, seed: 7 }));
        assert_eq!(read("exhaustive(40)"), Ok(Schedules { count: 40, seed: 0 }));
        assert_eq!(read("none"), Ok(Schedules { count: 0, seed: 0 }));
        assert!(read("random(64)").is_err());
        assert!(read("all").is_err());
    }

    #[test]
    fn sizes_come_from_the_case_before_the_workload() {
        let workload: Workload = toml::from_str(
            r#"
            id = "w"
            title = "t"
            clock = "virtual"
            receipt = "equal"
            targets = ["sim", "linux"]
            [[case]]
            id = "a"
            role = "hazard"
            n = { sim = [1, 2] }
            [[case]]
            id = "b"
            role = "control"
            targets = ["sim"]
            [params.sim]
            n = [30]
            [params.linux]
            n = [40]
            "#,
        )
        .expect("a workload");
        let [a, b] = workload.cases.as_slice() else { panic!("two cases") };
        assert_eq!(workload.sizes(a, "sim"), [1, 2]);
        assert_eq!(workload.sizes(a, "linux"), [40]);
        assert_eq!(workload.sizes(b, "sim"), [30]);
        assert!(workload.sizes(b, "linux").is_empty());
    }
}
