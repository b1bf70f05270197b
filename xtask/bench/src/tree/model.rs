//! The tree as it was found, and what can be asked of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;
use xtask_judge::design::Design;

use super::files::folders;
use super::workload::{OWN, Workload};

/// A package that holds workloads for one design, peer or baseline.
#[derive(Clone, Debug)]
pub struct Holding {
    /// Folder, relative to the root.
    pub dir: PathBuf,
    /// Design or peer id.
    pub owner: String,
    /// Mode in cell keys, if the owner has several.
    pub mode: Option<String>,
    /// `portable`, `idiomatic` or `expert`.
    pub variant: String,
    /// Whether the owner is a peer.
    pub peer: bool,
    /// The only target it runs on: a baseline is written for one.
    pub only: Option<String>,
    /// Runtimes under it.
    pub runtimes: Vec<String>,
    /// Ids of the workloads it holds.
    pub workloads: BTreeSet<String>,
    /// The cases of a peer or a baseline, as `workload/case`: those that its sources name. It has
    /// what it can do, and not what the suite asks of a design.
    pub cases: BTreeSet<String>,
}

/// The tree.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The repository's root.
    pub root: PathBuf,
    /// Workloads by id.
    pub workloads: BTreeMap<String, Workload>,
    /// Designs by id.
    pub designs: BTreeMap<String, Design>,
    /// Packages that hold workloads.
    pub holdings: Vec<Holding>,
    /// Targets, in the order in which they run.
    pub targets: Vec<String>,
    /// Claim files by id.
    pub claims: BTreeMap<String, PathBuf>,
}

impl Tree {
    /// Designs, peers and baselines: whatever stands behind the `@` of a cell key.
    #[must_use]
    pub fn owners(&self) -> BTreeSet<&str> {
        let holders = self.holdings.iter().map(|h| h.owner.as_str());
        holders.chain(self.designs.keys().map(String::as_str)).collect()
    }

    /// Peer ids.
    #[must_use]
    pub fn peers(&self) -> BTreeSet<&str> {
        self.holdings.iter().filter(|h| h.peer).map(|h| h.owner.as_str()).collect()
    }

    /// Runtime ids.
    #[must_use]
    pub fn runtimes(&self) -> BTreeSet<&str> {
        self.holdings.iter().flat_map(|h| &h.runtimes).map(String::as_str).chain([OWN]).collect()
    }

    /// Folders of records, committed ones first, in order of name.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn records(&self) -> Result<Vec<PathBuf>> {
        let mut records = Vec::new();
        for base in ["reports/data", "reports/local"] {
            for target in folders(&self.root.join(base))? {
                let of_target = folders(&target)?;
                records.extend(of_target.into_iter().filter(|dir| dir.join("run.json").is_file()));
            }
        }
        Ok(records)
    }

    /// `path` relative to the root, for messages and records.
    #[must_use]
    pub fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

/// The source file of a workload in a package.
pub(super) fn source(dir: &Path, workload: &Workload) -> Option<PathBuf> {
    let file = format!("{}.rs", workload.module());
    [dir.join(&file), dir.join("src").join(&file)].into_iter().find(|path| path.is_file())
}
