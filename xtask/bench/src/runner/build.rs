//! Building the hosted runner: which packages, which profile, and where it lies then.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use xtask_cargo::{Ended, Pins, Watch, clean, pins, target_base};

use crate::inputs::{self, holding};
use crate::options::Profile;
use crate::plan::Job;
use crate::runner::profile::{FAST, OPTIMISED, cargo_profile};
use crate::tree::{Mount, Tree};

/// A way to build the runner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Cargo's profile.
    pub profile: &'static str,
    /// Whether polls, wakes and their like are counted.
    pub count: bool,
    /// Packages that hold workloads; nothing stands for all of them.
    pub packages: Option<BTreeSet<String>>,
    /// Whether the lock file may not change.
    pub locked: bool,
}

impl Recipe {
    /// What the jobs of a hosted target need. A record is made by a runner that holds
    /// everything, so that one revision has one binary: what is linked beside a design may
    /// change what the compiler inlines.
    ///
    /// # Errors
    /// When a manifest cannot be read.
    pub fn of(
        tree: &Tree,
        target: &str,
        profile: Profile,
        jobs: &[Job],
        record: bool,
    ) -> Result<Recipe> {
        let profile = cargo_profile(target, profile);
        let whole = record && profile == OPTIMISED;
        let packages = if whole { None } else { Some(packages(tree, jobs)?) };
        Ok(Recipe { profile, count: target == "sim", packages, locked: record })
    }

    /// The flags of the profile, as the manifest of the workspace has them.
    ///
    /// # Errors
    /// When the manifest has no such profile.
    pub fn pins(&self, root: &Path) -> Result<Pins> {
        pins(&root.join("Cargo.toml"), self.profile)
    }

    /// Builds; the path of the program comes from cargo.
    ///
    /// # Errors
    /// When it does not build or was stopped; the text holds the compiler's words.
    pub fn build(&self, root: &Path, watch: &mut Watch<'_>) -> Result<PathBuf> {
        let package = inputs::package_name(&root.join("workloads/targets/linux"))?
            .context("workloads/targets/linux/Cargo.toml: no package name")?;
        let mut cargo = clean(Path::new("cargo"));
        // The tests' runner is another program of the package.
        cargo.args(["build", "-p", &package, "--bin", &package]);
        self.pins(root)?.tell(&mut cargo);
        let mut features: Vec<&str> = Vec::new();
        if let Some(packages) = &self.packages {
            cargo.arg("--no-default-features");
            features.extend(packages.iter().map(String::as_str));
        }
        if self.count {
            features.push("count");
        }
        if !features.is_empty() {
            cargo.args(["--features", &features.join(",")]);
        }
        if self.locked {
            cargo.arg("--locked");
        }
        // Crates that know nothing of counting are the same in both quick builds.
        let folder = if self.profile == FAST { "sim" } else { "linux" };
        cargo.current_dir(root).env("CARGO_TARGET_DIR", target_base(root).join(folder));
        match xtask_cargo::build(cargo, watch)? {
            Ended::Built(programs) => {
                let path = programs.get(&package).cloned();
                path.with_context(|| format!("cargo names no program of {package}"))
            }
            Ended::Failed(words) => bail!("{package} does not build: {words}"),
            Ended::Stopped => bail!("stopped"),
        }
    }

    /// What is built, in words for a person.
    #[must_use]
    pub fn words(&self) -> String {
        let many = match &self.packages {
            None => "all packages".to_owned(),
            Some(some) if some.len() == 1 => some.iter().next().cloned().unwrap_or_default(),
            Some(some) => format!("{} packages", some.len()),
        };
        let how = if self.profile == FAST { "quick to build" } else { "optimised across crates" };
        format!("the runner with {many}, {how}")
    }
}

/// Packages whose workloads the jobs run.
fn packages(tree: &Tree, jobs: &[Job]) -> Result<BTreeSet<String>> {
    let mut dirs: BTreeSet<&Path> = BTreeSet::new();
    for planned in jobs.iter().flat_map(|job| &job.cells) {
        dirs.extend(holding(tree, &planned.cell).map(|holding| holding.dir.as_path()));
    }
    let mut packages = BTreeSet::new();
    for dir in dirs {
        packages.extend(Mount::read(&tree.root.join(dir))?.package);
    }
    Ok(packages)
}
