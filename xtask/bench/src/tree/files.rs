//! Listing files in an order that does not depend on the machine.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use xtask_judge::listing::names;

/// Folders in `dir`, sorted; none when there is no such folder.
pub(crate) use xtask_judge::listing::paths as folders;

/// TOML files in `dir`, sorted; none when there is no such folder.
pub(crate) fn toml_files(dir: &Path) -> Result<Vec<PathBuf>> {
    let names = names(dir)?.into_iter().filter(|name| !name.starts_with('.'));
    Ok(names.filter(|name| name.ends_with(".toml")).map(|name| dir.join(name)).collect())
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
