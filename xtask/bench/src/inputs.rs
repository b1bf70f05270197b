//! Hashes of what a measurement depends on.
//!
//! The fingerprint of a cell covers its workload, its design with what that is made of, the
//! contract, the kernel, the runner of the target, the crates of the lock file that the
//! runner is built from, and the compiler. A change elsewhere leaves it as it was: prose,
//! tests, other designs, other workloads.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use record::CellKey;
use serde::Deserialize;

use crate::options::Profile;
use crate::tree::{Holding, OWN, Tree, files_below, folders};

/// Everything that can be hashed before anything is built.
#[derive(Debug)]
pub struct Inputs {
    /// Hash by folder, relative to the root.
    pub folders: BTreeMap<String, String>,
    /// Hash of `Cargo.lock`.
    pub lock_hash: String,
    toolchain: String,
    flags: BTreeMap<String, String>,
    lock: Lock,
    packages: BTreeMap<String, PathBuf>,
    root: PathBuf,
    /// Hashes that count instead of those of the files as they are.
    reworded: BTreeMap<PathBuf, String>,
    known: RefCell<Known>,
}

/// What was found out already: thousands of cells ask about a few hundred files.
#[derive(Debug, Default)]
struct Known {
    /// Fingerprints by target and name.
    fingerprints: BTreeMap<(String, String), String>,
    /// Hashes of files.
    files: BTreeMap<PathBuf, String>,
    /// Crates from elsewhere, by the package that is built from them.
    crates: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<LockPackage>,
}

#[derive(Debug, Deserialize)]
struct LockPackage {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

impl Inputs {
    /// Hashes the tree. `toolchain` is the output of `rustc -vV`.
    ///
    /// # Errors
    /// When a file cannot be read or the lock file is not one.
    pub fn of(tree: &Tree, toolchain: &str) -> Result<Inputs> {
        Inputs::reading(tree, toolchain, BTreeMap::new())
    }

    /// The same, where the files of `reworded` count with the hashes that stand there.
    pub(crate) fn reading(
        tree: &Tree,
        toolchain: &str,
        reworded: BTreeMap<PathBuf, String>,
    ) -> Result<Inputs> {
        let root = &tree.root;
        let lock_path = root.join("Cargo.lock");
        let lock_text = std::fs::read_to_string(&lock_path)
            .context("Cargo.lock: cannot read; `cargo generate-lockfile` makes it")?;
        let lock = toml::from_str(&lock_text).context("Cargo.lock: not a lock file")?;
        let mut hashes = BTreeMap::new();
        let mut packages = BTreeMap::new();
        for dir in input_folders(root)? {
            if let Some(name) = package_name(&dir)? {
                packages.insert(name, dir.clone());
            }
            hashes.insert(tree.relative(&dir), hash_folder(&dir, &reworded)?);
        }
        Ok(Inputs {
            folders: hashes,
            lock_hash: blake3::hash(lock_text.as_bytes()).to_hex().to_string(),
            // Release and commit; the same compiler on another host is the same input.
            toolchain: toolchain.lines().next().unwrap_or_default().to_owned(),
            flags: flags(root),
            lock,
            packages,
            root: root.clone(),
            reworded,
            known: RefCell::default(),
        })
    }

    /// Fingerprint of the inputs of a cell on a target, read from the tree once.
    ///
    /// # Errors
    /// When the workload's sources cannot be read.
    pub fn fingerprint(&self, tree: &Tree, target: &str, cell: &CellKey) -> Result<String> {
        let key = (target.to_owned(), Inputs::fingerprint_name(cell));
        if let Some(known) = self.known.borrow().fingerprints.get(&key) {
            return Ok(known.clone());
        }
        let fresh = self.fresh_fingerprint(tree, target, cell)?;
        self.known.borrow_mut().fingerprints.insert(key, fresh.clone());
        Ok(fresh)
    }

    fn fresh_fingerprint(&self, tree: &Tree, target: &str, cell: &CellKey) -> Result<String> {
        let mut hasher = blake3::Hasher::new();
        let mut add = |name: &str, hash: &str| {
            hasher.update(format!("{name}\0{hash}\0").as_bytes());
        };
        add("toolchain", &self.toolchain);
        add("flags", self.flags.get(target).map_or("", String::as_str));
        add("variant", &cell.variant);
        for path in self.workload_files(tree, cell) {
            add(&tree.relative(&path), &self.hash_of(&path)?);
        }
        for folder in self.folders_of(tree, target, cell) {
            let hash = self.folders.get(&folder).map_or("absent", String::as_str);
            add(&folder, hash);
        }
        for line in self.closure(&runner_package(target)) {
            add("crate", &line);
        }
        Ok(hasher.finalize().to_hex()[..32].to_owned())
    }

    /// Name of a fingerprint in `run.json`: `workload@design[/mode][+variant][:runtime]`,
    /// without the runtime where it is our own on the simulated driver.
    #[must_use]
    pub fn fingerprint_name(cell: &CellKey) -> String {
        let text = cell.to_string();
        let who = text.split_once('@').map_or("", |(_, who)| who);
        let who = who.strip_suffix(&format!(":{OWN}")).unwrap_or(who);
        format!("{}@{who}", cell.workload)
    }

    fn workload_files(&self, tree: &Tree, cell: &CellKey) -> Vec<PathBuf> {
        let module = format!("{}.rs", cell.workload.replace('-', "_"));
        let suite = tree.root.join("workloads/suite");
        let mut files = vec![suite.join(format!("{}.toml", cell.workload))];
        files.extend(holding(tree, cell).into_iter().flat_map(|holding| {
            let dir = tree.root.join(&holding.dir);
            [dir.join(&module), dir.join("src").join(&module)]
        }));
        files.extend(holding(tree, cell).into_iter().flat_map(|holding| shared(tree, holding)));
        // The portable form lies in the suite; an idiomatic or expert file may borrow its
        // judge, so that the suite's file counts for all.
        files.push(suite.join(&module));
        let shared: Vec<PathBuf> = files.iter().flat_map(|file| mounted(file)).collect();
        files.extend(shared);
        files.retain(|path| path.is_file());
        files
    }

    /// Folders whose content the cell depends on.
    fn folders_of(&self, tree: &Tree, target: &str, cell: &CellKey) -> BTreeSet<String> {
        let mut folders: BTreeSet<String> =
            ["workloads/contract", "prototypes/kernel"].map(str::to_owned).into();
        folders.insert(runner_folder(target));
        if tree.designs.contains_key(&cell.design) {
            for dir in self.local_closure(&format!("design-{}", cell.design)) {
                folders.insert(tree.relative(&dir));
            }
            folders.insert(format!("prototypes/{}", cell.design));
        }
        // What stands between the suite and the design: a facade, a runtime, a peer's crate.
        let mount = holding(tree, cell).and_then(|h| self.package_in(&tree.root.join(&h.dir)));
        let between = mount.into_iter().flat_map(|package| self.local_closure(package));
        // A folder of workloads would make every workload in it an input of this one.
        let of_workloads = ["workloads/idiomatic/", "workloads/expert/", "workloads/peers/"];
        folders.extend(
            between
                .map(|dir| tree.relative(&dir))
                .filter(|dir| !of_workloads.iter().any(|prefix| dir.starts_with(prefix))),
        );
        folders
    }

    fn package_in(&self, dir: &Path) -> Option<&str> {
        self.packages.iter().find(|(_, place)| *place == dir).map(|(name, _)| name.as_str())
    }

    /// Folders of the path packages that `package` is built from.
    fn local_closure(&self, package: &str) -> Vec<PathBuf> {
        self.reach(package).iter().filter_map(|p| self.packages.get(&p.name).cloned()).collect()
    }

    /// Crates from elsewhere that `package` is built from, with version and checksum.
    fn closure(&self, package: &str) -> Vec<String> {
        if let Some(known) = self.known.borrow().crates.get(package) {
            return known.clone();
        }
        let external = self.reach(package).into_iter().filter(|package| package.source.is_some());
        let mut lines: Vec<String> = external
            .map(|p| format!("{} {} {}", p.name, p.version, p.checksum.as_deref().unwrap_or("")))
            .collect();
        lines.sort();
        self.known.borrow_mut().crates.insert(package.to_owned(), lines.clone());
        lines
    }

    fn hash_of(&self, path: &Path) -> Result<String> {
        if let Some(known) = self.known.borrow().files.get(path) {
            return Ok(known.clone());
        }
        let hash = hash_of(path, &self.reworded)?;
        self.known.borrow_mut().files.insert(path.to_owned(), hash.clone());
        Ok(hash)
    }

    fn reach(&self, package: &str) -> Vec<&LockPackage> {
        let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
        let mut found = Vec::new();
        let mut open: Vec<&LockPackage> =
            self.lock.package.iter().filter(|p| p.name == package).collect();
        while let Some(package) = open.pop() {
            if !seen.insert((&package.name, &package.version)) {
                continue;
            }
            found.push(package);
            for dependency in &package.dependencies {
                let mut words = dependency.split(' ');
                let (name, version) = (words.next().unwrap_or_default(), words.next());
                open.extend(self.lock.package.iter().filter(|p| {
                    p.name == name && version.is_none_or(|version| p.version == version)
                }));
            }
        }
        found
    }

    /// Versions of those of these names that are crates of a registry: what a peer of that
    /// name runs, and a runtime. `futures` is linked by its parts.
    #[must_use]
    pub fn crates(&self, names: &BTreeSet<&str>) -> BTreeMap<String, String> {
        let versions = |name: &str| -> Vec<&str> {
            let of = self.lock.package.iter().filter(|p| p.name == name && p.source.is_some());
            of.map(|package| package.version.as_str()).collect()
        };
        let named = names.iter().flat_map(|name| {
            let whole = [(*name).to_owned()].into_iter().filter(|name| !versions(name).is_empty());
            let whole: Vec<String> = whole.collect();
            if whole.is_empty() { vec![format!("{name}-util")] } else { whole }
        });
        let known = named.map(|name| (versions(&name).join(", "), name));
        known.filter(|(all, _)| !all.is_empty()).map(|(all, name)| (name, all)).collect()
    }

    /// Hash of every input folder, as `run.json` stores it.
    #[must_use]
    pub fn by_folder(&self) -> BTreeMap<String, String> {
        self.folders.clone()
    }

    /// The repository's root.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }
}

/// What the workloads of a package share: its manifest and its other modules.
fn shared(tree: &Tree, holding: &Holding) -> Vec<PathBuf> {
    let dir = tree.root.join(&holding.dir);
    let module = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let own = |path: &PathBuf| {
        let name = module(path).unwrap_or_default();
        name != "lib" && !tree.workloads.values().any(|workload| workload.module() == name)
    };
    let sources = files_below(&dir.join("src")).unwrap_or_default();
    std::iter::once(dir.join("Cargo.toml")).chain(sources.into_iter().filter(own)).collect()
}

/// The files that a source mounts with `#[path = "…"]`: one text for two modes of a design.
fn mounted(source: &Path) -> Vec<PathBuf> {
    let text = std::fs::read_to_string(source).unwrap_or_default();
    let named = |line: &str| {
        let name = line.trim().strip_prefix("#[path = \"")?.strip_suffix("\"]")?;
        Some(source.parent()?.join(name))
    };
    text.lines().filter_map(named).collect()
}

pub(crate) fn holding<'a>(tree: &'a Tree, cell: &CellKey) -> Option<&'a Holding> {
    tree.holdings.iter().find(|h| {
        h.owner == cell.design
            && h.variant == cell.variant
            && h.mode == cell.mode
            && h.runtimes.contains(&cell.runtime)
    })
}

/// What decides the machine code of a target besides its sources. All else is pinned.
fn flags(root: &Path) -> BTreeMap<String, String> {
    let words = |dir: &str, profile: &str| {
        let manifest = root.join(dir).join("Cargo.toml");
        xtask_cargo::pins(&manifest, profile).map(|pins| pins.words()).unwrap_or_default()
    };
    let hosted = |target: &str| words("", crate::runner::cargo_profile(target, Profile::Standard));
    BTreeMap::from([
        ("sim".to_owned(), hosted("sim")),
        ("linux".to_owned(), hosted("linux")),
        ("cortex-m4".to_owned(), words(xtask_embedded::FOLDER, "release")),
    ])
}

fn runner_package(target: &str) -> String {
    let runner = if target == "sim" { "linux" } else { target };
    format!("runner-{runner}")
}

fn runner_folder(target: &str) -> String {
    let runner = if target == "sim" { "linux" } else { target };
    format!("workloads/targets/{runner}")
}

fn input_folders(root: &Path) -> Result<Vec<PathBuf>> {
    let mut dirs = folders(&root.join("prototypes"))?;
    for design in dirs.clone() {
        dirs.extend(folders(&design.join("on"))?);
    }
    dirs.extend(folders(&root.join("prototypes/runtimes"))?);
    for parent in ["mounts", "idiomatic", "expert", "peers", "targets"] {
        dirs.extend(folders(&root.join("workloads").join(parent))?);
    }
    for single in ["workloads/contract", "workloads/suite"] {
        dirs.push(root.join(single));
    }
    dirs.retain(|dir| dir.is_dir());
    dirs.sort();
    Ok(dirs)
}

pub(crate) fn package_name(dir: &Path) -> Result<Option<String>> {
    let path = dir.join("Cargo.toml");
    if !path.is_file() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let manifest: toml::Table =
        toml::from_str(&text).with_context(|| path.display().to_string())?;
    let name = manifest.get("package").and_then(|package| package.get("name"));
    Ok(name.and_then(toml::Value::as_str).map(str::to_owned))
}

fn hash_folder(dir: &Path, reworded: &BTreeMap<PathBuf, String>) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    for path in files_below(dir)? {
        let name = path.strip_prefix(dir).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        hasher.update(format!("{name}\0{}\n", hash_of(&path, reworded)?).as_bytes());
    }
    Ok(hasher.finalize().to_hex()[..32].to_owned())
}

fn hash_of(path: &Path, reworded: &BTreeMap<PathBuf, String>) -> Result<String> {
    reworded.get(path).map_or_else(|| hash_file(path), |hash| Ok(hash.clone()))
}

/// BLAKE3 of a file's content in hexadecimal.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn hash_file(path: &Path) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    let mut file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
    std::io::copy(&mut file, &mut hasher).with_context(|| path.display().to_string())?;
    Ok(hasher.finalize().to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change of the shared text changes the cells of both modes.
    #[test]
    fn a_text_of_two_modes_is_an_input_of_both() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workloads/idiomatic");
        let shim = root.join("owned-cancel/src/select_recreate_loss.rs");
        let found: Vec<PathBuf> =
            mounted(&shim).iter().filter_map(|path| path.canonicalize().ok()).collect();
        let program = root.join("owned-token/src/select_recreate_loss.rs");
        assert_eq!(found, [program.canonicalize().expect("it is there")]);
    }
}
