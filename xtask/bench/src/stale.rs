//! Is what a claim was measured from still what lies in the tree?
//!
//! Compares the fingerprints that a record stores with those of the tree as it is: no build,
//! and no git history.

use std::collections::BTreeMap;

use anyhow::Result;
use record::{CellKey, Record};

use crate::claims;
use crate::command;
use crate::inputs::Inputs;
use crate::options::BenchArgs;
use crate::plan::{self, Matcher, PlannedCell};
use crate::tree::Tree;

/// Asks for one claim after the other.
#[derive(Debug)]
pub struct Staleness<'a> {
    tree: &'a Tree,
    inputs: Inputs,
    records: &'a [Record],
    /// Every cell that some claim reads.
    cells: Vec<PlannedCell>,
}

impl<'a> Staleness<'a> {
    /// Plans once and hashes the tree once. `records` are the pinned ones.
    ///
    /// # Errors
    /// When a file cannot be read, or rustc cannot be asked for its version.
    pub fn new(tree: &'a Tree, records: &'a [Record]) -> Result<Staleness<'a>> {
        let toolchain = command::output(&tree.root, &["rustc", "-vV"])?;
        let inputs = Inputs::of(tree, &toolchain)?;
        let args = BenchArgs { claim: vec!["*".to_owned()], ..BenchArgs::default() };
        let cells = plan::plan(tree, &args)?.cells;
        Ok(Staleness { tree, inputs, records, cells })
    }

    /// Which inputs of the claim's cells changed since its records, if any did.
    ///
    /// # Errors
    /// An [`InputError`](crate::InputError) at a claim that cannot be read.
    pub fn why(&self, claim: &str) -> Result<Option<String>> {
        let Some(path) = self.tree.claims.get(claim) else { return Ok(None) };
        let selectors = claims::selectors(&claims::read(path)?);
        let matchers: Vec<Matcher> = selectors.into_iter().map(Matcher::new).collect();
        let mut asked: BTreeMap<(&str, String), &CellKey> = BTreeMap::new();
        for planned in self.cells.iter().filter(|cell| matchers.iter().any(|m| m.selects(cell))) {
            let name = Inputs::fingerprint_name(&planned.cell);
            asked.entry((&planned.target, name)).or_insert(&planned.cell);
        }
        for ((target, name), cell) in asked {
            for record in self.records.iter().filter(|record| record.run.target == target) {
                let Some(then) = record.run.fingerprints.get(&name) else { continue };
                if *then != self.inputs.fingerprint(self.tree, target, cell)? {
                    let record = record.name();
                    return Ok(Some(format!("the inputs of {name} changed since {record}")));
                }
            }
        }
        Ok(None)
    }
}
