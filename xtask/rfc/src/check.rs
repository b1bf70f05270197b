//! Finds text that the evidence does not carry. Writes nothing.

use std::fs;
use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use crate::book::{Book, EVIDENCE};
use crate::facts::Facts;
use crate::fill::{pages, surplus_pages};
use crate::finding::{FILL, Finding, Rule};
use crate::load;
use crate::number::Units;
use crate::render::render;
use crate::rules;
use crate::spine;
use crate::stances;
use crate::table::Sources;

/// Says why the cells of a claim are stale, given the claim's id; nothing when they are fresh.
pub type Staleness<'a> = &'a dyn Fn(&str) -> Result<Option<String>>;

/// How strict to be about inputs that changed since the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Gate {
    /// Print stale claims, on forks and pull requests.
    #[default]
    Lenient,
    /// Fail on stale claims, on release tags.
    Strict,
}

/// How to check.
#[derive(Default)]
pub struct CheckOptions<'a> {
    /// What to do about stale claims.
    pub gate: Gate,
    /// How to find stale claims; without it none are looked for, and the report says so.
    pub staleness: Option<Staleness<'a>>,
}

impl std::fmt::Debug for CheckOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let staleness = self.staleness.is_some();
        f.debug_struct("CheckOptions")
            .field("gate", &self.gate)
            .field("staleness", &staleness)
            .finish()
    }
}

/// Measures everything that the pinned records hold: a record of less would not be a pin.
const REMEASURE: &str = "cargo xtask bench --record --pin";

/// Format of the answer of `rfc check --json`.
pub const CHECK_FORMAT: &str = "async-eval.rfc-check/1";

/// What `check` found.
#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// Always [`CHECK_FORMAT`].
    pub format: &'static str,
    /// Errors, in order of file and line.
    pub findings: Vec<Finding>,
    /// Things to know that fail nothing.
    pub notes: Vec<String>,
    /// Claims judged.
    pub claims: usize,
    /// Chapters read.
    pub chapters: usize,
}

impl Checked {
    /// Whether the text stands.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Checks every rule of the RFC text against the tree at `root`.
///
/// # Errors
/// When a claim, a pin or a record cannot be read.
pub fn check(root: &Path, options: &CheckOptions<'_>) -> Result<Checked> {
    let loaded = load::load(root)?;
    let mut checked = check_with(root, &loaded.facts, options)?;
    for (file, text) in loaded.files() {
        if fs::read_to_string(root.join(file)).unwrap_or_default() != text {
            let what = "differs from what claims, pins and records give";
            checked.findings.push(Finding::new(file, 0, Rule::TextDiffers, what, FILL));
        }
    }
    checked.findings.sort();
    Ok(checked)
}

pub(crate) fn check_with(
    root: &Path,
    facts: &Facts,
    options: &CheckOptions<'_>,
) -> Result<Checked> {
    let mut book = Book::read(root)?;
    book.chapters.extend(spine::missing_pages(&facts.spine, &book));
    let mut cited = book.citations();
    spine::cite(&facts.spine, &mut cited);
    let sources = Sources { root, facts, cited: &cited };
    let units = Units::of_tree(root)?;
    let mut findings = spine::check(&sources, &units, &book);
    for chapter in &book.chapters {
        let rendering = render(chapter, &sources, false);
        findings.extend(rendering.wrong);
        for edit in rendering.edits {
            let line = chapter.doc.line(edit.range.start);
            let what = match edit.new.starts_with('\n') {
                true => format!("out of date: {}", edit.about),
                false => format!("`{}` should read `{}` ({})", edit.old, edit.new, edit.about),
            };
            findings.push(Finding::new(&chapter.path, line, Rule::TextDiffers, what, FILL));
        }
        findings.extend(rules::assertions(chapter, facts));
        findings.extend(rules::naked(chapter, &units));
        findings.extend(rules::undated(chapter, &units));
        findings.extend(rules::rankings(chapter));
        findings.extend(rules::broken_links(chapter, &book));
    }
    findings.extend(rules::curated(facts, root)?);
    findings.extend(rules::uncited(facts, &cited, &book));
    findings.extend(rules::drawbacks(facts, &book));
    findings.extend(stances::twins(facts, root)?);
    findings.extend(rules::known_results(facts));
    generated(root, &sources, &mut findings)?;
    let mut notes: Vec<String> = spine::note(&facts.spine).into_iter().collect();
    stale(facts, options, &mut findings, &mut notes)?;
    let (few, counts) = stances::stances(facts, root)?;
    findings.extend(few);
    notes.extend(counts);
    findings.sort();
    let (claims, chapters) = (facts.claims.len(), book.chapters.len());
    Ok(Checked { format: CHECK_FORMAT, findings, notes, claims, chapters })
}

fn generated(root: &Path, sources: &Sources<'_>, findings: &mut Vec<Finding>) -> Result<()> {
    let pages = pages(sources);
    for (path, text) in &pages {
        if fs::read_to_string(root.join(path)).ok().as_ref() != Some(text) {
            let what = "the evidence page is missing or out of date";
            findings.push(Finding::new(path, 0, Rule::TextDiffers, what, FILL));
        }
    }
    for path in surplus_pages(root, &pages)? {
        let what = format!("belongs to no claim; {EVIDENCE} is generated");
        findings.push(Finding::new(&path, 0, Rule::TextDiffers, what, FILL));
    }
    Ok(())
}

fn stale(
    facts: &Facts,
    options: &CheckOptions<'_>,
    findings: &mut Vec<Finding>,
    notes: &mut Vec<String>,
) -> Result<()> {
    let Some(staleness) = options.staleness else {
        notes.push("stale claims were not looked for".to_owned());
        return Ok(());
    };
    let mut ids = Vec::new();
    for claim in facts.claims.values() {
        let Some(why) = staleness(&claim.id)? else { continue };
        ids.push(claim.id.as_str());
        if options.gate == Gate::Strict {
            let what = format!("{} is stale: {why}", claim.id);
            findings.push(Finding::new(&claim.file, 0, Rule::Stale, what, REMEASURE));
        }
    }
    if options.gate == Gate::Lenient && !ids.is_empty() {
        let all = ids.join(", ");
        notes.push(format!("stale, because inputs changed since their record: {all}; {REMEASURE}"));
    }
    Ok(())
}
