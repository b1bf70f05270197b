//! What lies in a folder, in an order that does not depend on the machine.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Names in a folder, sorted; none when there is no such folder.
///
/// # Errors
/// When the folder cannot be read.
pub fn names(dir: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    if dir.is_dir() {
        for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Names of the folders in one, but those that are hidden.
///
/// # Errors
/// As [`names`].
pub fn folders(dir: &Path) -> Result<Vec<String>> {
    let all = names(dir)?;
    Ok(all.into_iter().filter(|name| dir.join(name).is_dir() && !name.starts_with('.')).collect())
}

/// The folders themselves.
///
/// # Errors
/// As [`names`].
pub fn paths(dir: &Path) -> Result<Vec<PathBuf>> {
    Ok(folders(dir)?.into_iter().map(|name| dir.join(name)).collect())
}
