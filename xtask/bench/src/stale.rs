//! Is what a claim was measured from still what lies in the tree?
//!
//! Compares the fingerprints that a record stores with those of the tree as it is, without a build.
//! Where they differ, git is asked whether all that changed are comments.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use anyhow::Result;
use record::{CellKey, Record};

use crate::claims;
use crate::command;
use crate::inputs::Inputs;
use crate::options::BenchArgs;
use crate::plan::{self, Matcher, PlannedCell};
use crate::reworded::reworded;
use crate::tree::Tree;

/// Asks for one claim after the other.
#[derive(Debug)]
pub struct Staleness<'a> {
    tree: &'a Tree,
    toolchain: String,
    inputs: Inputs,
    /// By revision: the inputs with the comments that they had there.
    reworded: RefCell<BTreeMap<&'a str, Inputs>>,
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
        let reworded = RefCell::default();
        Ok(Staleness { tree, toolchain, inputs, reworded, records, cells })
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
                let changed = *then != self.inputs.fingerprint(self.tree, target, cell)?
                    && *then != self.but_for_comments(&record.run.revision, target, cell)?;
                if changed {
                    let record = record.name();
                    return Ok(Some(format!("the inputs of {name} changed since {record}")));
                }
            }
        }
        Ok(None)
    }

    /// The fingerprint that a cell would have with the comments of `revision`.
    fn but_for_comments(&self, revision: &'a str, target: &str, cell: &CellKey) -> Result<String> {
        let mut known = self.reworded.borrow_mut();
        let inputs = match known.entry(revision) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let comments = reworded(&self.tree.root, revision);
                place.insert(Inputs::reading(self.tree, &self.toolchain, comments)?)
            }
        };
        inputs.fingerprint(self.tree, target, cell)
    }
}
