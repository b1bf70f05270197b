//! Writes what the records say into the text.
//!
//! The result is a function of claims, pins, the listed records and the prose; running it
//! twice changes nothing the second time. While any input is wrong nothing is written.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Serialize;

use crate::book::{Book, EVIDENCE, relative};
use crate::evidence;
use crate::facts::Facts;
use crate::finding::{Finding, Rule};
use crate::load;
use crate::number::Units;
use crate::render::{Rendering, render};
use crate::spine;
use crate::table::Sources;

/// How to fill.
#[derive(Clone, Copy, Debug, Default)]
pub struct FillOptions {
    /// Replace generated blocks that were edited by hand.
    pub force: bool,
}

/// What filling changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Filled {
    /// Files that were written, repository-relative.
    pub written: Vec<String>,
    /// Evidence pages of claims that are gone.
    pub removed: Vec<String>,
    /// Files that were right already.
    pub unchanged: usize,
}

/// Judges, and writes link texts, blocks, evidence pages and `verdicts.json`.
///
/// # Errors
/// When a claim, a pin or a record cannot be read, when a chapter names an unknown claim or
/// value, or when a generated block was edited by hand and `force` is not set. Nothing has
/// been written then.
pub fn fill(root: &Path, options: &FillOptions) -> Result<Filled> {
    let loaded = load::load(root)?;
    let mut filled = fill_with(root, &loaded.facts, options)?;
    for (file, text) in loaded.files() {
        filled.put(root, file, text)?;
    }
    Ok(filled)
}

/// Writes verdicts and history alone.
///
/// # Errors
/// As [`fill`].
pub fn judge(root: &Path) -> Result<()> {
    load::write(root, &load::load(root)?)?;
    Ok(())
}

pub(crate) fn fill_with(root: &Path, facts: &Facts, options: &FillOptions) -> Result<Filled> {
    let mut book = Book::read(root)?;
    book.chapters.extend(spine::missing_pages(&facts.spine, &book));
    let mut cited = book.citations();
    spine::cite(&facts.spine, &mut cited);
    let sources = Sources { root, facts, cited: &cited };
    let spine = spine::check(&sources, &Units::of_tree(root)?, &book);
    let renderings: Vec<Rendering> =
        book.chapters.iter().map(|chapter| render(chapter, &sources, options.force)).collect();
    let wrong: Vec<&Finding> =
        renderings.iter().flat_map(|r| &r.wrong).chain(stops(&spine)).collect();
    if !wrong.is_empty() {
        let list: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        bail!("nothing was written, because the input is wrong:\n{}", list.join("\n"));
    }
    let pages = pages(&sources);
    let mut filled = Filled::default();
    for (chapter, rendering) in book.chapters.iter().zip(&renderings) {
        filled.put(root, &chapter.path, &rendering.apply(&chapter.doc.text))?;
    }
    for (path, text) in &pages {
        filled.put(root, path, text)?;
    }
    for path in surplus_pages(root, &pages)? {
        fs::remove_file(root.join(&path)).with_context(|| path.clone())?;
        filled.removed.push(path);
    }
    Ok(filled)
}

/// Findings of the spine for which no text can be made; the others are for `check`.
fn stops(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|finding| [Rule::BadData, Rule::UnknownId].contains(&finding.rule))
}

/// Every evidence page by path.
pub(crate) fn pages(sources: &Sources<'_>) -> BTreeMap<String, String> {
    let path = |id: &str| format!("{EVIDENCE}/{id}.md");
    let page = |claim| evidence::page(claim, sources);
    sources.facts.claims.values().map(|claim| (path(&claim.id), page(claim))).collect()
}

/// Files in the evidence folder that belong to no claim.
pub(crate) fn surplus_pages(root: &Path, pages: &BTreeMap<String, String>) -> Result<Vec<String>> {
    let dir = root.join(EVIDENCE);
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(&dir).with_context(|| dir.display().to_string())? {
        found.insert(relative(root, &entry?.path()));
    }
    Ok(found.into_iter().filter(|path| !pages.contains_key(path)).collect())
}

impl Filled {
    /// Writes a file if it differs; a reader never sees half of one.
    fn put(&mut self, root: &Path, path: &str, text: &str) -> Result<()> {
        let full = root.join(path);
        if fs::read_to_string(&full).is_ok_and(|old| old == text) {
            self.unchanged += 1;
            return Ok(());
        }
        let write = || -> std::io::Result<()> {
            if let Some(dir) = full.parent() {
                fs::create_dir_all(dir)?;
            }
            let part = full.with_extension("part");
            fs::write(&part, text)?;
            fs::rename(&part, &full)
        };
        write().with_context(|| format!("{path}: cannot write"))?;
        self.written.push(path.to_owned());
        Ok(())
    }
}
