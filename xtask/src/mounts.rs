//! The manifests of `workloads/mounts`: the suite compiled against a design, for each mode and each
//! runtime that the design's folder has.
//!
//! What a mount says follows from `design.toml`, the folders `modes` and `on` of the design, and
//! the features of the package that is mounted; so all of it is generated, and a mount that no
//! design has is a finding of `tidy`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use xtask_bench::tree::Mount;
use xtask_judge::design::{Design, PROTOTYPES, designs};
use xtask_judge::listing::folders;
use xtask_judge::runtimes::runtimes;

/// The feature, and the need, of workloads with sockets, files or the machine's clock.
pub(crate) const IO: &str = "io";

/// Features of a design that its mount passes on, with what they stand for there.
const PASSED: [(&str, &str); 3] = [
    ("count", r#"["std", "design/count"]"#),
    ("isr", r#"["design/isr"]"#),
    (IO, r#"["std", "design/io"]"#),
];

/// What is mounted: a design, one of its modes, or one on a foreign runtime.
struct Mounted {
    /// Folder below `workloads/mounts`.
    folder: String,
    design: String,
    mode: Option<String>,
    runtimes: Vec<String>,
    /// Folder of the package, from the root.
    path: String,
    package: Mount,
    /// On a foreign runtime: without virtual time, and with all features.
    foreign: bool,
    /// Ends the sentence about it.
    words: String,
}

/// The manifest of every mount.
///
/// # Errors
/// When a description or a manifest of a design cannot be read.
pub(crate) fn all(root: &Path) -> Result<Vec<(PathBuf, String)>> {
    let home = root.join("workloads/mounts");
    Ok(mounted(root)?
        .iter()
        .map(|one| (home.join(&one.folder).join("Cargo.toml"), one.text()))
        .collect())
}

/// Folders of mounts that no design has.
///
/// # Errors
/// As [`all`], and when the folder of the mounts cannot be read.
pub(crate) fn left_over(root: &Path) -> Result<Vec<PathBuf>> {
    let known: BTreeSet<String> = mounted(root)?.into_iter().map(|one| one.folder).collect();
    let home = root.join("workloads/mounts");
    let found = packages(&home)?;
    Ok(found.into_iter().filter(|name| !known.contains(name)).map(|name| home.join(name)).collect())
}

fn mounted(root: &Path) -> Result<Vec<Mounted>> {
    let ours = runtimes(root)?.into_iter().filter(|one| one.ours);
    let ours: Vec<String> = ours.map(|one| one.id).collect();
    let mut found = Vec::new();
    for (name, design) in designs(root)? {
        let dir = root.join(PROTOTYPES).join(&name);
        found.extend(of(&dir, &design, &ours)?);
    }
    Ok(found)
}

/// The mounts of one design.
fn of(dir: &Path, design: &Design, ours: &[String]) -> Result<Vec<Mounted>> {
    let Design { id, modes, .. } = design;
    let first = modes.first();
    let own = |folder: String, mode: Option<&String>, below: &str, words: String| {
        let package = Mount::read(&dir.join(below))?;
        let drivers = if package.has_feature(IO) { ours.len() } else { 1 };
        let (design, mode) = (id.clone(), mode.cloned());
        let runtimes = ours.iter().take(drivers).cloned().collect();
        let path = format!("prototypes/{id}{below}", below = slashed(below));
        let foreign = false;
        Ok::<_, anyhow::Error>(Mounted {
            folder,
            design,
            mode,
            runtimes,
            path,
            package,
            foreign,
            words,
        })
    };
    let mut found = vec![own(id.clone(), first, "", String::new())?];
    for mode in modes.iter().skip(1) {
        let below = format!("modes/{mode}");
        if dir.join(&below).join("Cargo.toml").is_file() {
            let words = format!(" in mode `{mode}`");
            found.push(own(format!("{id}-{mode}"), Some(mode), &below, words)?);
        }
    }
    for runtime in packages(&dir.join("on"))? {
        let package = Mount::read(&dir.join("on").join(&runtime))?;
        let mode = package.mode.clone().or(first.cloned());
        let mut words = format!(" on {runtime}");
        if let Some(mode) = mode.as_ref().filter(|mode| Some(*mode) != first) {
            write!(words, " in mode `{mode}`")?;
        }
        found.push(Mounted {
            folder: format!("{id}-{runtime}"),
            design: id.clone(),
            mode,
            path: format!("prototypes/{id}/on/{runtime}"),
            runtimes: vec![runtime],
            package,
            foreign: true,
            words,
        });
    }
    Ok(found)
}

fn slashed(below: &str) -> String {
    if below.is_empty() { String::new() } else { format!("/{below}") }
}

impl Mounted {
    fn text(&self) -> String {
        let Mounted { folder, design, path, words, .. } = self;
        let mode = self.mode.as_ref().map(|mode| format!("mode = \"{mode}\"\n"));
        let clock = if self.foreign { "clock = \"real\"\n" } else { "" };
        let features =
            if self.foreign { String::new() } else { ", default-features = false".into() };
        format!(
            "# Generated by `cargo xtask tidy --fix` from `prototypes/{design}/design.toml`.\n\
             # The suite, compiled against the design `{design}`{words}.\n\
             [package]\nname = \"suite-{folder}\"\nversion.workspace = true\n\
             edition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\n\
             publish.workspace = true\nbuild = \"../build.rs\"\n\n\
             [package.metadata.mount]\ndesign = \"{design}\"\n{mode}runtimes = {runtimes:?}\n{clock}\n\
             [lib]\npath = \"../../suite/lib.rs\"\n\n[features]\n{table}\n\
             [dependencies]\ncontract.workspace = true\n\
             design = {{ package = \"{name}\", path = \"../../../{path}\"{features} }}\n\
             oracles.workspace = true\n\n[build-dependencies]\ntoml.workspace = true\n\n\
             [lints]\nworkspace = true\n",
            mode = mode.unwrap_or_default(),
            runtimes = self.runtimes,
            table = self.features(),
            name = self.package.package.as_deref().unwrap_or_default(),
        )
    }

    fn features(&self) -> String {
        if self.foreign {
            return format!(
                "default = [\"std\", \"{IO}\"]\nstd = [\"oracles/std\"]\n{IO} = [\"std\"]\n"
            );
        }
        let has = |name: &str| self.package.has_feature(name);
        let io = if has(IO) { format!(", \"{IO}\"") } else { String::new() };
        let mut text = format!(
            "default = [\"std\"{io}]\nstd = [\"design/std\", \"design/alloc\", \"oracles/std\"]\n"
        );
        for (name, value) in PASSED.iter().filter(|(name, _)| has(name)) {
            text.push_str(&format!("{name} = {value}\n"));
        }
        text
    }
}

/// Names of the folders in a folder that hold a package, sorted; none where there is no folder.
fn packages(dir: &Path) -> Result<Vec<String>> {
    let all = folders(dir)?.into_iter();
    Ok(all.filter(|name| dir.join(name).join("Cargo.toml").is_file()).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn put(root: &Path, name: &str, text: &str) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    /// A design with a second mode and a facade that is of it.
    fn tree() -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a folder");
        let root = dir.path();
        put(
            root,
            "prototypes/runtimes/runtimes.toml",
            "[[runtime]]\nid = \"a\"\nours = true\n[[runtime]]\nid = \"b\"\nours = true\n\
             [[runtime]]\nid = \"c\"\n",
        );
        let axes = "drop = \"may\"\ndrive = \"scope\"\ncancel = \"drop\"\nbuffer = \"copied\"\n\
            wake = \"root\"\nshare = \"borrow\"\nworkers = \"one\"\n";
        let design = "id = \"one\"\nmodes = [\"m\", \"n\"]\n";
        let design = format!("{design}[axes.m]\n{axes}[axes.n]\n{axes}");
        put(root, "prototypes/one/design.toml", &design);
        let package = |name: &str, rest: &str| format!("[package]\nname = \"{name}\"\n{rest}");
        put(root, "prototypes/one/Cargo.toml", &package("design-one", "[features]\nio = []\n"));
        put(root, "prototypes/one/modes/n/Cargo.toml", &package("design-one-n", "[features]\n"));
        put(
            root,
            "prototypes/one/on/c/Cargo.toml",
            &package("design-one-c", "metadata.mode = \"n\"\n"),
        );
        dir
    }

    #[test]
    fn a_mount_is_made_for_the_design_its_modes_and_its_facades() {
        let dir = tree();
        let made = all(dir.path()).expect("read");
        let named = |path: &Path| {
            let folder = path.parent().expect("a folder");
            folder.file_name().expect("a name").to_string_lossy().into_owned()
        };
        let names: Vec<String> = made.iter().map(|(path, _)| named(path)).collect();
        assert_eq!(names, ["one", "one-n", "one-c"]);
        let says = |at: usize, words: &str| assert!(made[at].1.contains(words), "{}", made[at].1);
        says(0, "mode = \"m\"\nruntimes = [\"a\", \"b\"]\n\n[lib]");
        says(0, "default = [\"std\", \"io\"]");
        says(1, "mode = \"n\"\nruntimes = [\"a\"]\n");
        says(1, "path = \"../../../prototypes/one/modes/n\", default-features = false");
        says(2, "mode = \"n\"\nruntimes = [\"c\"]\nclock = \"real\"\n");
        assert!(!made[2].1.contains("default-features"), "{}", made[2].1);
    }

    #[test]
    fn a_mount_without_a_design_is_left_over() {
        let dir = tree();
        put(dir.path(), "workloads/mounts/one/Cargo.toml", "");
        put(dir.path(), "workloads/mounts/two/Cargo.toml", "");
        let found = left_over(dir.path()).expect("read");
        assert_eq!(found, [dir.path().join("workloads/mounts/two")]);
    }
}
