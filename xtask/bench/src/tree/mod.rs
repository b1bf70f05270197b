//! What there is: workloads, designs, peers, targets, claims and records, found by looking.
//!
//! There are no membership lists. A workload is a file in `workloads/suite`, a design a
//! folder with a `design.toml`, and so on; adding one adds its own files only. Nothing is
//! built here: a plan must be cheap enough to print while typing.

mod check;
mod design;
mod files;
mod model;
mod mount;
mod workload;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub use model::{Holding, Tree};
pub use mount::Mount;
pub use workload::{Case, CaseRole, Clock, Measure, OpenLoop, ReceiptRule, Schedules, Workload};
pub use xtask_judge::design::{Design, Unsupported};

pub(crate) use files::{files_below, folders, toml_files};
pub(crate) use workload::OWN;

use crate::InputError;
use model::source;

impl Tree {
    /// Looks at the tree that holds the current folder.
    ///
    /// # Errors
    /// An [`InputError`] outside a tree, or at a file that cannot be read.
    pub fn here() -> Result<Tree> {
        Tree::at(&find_root(&std::env::current_dir().context("no current folder")?)?)
    }

    /// Looks at the tree with this root.
    ///
    /// # Errors
    /// An [`InputError`] at a file that cannot be read, or that names what is not there.
    pub fn at(root: &Path) -> Result<Tree> {
        let mut workloads = BTreeMap::new();
        for path in toml_files(&root.join("workloads/suite"))? {
            if path.file_name().is_some_and(|name| name != "Cargo.toml") {
                let workload = Workload::read(&path)?;
                workloads.insert(workload.id.clone(), workload);
            }
        }
        let designs = xtask_judge::design::designs(root)?;
        let holdings = find_holdings(root, &workloads, &designs)?;
        let mut claims = BTreeMap::new();
        for path in toml_files(&root.join("rfc/claims"))? {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let id = stem.split('-').next().unwrap_or(&stem).to_owned();
            claims.insert(id, path);
        }
        let targets = find_targets(root)?;
        let tree = Tree { root: root.to_owned(), workloads, designs, holdings, targets, claims };
        check::check(&tree)?;
        Ok(tree)
    }
}

/// Walks up from `start` to the folder that holds the workspace.
///
/// # Errors
/// An [`InputError`] when there is none.
pub fn find_root(start: &Path) -> Result<PathBuf> {
    start
        .ancestors()
        .find(|dir| dir.join("workloads").is_dir() && dir.join("prototypes").is_dir())
        .map(Path::to_owned)
        .ok_or_else(|| {
            let place = start.display();
            InputError::new(format!(
                "{place} is not inside the repository; change into your clone of it"
            ))
            .into()
        })
}

/// `sim` and `linux` are two faces of the hosted runner; `host` needs no runner at all.
fn find_targets(root: &Path) -> Result<Vec<String>> {
    let mut targets = Vec::new();
    for dir in folders(&root.join("workloads/targets"))? {
        match name_of(&dir).as_str() {
            "linux" => targets.extend(["sim".to_owned(), "linux".to_owned()]),
            other => targets.push(other.to_owned()),
        }
    }
    targets.push("host".to_owned());
    // By the time to the first result: the runner of sim builds in a minute, that of linux in
    // several, and what only compiles says least.
    let rank = |target: &String| match target.as_str() {
        "sim" => 0,
        "linux" => 2,
        "host" => 3,
        _ => 1,
    };
    targets.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)));
    Ok(targets)
}

fn find_holdings(
    root: &Path,
    workloads: &BTreeMap<String, Workload>,
    designs: &BTreeMap<String, Design>,
) -> Result<Vec<Holding>> {
    let mut holdings = Vec::new();
    for dir in folders(&root.join("workloads/mounts"))? {
        let holding = hold(root, &dir, "portable", designs)?;
        let Some(design) = designs.get(&holding.owner) else {
            let text = format!("{}: no design is called `{}`", dir.display(), holding.owner);
            return Err(InputError::new(text).into());
        };
        let mount = Mount::read(&dir)?;
        let supported = workloads.values().filter(|w| {
            mount.takes(w.clock, &w.runtimes) && !design.unsupported.contains_key(&w.id)
        });
        let workloads = supported.map(|workload| workload.id.clone()).collect();
        holdings.push(Holding { workloads, ..holding });
    }
    for (folder, variant, peer) in [
        ("idiomatic", "idiomatic", false),
        ("expert", "expert", false),
        ("peers", "portable", true),
    ] {
        for dir in folders(&root.join("workloads").join(folder))? {
            let cases = if peer { named(&dir, workloads) } else { BTreeSet::new() };
            let workloads = held(&dir, workloads);
            let holding = hold(root, &dir, variant, designs)?;
            holdings.push(Holding { peer, workloads, cases, ..holding });
        }
    }
    for target in folders(&root.join("workloads/targets"))? {
        for dir in folders(&target.join("baselines"))? {
            let only = Some(name_of(&target));
            let (cases, workloads) = (named(&dir, workloads), held(&dir, workloads));
            let holding = hold(root, &dir, "portable", designs)?;
            holdings.push(Holding { only, workloads, cases, ..holding });
        }
    }
    Ok(holdings)
}

/// A package in a folder, before anything is known of its workloads.
fn hold(
    root: &Path,
    dir: &Path,
    variant: &str,
    designs: &BTreeMap<String, Design>,
) -> Result<Holding> {
    let mount = Mount::read(dir)?;
    let owner = mount.design.unwrap_or_else(|| name_of(dir));
    let first = || designs.get(&owner)?.modes.first().cloned();
    Ok(Holding {
        dir: relative_to(root, dir),
        mode: mount.mode.or_else(first),
        owner,
        variant: variant.to_owned(),
        peer: false,
        only: None,
        runtimes: mount.runtimes,
        workloads: BTreeSet::new(),
        cases: BTreeSet::new(),
    })
}

/// Workloads whose source file lies in the package.
fn held(dir: &Path, workloads: &BTreeMap<String, Workload>) -> BTreeSet<String> {
    let held = workloads.values().filter(|workload| source(dir, workload).is_some());
    held.map(|workload| workload.id.clone()).collect()
}

/// The cases, as `workload/case`, that the sources of a package name with `id: "…"`.
fn named(dir: &Path, workloads: &BTreeMap<String, Workload>) -> BTreeSet<String> {
    let mut cases = BTreeSet::new();
    for workload in workloads.values() {
        let Some(path) = source(dir, workload) else { continue };
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let has = |case: &&Case| text.contains(&format!("id: \"{}\"", case.id));
        let found = workload.cases.iter().filter(has);
        cases.extend(found.map(|case| format!("{}/{}", workload.id, case.id)));
    }
    cases
}

fn name_of(dir: &Path) -> String {
    dir.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn relative_to(root: &Path, dir: &Path) -> PathBuf {
    dir.strip_prefix(root).unwrap_or(dir).to_owned()
}
