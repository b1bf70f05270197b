//! Which images there are: one per mount and workload, from the toml files alone.
//!
//! A mount is a design's mount of the suite, or a baseline: a crate in
//! `workloads/targets/cortex-m4/baselines` that holds the same cases without a design.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use record::{CellKey, Role};
use serde::Deserialize;

use crate::{FOLDER, TARGET};

/// One cell of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its key.
    pub cell: CellKey,
    /// Role of the case.
    pub role: Role,
}

/// One binary: a mount and a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Design or baseline id.
    pub owner: String,
    /// Whether it is a baseline and not a design.
    pub baseline: bool,
    /// Workload id.
    pub workload: String,
    /// Whether it runs on the board's interrupts instead of on virtual time.
    pub interrupts: bool,
    /// Its cells, in the order in which it runs them.
    pub cells: Vec<Planned>,
}

impl Image {
    /// Name of the binary, and of the artifact in a record.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-{}", self.owner, self.workload)
    }

    /// Name of its package.
    #[must_use]
    pub fn package(&self) -> String {
        format!("image-{}", self.owner)
    }
}

#[derive(Deserialize)]
struct Workload {
    id: String,
    targets: Vec<String>,
    #[serde(rename = "case")]
    cases: Vec<Case>,
    #[serde(default)]
    params: BTreeMap<String, Params>,
}

#[derive(Deserialize)]
struct Params {
    n: Vec<u32>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    role: Role,
    targets: Option<Vec<String>>,
    holder: Option<Vec<String>>,
    variants: Option<Vec<String>>,
    n: Option<Sizes>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Sizes {
    All(Vec<u32>),
    ByTarget(BTreeMap<String, Vec<u32>>),
}

#[derive(Deserialize)]
struct Design {
    id: String,
    #[serde(default)]
    modes: Vec<String>,
    #[serde(default)]
    unsupported: BTreeMap<String, toml::Value>,
}

/// Every image of the tree, mount by mount, in order of name.
///
/// # Errors
/// When a folder cannot be read or a file is malformed.
pub fn images(root: &Path) -> Result<Vec<Image>> {
    let workloads = read_workloads(root)?;
    let mut images = Vec::new();
    for dir in folders(&root.join("workloads/mounts"))? {
        let file = root.join("prototypes").join(name_of(&dir)).join("design.toml");
        // A mount on another runtime is named `<design>-<runtime>` and needs a host.
        if !file.is_file() {
            continue;
        }
        let design: Design = read(&file)?;
        for (workload, interrupts) in &workloads {
            if !design.unsupported.contains_key(&workload.id) {
                images.extend(image(&design, false, workload, *interrupts));
            }
        }
    }
    for dir in folders(&baselines_folder(root))? {
        let held = |module: &str| dir.join("src").join(format!("{module}.rs")).is_file();
        let (id, modes) = (name_of(&dir), Vec::new());
        let baseline = Design { id, modes, unsupported: BTreeMap::new() };
        for (workload, interrupts) in workloads.iter().filter(|(w, _)| held(&module(&w.id))) {
            images.extend(image(&baseline, true, workload, *interrupts));
        }
    }
    images.sort_by_key(Image::name);
    Ok(images)
}

/// Ids of the baselines: firmware without any design, which planning does not know.
///
/// # Errors
/// When the folder cannot be read.
pub fn baselines(root: &Path) -> Result<BTreeSet<String>> {
    Ok(folders(&baselines_folder(root))?.iter().map(|dir| name_of(dir)).collect())
}

fn baselines_folder(root: &Path) -> PathBuf {
    root.join(FOLDER).join("baselines")
}

/// Rust name of a workload's module.
pub(crate) fn module(workload: &str) -> String {
    workload.replace('-', "_")
}

/// Workloads of this target, and whether they wait for edges of an input line: those run on
/// the board's interrupts, all others on virtual time, with the ledger of every other target.
fn read_workloads(root: &Path) -> Result<Vec<(Workload, bool)>> {
    let dir = root.join("workloads/suite");
    let mut workloads = Vec::new();
    for path in sorted(&dir, |path| path.extension().is_some_and(|ext| ext == "toml"))? {
        if path.file_name().is_some_and(|name| name == "Cargo.toml") {
            continue;
        }
        let workload: Workload = read(&path)?;
        let source = path.with_file_name(module(&workload.id)).with_extension("rs");
        let text = fs::read_to_string(&source).with_context(|| source.display().to_string())?;
        workloads.push((workload, text.contains(".start_line(")));
    }
    Ok(workloads)
}

fn image(design: &Design, baseline: bool, workload: &Workload, interrupts: bool) -> Option<Image> {
    let mut cells = Vec::new();
    for case in workload.cases.iter().filter(|case| has_case(case, &design.id)) {
        for n in sizes(workload, case) {
            let cell = CellKey {
                workload: workload.id.clone(),
                case: case.id.clone(),
                n,
                design: design.id.clone(),
                mode: design.modes.first().cloned(),
                variant: "portable".to_owned(),
                runtime: "own".to_owned(),
            };
            cells.push(Planned { cell, role: case.role });
        }
    }
    let (owner, workload) = (design.id.clone(), workload.id.clone());
    (!cells.is_empty()).then_some(Image { owner, baseline, workload, interrupts, cells })
}

fn has_case(case: &Case, owner: &str) -> bool {
    let listed = |list: &Option<Vec<String>>, word: &str| {
        list.as_ref().is_none_or(|list| list.iter().any(|entry| entry == word))
    };
    listed(&case.holder, owner) && listed(&case.variants, "portable")
}

/// Sizes on this target: the case's own, else the workload's, else one of 1.
fn sizes(workload: &Workload, case: &Case) -> Vec<u32> {
    if !case.targets.as_ref().unwrap_or(&workload.targets).iter().any(|target| target == TARGET) {
        return Vec::new();
    }
    let own = match &case.n {
        Some(Sizes::All(list)) => Some(list),
        Some(Sizes::ByTarget(map)) => map.get(TARGET),
        None => None,
    };
    let list = own.or_else(|| workload.params.get(TARGET).map(|params| &params.n));
    list.cloned().unwrap_or_else(|| vec![1])
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    toml::from_str(&text).with_context(|| path.display().to_string())
}

fn folders(dir: &Path) -> Result<Vec<PathBuf>> {
    sorted(dir, Path::is_dir)
}

fn sorted(dir: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry.with_context(|| dir.display().to_string())?.path();
        if wanted(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn name_of(dir: &Path) -> String {
    dir.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
