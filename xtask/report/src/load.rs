//! From pins or run folders to a book.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use record::Record;
use xtask_judge::history::History;
use xtask_judge::listing::paths;
use xtask_judge::pins::{Pin, Pins};

use crate::book::{Book, Earlier, Sheet};
use crate::roster::Roster;
use crate::site::relative;

/// The pinned records.
///
/// # Errors
/// When `rfc/pins.toml` or a record it names cannot be read; nothing is skipped.
pub(crate) fn pinned(root: &Path) -> Result<Book> {
    let mut book = Book::default();
    let roster = Arc::new(Roster::read(root)?);
    let kept = History::read(root)?.records;
    let earlier = |name: String| {
        let held_by = kept.get(&name).and_then(|kept| kept.held_by.clone());
        Earlier { name, held_by }
    };
    for (target, Pin { judge, history }) in Pins::read(root)?.0 {
        let sheet =
            Sheet::read(&Pins::dir(root, &judge), format!("data/{judge}/run.json"), &roster)
                .with_context(|| format!("`{judge}` is pinned for {target} in rfc/pins.toml"))?;
        book.sheets.insert(target.clone(), sheet);
        if !history.is_empty() {
            book.history.insert(target, history.into_iter().map(earlier).collect());
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

/// One local run that was completed.
#[derive(Clone, Debug)]
pub(crate) struct LocalRun {
    /// Name of its folder, or of those of its records where each target has one.
    pub(crate) name: String,
    /// When its last record ended.
    pub(crate) ended: String,
    /// Record folders, one per target.
    pub(crate) dirs: Vec<PathBuf>,
}

impl LocalRun {
    /// The pages that the run rendered, if they are there.
    pub(crate) fn pages(&self, root: &Path) -> Option<PathBuf> {
        let pages = root.join("reports/local").join(&self.name).join("pages");
        pages.join("README.md").is_file().then_some(pages)
    }
}

/// The local runs, the newest first. Runs that were interrupted have no `run.json` and are not
/// shown.
pub(crate) fn local_runs(root: &Path) -> Result<Vec<LocalRun>> {
    let mut runs: BTreeMap<String, LocalRun> = BTreeMap::new();
    for outer in paths(&root.join("reports/local"))? {
        for dir in paths(&outer)? {
            let Ok(record) = Record::open(&dir) else {
                continue;
            };
            let by_target = dir.file_name().is_some_and(|name| *name == *record.run.target);
            let named = if by_target { &outer } else { &dir };
            let name = named.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let run = LocalRun { name, ended: String::new(), dirs: Vec::new() };
            let run = runs.entry(record.run.run_id.clone()).or_insert(run);
            run.ended = run.ended.clone().max(record.run.ended.clone());
            run.dirs.push(dir);
        }
    }
    let mut runs: Vec<LocalRun> = runs.into_values().collect();
    runs.sort_by(|a, b| (&b.ended, &b.name).cmp(&(&a.ended, &a.name)));
    Ok(runs)
}
