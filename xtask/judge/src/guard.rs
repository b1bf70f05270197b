//! Conditions on the records without which a claim is invalid.

use std::collections::{BTreeMap, BTreeSet};

use record::{CellKey, Receipt};

use crate::catalog::Catalog;
use crate::claim::{Claim, Guard, GuardKind};
use crate::evidence::Evidence;
use crate::read::Gap;
use crate::sampled::spread;
use crate::verdict::NOISY;
use crate::verdicts::CheckVerdict;

/// The first guard that does not hold, in words.
pub(crate) fn broken(
    claim: &Claim,
    checks: &[CheckVerdict],
    evidence: &BTreeMap<String, &Evidence>,
    catalog: &Catalog,
) -> Option<String> {
    let mut used: BTreeMap<&str, BTreeSet<CellKey>> = BTreeMap::new();
    for cell in checks.iter().flat_map(|check| &check.cells) {
        if let Ok(key) = cell.cell.parse() {
            used.entry(&cell.target).or_default().insert(key);
        }
    }
    let sources: Vec<(&Evidence, &BTreeSet<CellKey>)> =
        used.iter().filter_map(|(target, cells)| Some((*evidence.get(*target)?, cells))).collect();
    claim.guards.iter().find_map(|guard| {
        let words = match guard.kind {
            GuardKind::ControlQuiet => each(&sources, |e, cells| control(guard, e, cells)),
            GuardKind::ReceiptsEqual => each(&sources, |e, cells| receipts(e, cells, catalog)),
            GuardKind::ArtifactsDiffer => each(&sources, same_code),
            GuardKind::AaClean => each(&sources, noise),
            GuardKind::Toolchain => toolchain(&sources),
        };
        words.map(|words| format!("guard {}: {words}", name(guard.kind)))
    })
}

fn each(
    sources: &[(&Evidence, &BTreeSet<CellKey>)],
    one: impl Fn(&Evidence, &BTreeSet<CellKey>) -> Option<String>,
) -> Option<String> {
    sources.iter().find_map(|(evidence, cells)| one(evidence, cells))
}

/// The name in claim files.
pub(crate) fn name(kind: GuardKind) -> String {
    let name = serde_json::to_value(kind).expect("a unit variant is a string");
    name.as_str().unwrap_or_default().to_owned()
}

/// Controls of the designs that were read; of any design where they have none of their own.
fn control(guard: &Guard, evidence: &Evidence, cells: &BTreeSet<CellKey>) -> Option<String> {
    let workloads: BTreeSet<&str> = cells.iter().map(|key| key.workload.as_str()).collect();
    for workload in workloads {
        let mine = cells.iter().filter(|key| key.workload == workload);
        let designs: BTreeSet<&str> = mine.map(|key| key.design.as_str()).collect();
        let Some(controls) = evidence.controls.get(workload) else {
            return Some(format!("no control of {workload} is in {}", evidence.name));
        };
        let own = designs.iter().any(|design| controls.seen.contains(*design));
        let fired = controls.fired.iter().find(|(key, _)| {
            let named = guard.case.as_ref().is_none_or(|cases| cases.contains(&key.case));
            named && (!own || designs.contains(key.design.as_str()))
        });
        if let Some((key, how)) = fired {
            return Some(format!("{key}: {how}"));
        }
        if controls.seen.is_empty() {
            return Some(format!("no control of {workload} ran in {}", evidence.name));
        }
    }
    None
}

/// That each cell did what `run.json` expects was checked when the record was read. Here,
/// designs that have to do the same are compared with each other.
fn receipts(evidence: &Evidence, cells: &BTreeSet<CellKey>, catalog: &Catalog) -> Option<String> {
    let mut groups: BTreeMap<(&str, &str, u32, &str), (&CellKey, Receipt)> = BTreeMap::new();
    for key in cells {
        let equal = catalog.workloads.get(&key.workload).is_some_and(|w| w.equal_receipts);
        let Some(receipt) = evidence.run.receipts.get(&key.to_string()).filter(|_| equal) else {
            continue;
        };
        let group = (key.workload.as_str(), key.case.as_str(), key.n, key.variant.as_str());
        let (first, expected) = *groups.entry(group).or_insert((key, *receipt));
        if expected != *receipt {
            return Some(format!("{key} did {receipt} where {first} did {expected}"));
        }
    }
    None
}

fn same_code(evidence: &Evidence, cells: &BTreeSet<CellKey>) -> Option<String> {
    cells.iter().find_map(|key| {
        let note = evidence.cells.get(key)?.note.as_deref()?;
        note.starts_with("same code as").then(|| format!("{key}: {note}"))
    })
}

/// The spread of the groups that were read; of the whole run where no time was.
fn noise(evidence: &Evidence, cells: &BTreeSet<CellKey>) -> Option<String> {
    let timed: BTreeSet<&CellKey> =
        evidence.timed.iter().map(|line| &line.cell).filter(|key| cells.contains(*key)).collect();
    for cell in &timed {
        match spread(evidence, cell) {
            Ok(spread) if spread <= NOISY => {}
            Ok(spread) => return Some(format!("A/A spread {:.1} % beside {cell}", spread * 100.0)),
            Err(Gap::Missing(why) | Gap::Unsteady(why) | Gap::Wrong(why)) => return Some(why),
        }
    }
    match &evidence.run.noise {
        _ if !timed.is_empty() => None,
        Some(noise) if noise.aa_spread <= NOISY => None,
        Some(noise) => Some(format!("A/A spread {:.1} %", noise.aa_spread * 100.0)),
        None => Some(format!("no A/A control in {}", evidence.name)),
    }
}

fn toolchain(sources: &[(&Evidence, &BTreeSet<CellKey>)]) -> Option<String> {
    let built: BTreeSet<&str> =
        sources.iter().map(|(evidence, _)| evidence.run.toolchain.rustc.as_str()).collect();
    (built.len() > 1).then(|| built.into_iter().collect::<Vec<_>>().join(" and "))
}
