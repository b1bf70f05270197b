//! The lock file of the bare-metal workspace, which follows the generated packages.

use std::path::Path;

use anyhow::Result;

use crate::FOLDER;
use xtask_cargo::{clean, output};

/// Whether the lock file names every package that the workspace has.
#[must_use]
pub fn lock_is_current(root: &Path) -> bool {
    let mut cargo = clean(Path::new("cargo"));
    cargo.current_dir(root.join(FOLDER)).args(["metadata", "--format-version", "1", "--locked"]);
    output(&mut cargo).is_ok()
}

/// Adds what is missing to the lock file and removes what is gone; versions of packages
/// that stay are not touched. For `tidy --fix`, after writing [`generate`](crate::generate)'s
/// files.
///
/// # Errors
/// When cargo cannot resolve the workspace.
pub fn refresh_lock(root: &Path) -> Result<()> {
    let mut cargo = clean(Path::new("cargo"));
    cargo.current_dir(root.join(FOLDER)).args(["update", "--workspace", "--quiet"]);
    output(&mut cargo).map(drop)
}
