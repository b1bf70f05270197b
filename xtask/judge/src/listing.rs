//! What lies in a folder, in an order that does not depend on the machine.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Names in a folder, sorted; none when there is no such folder.
pub(crate) fn names(dir: &Path) -> Result<Vec<String>> {
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
pub(crate) fn folders(dir: &Path) -> Result<Vec<String>> {
    let all = names(dir)?;
    Ok(all.into_iter().filter(|name| dir.join(name).is_dir() && !name.starts_with('.')).collect())
}
