//! Cells shown beside a verdict: expert forms, and whatever a reader would ask for.

use std::collections::BTreeMap;

use record::CellKey;

use crate::claim::{Beside, Claim, Schedules};
use crate::evidence::{Cell, Evidence, Schedule};
use crate::range::Range;
use crate::read::{every_launch, outcome_word};
use crate::select::Pick;
use crate::verdicts::{BesideCell, CellUsed};

/// The cells that a claim lists, as far as they were measured.
pub(crate) fn cells(claim: &Claim, evidence: &BTreeMap<String, &Evidence>) -> Vec<BesideCell> {
    let mut cells = Vec::new();
    for beside in &claim.beside {
        for evidence in beside.targets.iter().filter_map(|target| evidence.get(target)) {
            for (key, cell) in evidence.cells(&Pick::of(&beside.of)) {
                let metric = beside.of.metric.clone().unwrap_or_else(|| "outcome".to_owned());
                cells.push(BesideCell {
                    text: beside.text.clone(),
                    cell: CellUsed {
                        target: evidence.run.target.clone(),
                        side: "beside".to_owned(),
                        cell: key.to_string(),
                        metric,
                        value: value(beside, key, cell).unwrap_or_else(|| "-".to_owned()),
                        counted: None,
                    },
                });
            }
        }
    }
    cells
}

fn value(beside: &Beside, key: &CellKey, cell: &Cell) -> Option<String> {
    if let Some(metric) = &beside.of.metric {
        // Where launches differ, their range says so.
        return Some(Range::over(&every_launch(cell, key, metric, None).ok()?)?.words());
    }
    let all = beside.schedules == Schedules::All;
    let schedules: Vec<&Schedule> =
        cell.schedules.iter().filter(|one| all || one.number == 0).collect();
    (!schedules.is_empty() && !cell.unsteady).then(|| outcome_word(&schedules))
}
