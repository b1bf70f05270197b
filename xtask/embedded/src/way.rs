//! Which toolchain can build for the board.
//!
//! In this order, each by asking a compiler and never by guessing a path:
//!
//! 1. the active toolchain has the target installed;
//! 2. the active toolchain has its own source (`rust-src`), from which `core` is built once;
//! 3. a distribution's compiler, by the same two tests.
//!
//! Source and compiler are always of one release: `core` of another one does not build.
//! Which way was taken changes `.text` by some bytes, so it is recorded beside every size.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::{CLOCK, ICOUNT, MACHINE, TRIPLE};
use xtask_cargo::{clean, output};

/// Where `core` comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An installed target of the active toolchain: what rustup users have.
    Target,
    /// Built from the active toolchain's own source.
    RustSrc,
    /// An installed target of a distribution's toolchain.
    DistributionTarget,
    /// Built from the source of a distribution's toolchain.
    DistributionSrc,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Origin::Target => "rustup target",
            Origin::RustSrc => "rust-src",
            Origin::DistributionTarget => "distribution target",
            Origin::DistributionSrc => "distribution source",
        })
    }
}

/// A compiler that can build for the board, and the QEMU that runs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The compiler.
    pub rustc: PathBuf,
    /// Whether it has to be named, because cargo would take another one.
    pub named: bool,
    /// Its release and commit.
    pub release: String,
    /// Commit of the compiler, for the cache of a `core` that we build.
    pub commit: String,
    /// Where `core` comes from.
    pub origin: Origin,
    /// The standard library's source, when `core` is built from it.
    pub library: Option<PathBuf>,
    /// Libraries of an unpacked distribution toolchain.
    pub libraries: Option<PathBuf>,
    /// The linker, when the compiler brings none.
    pub linker: Option<PathBuf>,
    /// First line of `qemu-system-arm --version`.
    pub qemu: String,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "core from {} of rustc {} ({TRIPLE})", self.origin, self.release)
    }
}

impl Way {
    /// What `run.json` says under `core_origin`.
    #[must_use]
    pub fn core_origin(&self) -> String {
        format!("{}, rustc {}", self.origin, self.release)
    }

    /// Versions of what takes part besides the compiler.
    #[must_use]
    pub fn tool_versions(&self) -> BTreeMap<String, String> {
        BTreeMap::from([("qemu".to_owned(), self.qemu.clone())])
    }

    /// Settings worth recording beside every number.
    #[must_use]
    pub fn settings(&self) -> BTreeMap<String, String> {
        let profile = "opt-level=s lto=fat codegen-units=1 panic=abort";
        [("profile", profile), ("machine", MACHINE), ("icount", ICOUNT), ("clock", CLOCK)]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }
}

/// Why the target cannot be measured here, and what installs the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What is missing.
    pub what: String,
    /// Commands; any one of them is enough.
    pub install: Vec<String>,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; install with `{}`", self.what, self.install.join("` or `"))
    }
}

impl std::error::Error for Missing {}

/// Looks for a way, in the order of the module's documentation.
///
/// # Errors
/// [`Missing`], when there is none.
pub fn available(root: &Path) -> Result<Way, Missing> {
    let unpacked = std::env::var_os("DEBIAN_RUST_ROOT").map(PathBuf::from);
    let distributions: Vec<PathBuf> = unpacked.into_iter().chain([PathBuf::from("/usr")]).collect();
    let qemu = qemu_version()?;
    detect(root, Path::new("rustc"), &distributions, qemu)
}

fn qemu_version() -> Result<String, Missing> {
    let version = output(clean(Path::new("qemu-system-arm")).arg("--version"));
    let first = version.ok().and_then(|text| text.lines().next().map(str::to_owned));
    first.ok_or_else(|| Missing {
        what: "qemu-system-arm is not there".to_owned(),
        install: vec!["apt-get install -y --no-install-recommends qemu-system-arm".to_owned()],
    })
}

/// The search over a given compiler and given roots of distributions.
pub(crate) fn detect(
    root: &Path,
    active: &Path,
    distributions: &[PathBuf],
    qemu: String,
) -> Result<Way, Missing> {
    let host = Compiler { rustc: active.to_owned(), libraries: None, named: false };
    if let Some((origin, library)) = host.core(root) {
        let origin = if origin { Origin::Target } else { Origin::RustSrc };
        if let Ok(way) = host.way(root, origin, library, None, &qemu) {
            return Ok(way);
        }
    }
    // A distribution's compiler brings no `rust-lld`; the active toolchain always has it.
    let linker = host.linker(root).ok();
    for prefix in distributions {
        let rustc = prefix.join("bin/rustc");
        let libraries = Some(prefix.join("lib/x86_64-linux-gnu")).filter(|dir| dir.is_dir());
        let found = Compiler { rustc, libraries, named: true };
        if let Some((origin, library)) = found.core(root) {
            let origin = if origin { Origin::DistributionTarget } else { Origin::DistributionSrc };
            if let Ok(way) = found.way(root, origin, library, linker.clone(), &qemu) {
                return Ok(way);
            }
        }
    }
    Err(Missing {
        what: format!("no `core` for {TRIPLE}"),
        install: vec![
            format!("rustup target add {TRIPLE}"),
            "rustup component add rust-src".to_owned(),
            "apt-get install -y --no-install-recommends rustc-web rust-web-src".to_owned(),
        ],
    })
}

struct Compiler {
    rustc: PathBuf,
    libraries: Option<PathBuf>,
    named: bool,
}

impl Compiler {
    fn ask(&self, root: &Path, arguments: &[&str]) -> Result<String> {
        let mut command = clean(&self.rustc);
        if let Some(libraries) = &self.libraries {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        // In the tree, so that its rust-toolchain.toml counts.
        output(command.current_dir(root).args(arguments))
    }

    /// Whether `core` is installed, or the source from which it can be built.
    fn core(&self, root: &Path) -> Option<(bool, Option<PathBuf>)> {
        let libdir = self.ask(root, &["--print", "target-libdir", "--target", TRIPLE]).ok()?;
        if holds_core(Path::new(&libdir)) {
            return Some((true, None));
        }
        let sysroot = self.ask(root, &["--print", "sysroot"]).ok()?;
        let library = Path::new(&sysroot).join("lib/rustlib/src/rust/library");
        library.join("Cargo.lock").is_file().then_some((false, Some(library)))
    }

    fn way(
        &self,
        root: &Path,
        origin: Origin,
        library: Option<PathBuf>,
        linker: Option<PathBuf>,
        qemu: &str,
    ) -> Result<Way> {
        let verbose = self.ask(root, &["-vV"])?;
        let field = |name: &str| {
            let value = verbose.lines().find_map(|line| line.strip_prefix(name));
            value.map(|text| text.trim().to_owned())
        };
        Ok(Way {
            rustc: self.rustc.clone(),
            named: self.named,
            release: field("release:").context("rustc -vV names no release")?,
            commit: field("commit-hash:").unwrap_or_else(|| "unknown".to_owned()),
            origin,
            library,
            libraries: self.libraries.clone(),
            linker,
            qemu: qemu.to_owned(),
        })
    }

    fn linker(&self, root: &Path) -> Result<PathBuf> {
        let sysroot = self.ask(root, &["--print", "sysroot"])?;
        let verbose = self.ask(root, &["-vV"])?;
        let host = verbose.lines().find_map(|line| line.strip_prefix("host: "));
        let host = host.context("rustc -vV names no host")?;
        Ok(Path::new(&sysroot).join("lib/rustlib").join(host).join("bin/rust-lld"))
    }
}

/// Whether the folder holds a compiled `core`.
pub(crate) fn holds_core(libdir: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(libdir) else { return false };
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.into_iter().any(|name| name.starts_with("libcore-") && name.ends_with(".rlib"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A compiler that answers like rustc, over folders that hold what a toolchain has.
    fn toolchain(dir: &Path, target: bool, source: bool) -> PathBuf {
        let libdir = dir.join("lib/rustlib").join(TRIPLE).join("lib");
        if target {
            fs::create_dir_all(&libdir).expect("a folder");
            fs::write(libdir.join("libcore-0123.rlib"), "").expect("a file");
        }
        if source {
            let library = dir.join("lib/rustlib/src/rust/library");
            fs::create_dir_all(&library).expect("a folder");
            fs::write(library.join("Cargo.lock"), "").expect("a file");
        }
        fs::create_dir_all(dir.join("bin")).expect("a folder");
        let rustc = dir.join("bin/rustc");
        let (libdir, sysroot) = (libdir.display(), dir.display());
        let script = format!(
            "#!/bin/sh\ncase \"$*\" in\n*target-libdir*) echo {libdir};;\n*sysroot*) echo {sysroot};;\n\
             -vV) echo 'rustc'; echo 'commit-hash: abc'; echo 'host: h'; echo 'release: 1.95.0';;\nesac\n"
        );
        fs::write(&rustc, script).expect("a file");
        fs::set_permissions(&rustc, fs::Permissions::from_mode(0o755)).expect("permissions");
        rustc
    }

    fn found(active: (bool, bool), distribution: Option<(bool, bool)>) -> Result<Way, Missing> {
        let dir = tempfile::tempdir().expect("a folder");
        let rustc = toolchain(&dir.path().join("active"), active.0, active.1);
        let debian = dir.path().join("debian");
        if let Some((target, source)) = distribution {
            toolchain(&debian, target, source);
        }
        detect(dir.path(), &rustc, &[debian], "QEMU".to_owned())
    }

    #[test]
    fn the_installed_target_comes_first() {
        let way = found((true, true), Some((true, true))).expect("a way");
        assert_eq!((way.origin, way.named, way.library), (Origin::Target, false, None));
        assert_eq!((way.release.as_str(), way.commit.as_str()), ("1.95.0", "abc"));
    }

    #[test]
    fn the_active_source_comes_before_any_distribution() {
        let way = found((false, true), Some((true, true))).expect("a way");
        assert_eq!((way.origin, way.named), (Origin::RustSrc, false));
        assert!(way.library.is_some_and(|dir| dir.ends_with("lib/rustlib/src/rust/library")));
    }

    #[test]
    fn a_distribution_is_named_and_links_with_the_active_toolchain() {
        let way = found((false, false), Some((false, true))).expect("a way");
        assert_eq!((way.origin, way.named), (Origin::DistributionSrc, true));
        assert!(way.linker.is_some_and(|path| path.ends_with("active/lib/rustlib/h/bin/rust-lld")));
        let way = found((false, false), Some((true, false))).expect("a way");
        assert_eq!(way.origin, Origin::DistributionTarget);
    }

    #[test]
    fn nothing_at_all_names_the_commands() {
        let missing = found((false, false), None).expect_err("there is nothing");
        assert_eq!(missing.install.len(), 3);
        let text = missing.to_string();
        assert!(text.contains("`rustup target add thumbv7em-none-eabihf`"), "{text}");
    }

    #[test]
    fn a_compiler_that_cannot_be_started_is_no_way() {
        let dir = tempfile::tempdir().expect("a folder");
        let gone = dir.path().join("gone");
        assert!(detect(dir.path(), &gone, &[], "QEMU".to_owned()).is_err());
    }
}
