//! May the record of this plan take the place of the pinned ones?
//!
//! A pin judges all claims of its target. A record of a few cells in its place would leave most
//! of them without evidence, and the text without its numbers.

use std::collections::BTreeSet;

use anyhow::Result;
use record::Record;
use xtask_judge::pins::Pins;

use crate::InputError;
use crate::options::BenchArgs;
use crate::plan::{self, Plan};
use crate::tree::Tree;

/// What repairs a claim whose inputs have changed: the record of a part of the cells cannot
/// judge.
pub const NEW_PIN: &str = "cargo xtask bench --record --pin";

/// Refuses a plan that leaves out cells which a pinned record of its targets has, and which the
/// tree still has.
///
/// # Errors
/// An [`InputError`] that names what is left out and what to run instead; those of planning.
pub(crate) fn check(tree: &Tree, args: &BenchArgs, plan: &Plan) -> Result<()> {
    if !args.pin {
        return Ok(());
    }
    let whole = BenchArgs { record: true, peers: true, ..BenchArgs::default() };
    let whole = plan::plan(tree, &whole)?;
    for (target, pin) in Pins::read(&tree.root)?.0 {
        let planned = cells(plan, &target);
        if planned.is_empty() {
            continue;
        }
        let pinned = Record::open(&Pins::dir(&tree.root, &pin.judge))?;
        let there = cells(&whole, &target);
        let left_out: Vec<&String> = pinned
            .run
            .receipts
            .keys()
            .filter(|key| there.contains(key.as_str()) && !planned.contains(key.as_str()))
            .collect();
        if let Some(first) = left_out.first() {
            let text = format!(
                "{} cells of the pinned record {} are not in this plan, the first of them {first}; \
                 claims that read them would lose their evidence. Pin a whole record: \
                 `{NEW_PIN}`; or measure without --pin and read what it says",
                left_out.len(),
                pin.judge
            );
            return Err(InputError::new(text).into());
        }
    }
    Ok(())
}

fn cells(plan: &Plan, target: &str) -> BTreeSet<String> {
    let of_target = plan.cells.iter().filter(|planned| planned.target == target);
    of_target.map(|planned| planned.cell.to_string()).collect()
}
