//! Building images: cargo in the bare-metal workspace, with a clean environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use xtask_cargo::{Ended, Watch, clean, pins};

use crate::generate::generate;
use crate::images::Image;
use crate::size::{Sections, sections};
use crate::way::Way;
use crate::{FOLDER, TRIPLE, sysroot};

/// Nodes of the kernel's waker table in an image on interrupts: what a firmware of two
/// activities needs. The table is static RAM, so an author would size it like this; images
/// on virtual time keep the kernel's own size for a board, because they hold wide groups.
const NODES_ON_INTERRUPTS: &str = "16";

/// An image, or why there is none.
#[derive(Clone, Debug)]
pub struct Built {
    /// What was asked for.
    pub image: Image,
    /// The file and its sections, or what the compiler said.
    pub artifact: Result<(PathBuf, Sections), String>,
    /// A remark for every line: where `core` comes from.
    pub core_origin: String,
}

/// Builds images.
///
/// An image that does not build is not an error of the command: its cells become lines with
/// that reason. `locked` refuses to change the lock file.
///
/// # Errors
/// When the generated packages are stale, `core` cannot be built, or it was stopped.
pub fn build(
    root: &Path,
    way: &Way,
    images: &[Image],
    locked: bool,
    watch: &mut Watch<'_>,
) -> Result<Vec<Built>> {
    check_generated(root, images)?;
    if way.library.is_some() {
        (watch.say)(&format!("{}: `core` from source, once", watch.what));
    }
    let sysroot = sysroot::prepare(root, way)?;
    let mut groups: BTreeMap<(String, bool), Vec<&Image>> = BTreeMap::new();
    for image in images {
        groups.entry((image.package(), image.interrupts)).or_default().push(image);
    }
    let mut built = Vec::new();
    for ((package, interrupts), group) in groups {
        let mut one = |images: &[&Image]| {
            let from = Source { root, way, sysroot: sysroot.as_deref(), locked };
            cargo_build(from, &package, interrupts, images, watch)
        };
        // Together first; one by one only to find out which of them does not build.
        let together = one(&group)?;
        for image in group {
            let result = if together.is_ok() { together.clone() } else { one(&[image])? };
            built.push(finish(way, image, result));
        }
    }
    Ok(built)
}

/// What all builds have in common.
#[derive(Clone, Copy)]
struct Source<'a> {
    root: &'a Path,
    way: &'a Way,
    sysroot: Option<&'a Path>,
    locked: bool,
}

/// Programs by name, or the compiler's words.
type Programs = Result<BTreeMap<String, PathBuf>, String>;

/// The tool would otherwise run cells that the image does not have.
fn check_generated(root: &Path, images: &[Image]) -> Result<()> {
    let wanted = |path: &Path| {
        images
            .iter()
            .any(|image| path.starts_with(Path::new(FOLDER).join("images").join(&image.owner)))
    };
    for (path, text) in generate(root)?.into_iter().filter(|(path, _)| wanted(path)) {
        let current = std::fs::read_to_string(root.join(&path)).unwrap_or_default();
        ensure!(
            current == text,
            "{}: not what the workloads and designs say; run `cargo xtask tidy --fix`",
            path.display()
        );
    }
    Ok(())
}

fn finish(way: &Way, image: &Image, built: Programs) -> Built {
    let artifact = built.and_then(|programs| {
        let path = programs.get(&image.name());
        let path = path.ok_or_else(|| "cargo names no program for it".to_owned())?;
        let sections = sections(path).map_err(|error| format!("{error:#}"))?;
        Ok((path.clone(), sections))
    });
    Built { image: image.clone(), artifact, core_origin: way.core_origin() }
}

fn target_dir(root: &Path) -> PathBuf {
    root.join(FOLDER).join("target")
}

fn cargo_build(
    from: Source<'_>,
    package: &str,
    interrupts: bool,
    images: &[&Image],
    watch: &mut Watch<'_>,
) -> Result<Programs> {
    let mut cargo = cargo(from.root, from.way, from.sysroot)?;
    cargo.args(["-p", package]);
    for image in images {
        cargo.args(["--bin", &image.name()]);
    }
    if interrupts {
        cargo.args(["--features", "isr"]).env("KERNEL_NODES", NODES_ON_INTERRUPTS);
    }
    if from.locked {
        cargo.arg("--locked");
    }
    let what = format!("{}, {package}", watch.what);
    let (stopped, passes) = (watch.stopped, watch.passes);
    let mut watch = Watch { what: &what, say: &mut *watch.say, stopped, passes };
    Ok(match xtask_cargo::build(cargo, &mut watch)? {
        Ended::Built(programs) => Ok(programs),
        Ended::Failed(words) => Err(words),
        Ended::Stopped => bail!("stopped"),
    })
}

/// `cargo build --release` for the board, without a package. The profile is stated again, so
/// that no configuration file changes it.
///
/// # Errors
/// When the current folder cannot be told, or the manifest not be read.
pub(crate) fn cargo(
    root: &Path,
    way: &Way,
    sysroot: Option<&Path>,
) -> Result<std::process::Command> {
    let mut cargo = clean(Path::new("cargo"));
    cargo.current_dir(root.join(FOLDER));
    cargo.args(["build", "--target", TRIPLE]);
    pins(&root.join(FOLDER).join("Cargo.toml"), "release")?.tell(&mut cargo);
    cargo.env("CARGO_TARGET_DIR", target_dir(root));
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags(root, way, sysroot)?);
    sysroot::name_compiler(&mut cargo, way);
    Ok(cargo)
}

/// Panic locations lie in `.rodata`: without the mapping, flash would depend on where the
/// checkout and cargo's registry are.
fn flags(root: &Path, way: &Way, sysroot: Option<&Path>) -> Result<OsString> {
    let root = root.canonicalize().with_context(|| root.display().to_string())?;
    let mut flags = vec![remap(&cargo_home()?, "/cargo"), remap(&root, "/awb")];
    if let Some(sysroot) = sysroot {
        flags.push(joined("--sysroot=", sysroot, ""));
    }
    if let Some(linker) = &way.linker {
        flags.push(joined("-Clinker=", linker, ""));
    }
    Ok(flags.join(&OsString::from("\x1f")))
}

fn remap(from: &Path, to: &str) -> OsString {
    joined("--remap-path-prefix=", from, &format!("={to}"))
}

fn joined(before: &str, path: &Path, after: &str) -> OsString {
    let mut flag = OsString::from(before);
    flag.push(path);
    flag.push(after);
    flag
}

fn cargo_home() -> Result<PathBuf> {
    let named = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    named
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
        .context("no home folder; set CARGO_HOME")
}
