//! Putting generated files where they belong, or saying which ones differ.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::limits::GENERATED;

/// Generated files by path relative to their folder.
pub(crate) type Files = BTreeMap<String, String>;

/// What differs between a folder and what should be in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Differences {
    /// Absent or of another content.
    pub(crate) stale: Vec<PathBuf>,
    /// Generated once, and by nothing any more.
    pub(crate) orphaned: Vec<PathBuf>,
}

impl Differences {
    /// All paths, for a message.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.stale.iter().chain(&self.orphaned)
    }
}

/// Compares a folder with the files that belong there; writes nothing.
pub(crate) fn compare(dir: &Path, files: &Files) -> Result<Differences> {
    let mut differences = Differences::default();
    for (name, content) in files {
        let path = dir.join(name);
        if fs::read(&path).ok().as_deref() != Some(content.as_bytes()) {
            differences.stale.push(path);
        }
    }
    for path in generated(dir)? {
        let name = path.strip_prefix(dir).unwrap_or(&path).to_string_lossy().into_owned();
        if !files.contains_key(&name) {
            differences.orphaned.push(path);
        }
    }
    Ok(differences)
}

/// Makes a folder hold exactly these generated files; touches no file that is right already.
pub(crate) fn apply(dir: &Path, files: &Files) -> Result<Differences> {
    let differences = compare(dir, files)?;
    for path in &differences.stale {
        let name = path.strip_prefix(dir).unwrap_or(path).to_string_lossy();
        write(path, &files[name.as_ref()])?;
    }
    for path in &differences.orphaned {
        fs::remove_file(path).with_context(|| format!("{}: cannot remove", path.display()))?;
    }
    Ok(differences)
}

/// Writes a file and the folders above it.
pub(crate) fn write(path: &Path, content: &str) -> Result<()> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    }
    fs::write(path, content).with_context(|| format!("{}: cannot write", path.display()))
}

/// Files that a report wrote: figures, and pages that say so in their first line.
fn generated(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in listing(&dir.join("plots"))? {
        if path.extension().is_some_and(|ext| ext == "svg") {
            found.push(path);
        }
    }
    let mut pages = listing(dir)?;
    pages.extend(listing(&dir.join("hazards"))?);
    for path in pages {
        let is_page = path.extension().is_some_and(|ext| ext == "md");
        if is_page && fs::read_to_string(&path).is_ok_and(|text| text.starts_with(GENERATED)) {
            found.push(path);
        }
    }
    Ok(found)
}

/// All pages of a folder itself by name, by hand or generated.
pub(crate) fn pages(dir: &Path) -> Result<Files> {
    let mut pages = Files::new();
    for path in listing(dir)? {
        if path.extension().is_some_and(|ext| ext == "md") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            pages.insert(name, text);
        }
    }
    Ok(pages)
}

fn listing(dir: &Path) -> Result<Vec<PathBuf>> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_ends_with_exactly_its_files() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| dir.path().join(name);
        write(&at("METHOD.md"), "by hand\n").expect("writes");
        write(&at("plots/old-light.svg"), "<svg>").expect("writes");
        write(&at("old.md"), &format!("{GENERATED}\n")).expect("writes");
        let files = Files::from([("new.md".to_owned(), format!("{GENERATED}\nx\n"))]);

        let before = compare(dir.path(), &files).expect("compares");
        assert_eq!(before.stale, [at("new.md")]);
        assert_eq!(before.orphaned, [at("plots/old-light.svg"), at("old.md")]);
        assert!(at("old.md").exists(), "comparing writes nothing");

        apply(dir.path(), &files).expect("applies");
        assert_eq!(compare(dir.path(), &files).expect("compares"), Differences::default());
        assert!(at("METHOD.md").exists() && !at("old.md").exists());
    }
}
