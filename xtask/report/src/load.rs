//! From pins or run folders to a book.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use record::Record;
use xtask_judge::pins::{Pin, Pins};

use crate::book::{Book, Sheet};
use crate::roster::Roster;
use crate::site::relative;

/// The pinned records.
///
/// # Errors
/// When `rfc/pins.toml` or a record it names cannot be read; nothing is skipped.
pub(crate) fn pinned(root: &Path) -> Result<Book> {
    let mut book = Book::default();
    let roster = Arc::new(Roster::read(root)?);
    for (target, Pin { judge, history }) in Pins::read(root)?.0 {
        let sheet =
            Sheet::read(&Pins::dir(root, &judge), format!("data/{judge}/run.json"), &roster)
                .with_context(|| format!("`{judge}` is pinned for {target} in rfc/pins.toml"))?;
        book.sheets.insert(target.clone(), sheet);
        if !history.is_empty() {
            book.history.insert(target, history);
        }
    }
    Ok(book)
}

/// The records of one local run; `out` is where its pages go.
///
/// # Errors
/// When a record cannot be read.
pub(crate) fn run(root: &Path, dirs: &[PathBuf], out: &Path) -> Result<Book> {
    let home = format!("{}/", relative(&absolute(out)?, &absolute(&root.join("reports"))?));
    let mut book = Book { local: true, home, ..Book::default() };
    let roster = Arc::new(Roster::read(root)?);
    for dir in dirs {
        let link = format!("{}/run.json", relative(&absolute(out)?, &absolute(dir)?));
        let sheet = Sheet::read(dir, link, &roster)?;
        book.sheets.insert(sheet.run.target.clone(), sheet);
    }
    Ok(book)
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| path.display().to_string())
}

/// Folders of the newest local run, one per target. Runs that were interrupted have no
/// `run.json` and are not shown.
pub(crate) fn newest_local(root: &Path) -> Result<Vec<PathBuf>> {
    let mut runs: BTreeMap<String, (String, Vec<PathBuf>)> = BTreeMap::new();
    for target in folders(&root.join("reports/local"))? {
        for dir in folders(&target)? {
            let Ok(record) = Record::open(&dir) else {
                continue;
            };
            let entry = runs.entry(record.run.run_id.clone()).or_default();
            entry.0 = entry.0.clone().max(record.run.ended.clone());
            entry.1.push(dir);
        }
    }
    Ok(runs.into_values().max().map(|(_, dirs)| dirs).unwrap_or_default())
}

fn folders(dir: &Path) -> Result<Vec<PathBuf>> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
