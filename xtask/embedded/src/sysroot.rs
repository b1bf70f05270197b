//! Building `core` and `alloc` once, where the toolchain brings no compiled ones.
//!
//! Two phases, so that nightly flags touch the standard library only: a package without
//! dependencies is built with `-Zbuild-std`, and its libraries are laid out as rustup would
//! have done. The firmware is then built with a plain stable command.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::way::{Way, holds_core};
use crate::{FOLDER, TRIPLE};
use xtask_cargo::{clean, output};

/// The folder to give as `--sysroot`; built when it is not there yet. `None` when the
/// compiler has what it needs.
///
/// # Errors
/// When the library does not build.
pub(crate) fn prepare(root: &Path, way: &Way) -> Result<Option<PathBuf>> {
    let Some(library) = &way.library else { return Ok(None) };
    let base = root.join("target/embedded");
    let sysroot = base.join(format!("sysroot-{}", way.commit));
    let libdir = sysroot.join("lib/rustlib").join(TRIPLE).join("lib");
    if holds_core(&libdir) {
        return Ok(Some(sysroot));
    }
    let built = base.join(format!("build-{}", way.commit));
    phase_one(root, way, library, &built)?;
    // Under a name of its own first, so that a half-copied sysroot is never taken for one.
    let partial = base.join(format!("partial-{}", std::process::id()));
    let into = partial.join("lib/rustlib").join(TRIPLE).join("lib");
    fs::create_dir_all(&into).with_context(|| into.display().to_string())?;
    let deps = built.join(TRIPLE).join("release/deps");
    for entry in fs::read_dir(&deps).with_context(|| deps.display().to_string())? {
        let entry = entry.with_context(|| deps.display().to_string())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let wanted = ["libcore-", "liballoc-", "libcompiler_builtins-"];
        if name.ends_with(".rlib") && wanted.iter().any(|prefix| name.starts_with(prefix)) {
            fs::copy(entry.path(), into.join(&name)).with_context(|| name.clone())?;
        }
    }
    if sysroot.exists() {
        fs::remove_dir_all(&sysroot).with_context(|| sysroot.display().to_string())?;
    }
    fs::rename(&partial, &sysroot).with_context(|| sysroot.display().to_string())?;
    Ok(Some(sysroot))
}

fn phase_one(root: &Path, way: &Way, library: &Path, built: &Path) -> Result<()> {
    let mut cargo = clean(Path::new("cargo"));
    cargo.current_dir(root.join(FOLDER).join("sysroot"));
    cargo.args(["build", "--release", "--target", TRIPLE, "-Zbuild-std=core,alloc"]);
    // A distribution's source brings its dependencies, and needs no network with them.
    let vendor = library.join("vendor");
    if vendor.is_dir() {
        cargo.args(["--config", "source.crates-io.replace-with=\"v\""]);
        cargo.arg("--config").arg(format!("source.v.directory=\"{}\"", vendor.display()));
    }
    let commit = &way.commit;
    let mut flags = OsString::from("-Cembed-bitcode=yes\x1f--remap-path-prefix=");
    flags.push(library);
    flags.push(format!("=/rustc/{commit}/library"));
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags);
    cargo.env("CARGO_TARGET_DIR", built).env("RUSTC_BOOTSTRAP", "1");
    name_compiler(&mut cargo, way);
    output(&mut cargo).context("`core` could not be built from source").map(drop)
}

/// Makes cargo use the compiler of the way.
pub(crate) fn name_compiler(cargo: &mut std::process::Command, way: &Way) {
    if way.named {
        cargo.env("RUSTC", &way.rustc);
    }
    if let Some(libraries) = &way.libraries {
        cargo.env("LD_LIBRARY_PATH", libraries);
    }
}
