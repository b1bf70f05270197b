//! Is what a claim was measured from still what lies in the tree?
//!
//! Compares the fingerprints that a record stores with those of the tree as it is: no build,
//! and no git history.

use std::collections::BTreeMap;

use anyhow::Result;
use record::{CellKey, Record};

use crate::command;
use crate::inputs::Inputs;
use crate::options::BenchArgs;
use crate::plan;
use crate::tree::Tree;

/// Asks for one claim after the other.
#[derive(Debug)]
pub struct Staleness<'a> {
    tree: &'a Tree,
    inputs: Inputs,
    records: &'a [Record],
}

impl<'a> Staleness<'a> {
    /// Hashes the tree once. `records` are the pinned ones.
    ///
    /// # Errors
    /// When a file cannot be read, or rustc cannot be asked for its version.
    pub fn new(tree: &'a Tree, records: &'a [Record]) -> Result<Staleness<'a>> {
        let toolchain = command::output(&tree.root, &["rustc", "-vV"])?;
        let inputs = Inputs::of(tree, &toolchain)?;
        Ok(Staleness { tree, inputs, records })
    }

    /// Which inputs of the claim's cells changed since its records, if any did.
    ///
    /// # Errors
    /// An [`InputError`](crate::InputError) at an unknown claim.
    pub fn why(&self, claim: &str) -> Result<Option<String>> {
        let args = BenchArgs { claim: vec![claim.to_owned()], ..BenchArgs::default() };
        let plan = plan::plan(self.tree, &args)?;
        let mut asked: BTreeMap<(String, String), CellKey> = BTreeMap::new();
        for planned in plan.cells {
            let name = Inputs::fingerprint_name(&planned.cell);
            asked.entry((planned.target, name)).or_insert(planned.cell);
        }
        for ((target, name), cell) in asked {
            for record in self.records.iter().filter(|record| record.run.target == target) {
                let Some(then) = record.run.fingerprints.get(&name) else { continue };
                if *then != self.inputs.fingerprint(self.tree, &target, &cell)? {
                    let record = record.name();
                    return Ok(Some(format!("the inputs of {name} changed since {record}")));
                }
            }
        }
        Ok(None)
    }
}
