//! Listing files in an order that does not depend on the machine.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Folders in `dir`, sorted; none when there is no such folder.
pub(crate) fn folders(dir: &Path) -> Result<Vec<PathBuf>> {
    entries(dir, |path| path.is_dir())
}

/// TOML files in `dir`, sorted; none when there is no such folder.
pub(crate) fn toml_files(dir: &Path) -> Result<Vec<PathBuf>> {
    entries(dir, |path| path.extension().is_some_and(|ext| ext == "toml"))
}

fn entries(dir: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry.with_context(|| dir.display().to_string())?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && wanted(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Every file below `dir` that can change what is built from it, sorted: no build products,
/// hidden files, prose or tests.
pub(crate) fn files_below(dir: &Path) -> Result<Vec<PathBuf>> {
    let skipped = |entry: &walkdir::DirEntry| {
        let name = entry.file_name().to_string_lossy();
        let folder = ["target", "tests", "benches", "examples"];
        entry.depth() > 0
            && (name.starts_with('.')
                || (entry.file_type().is_dir() && folder.contains(&name.as_ref())))
    };
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(dir).into_iter().filter_entry(|entry| !skipped(entry)) {
        let entry = entry.with_context(|| dir.display().to_string())?;
        let prose = entry.path().extension().is_some_and(|ext| ext == "md");
        if entry.file_type().is_file() && !prose {
            found.push(entry.into_path());
        }
    }
    found.sort();
    Ok(found)
}
