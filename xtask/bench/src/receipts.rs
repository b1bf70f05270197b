//! Did all cells do the same work? Asked before anything is written.
//!
//! A line whose receipt is not the expected one, and a control that fired, are failures: the
//! line stays, with its status, and none of its values count.

use std::collections::{BTreeMap, BTreeSet};

use record::{Kind, Line, Outcome, Receipt, Role, Status};

use crate::tree::{ReceiptRule, Tree};

/// Rivals that must have done the same.
type Group = (String, String, u32, String);

/// Checks the lines of one target. Returns the expected receipt by cell key.
pub(crate) fn check(tree: &Tree, lines: &mut [Line]) -> BTreeMap<String, Receipt> {
    for line in lines.iter_mut().filter(|line| line.status.is_ok()) {
        let fired = line.schedules.iter().filter(|s| s.outcome == Outcome::Occurs).count();
        if line.receipt.is_none() {
            line.status = Status::not("failed", "the runner gave no receipt");
        } else if line.role == Some(Role::Control) && fired > 0 {
            let of = line.schedules.len();
            line.status =
                Status::not("failed", format!("control fired in {fired} of {of} schedules"));
        }
    }
    let mut first: BTreeMap<String, (u32, Kind, Receipt)> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.status.is_ok()) {
        let Some(receipt) = line.receipt else {
            continue;
        };
        let candidate = (line.launch, line.kind, receipt);
        let entry = first.entry(line.cell.to_string()).or_insert(candidate);
        if (candidate.0, candidate.1) < (entry.0, entry.1) {
            *entry = candidate;
        }
    }
    let mut expected: BTreeMap<String, Receipt> =
        first.into_iter().map(|(key, (_, _, receipt))| (key, receipt)).collect();
    agree(tree, lines, &mut expected);
    for line in lines.iter_mut().filter(|line| line.status.is_ok()) {
        let key = line.cell.to_string();
        if let (Some(is), Some(wanted)) = (line.receipt, expected.get(&key))
            && is != *wanted
        {
            line.status = Status::not("failed", format!("receipt {is}, expected {wanted}"));
        }
    }
    let good: BTreeSet<String> =
        lines.iter().filter(|line| line.status.is_ok()).map(|line| line.cell.to_string()).collect();
    expected.retain(|key, _| good.contains(key));
    expected
}

/// Where all designs must do the same, the receipt that most of them have is expected.
fn agree(tree: &Tree, lines: &[Line], expected: &mut BTreeMap<String, Receipt>) {
    let mut groups: BTreeMap<Group, BTreeMap<String, Receipt>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.status.is_ok() && line.compile.is_none()) {
        let cell = &line.cell;
        let rule = tree.workloads.get(&cell.workload).map(|workload| workload.receipt);
        let key = cell.to_string();
        if let (Some(ReceiptRule::Equal), Some(receipt)) = (rule, expected.get(&key)) {
            let group = (cell.workload.clone(), cell.case.clone(), cell.n, cell.variant.clone());
            groups.entry(group).or_default().insert(key, *receipt);
        }
    }
    for members in groups.into_values() {
        let mut votes: BTreeMap<Receipt, usize> = BTreeMap::new();
        for receipt in members.values() {
            *votes.entry(*receipt).or_insert(0) += 1;
        }
        let most = votes.values().copied().max().unwrap_or(0);
        let winner = members.values().find(|receipt| votes[*receipt] == most).copied();
        for key in members.into_keys() {
            if let Some(winner) = winner {
                expected.insert(key, winner);
            }
        }
    }
}
