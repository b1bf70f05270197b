//! The bars, and whom each is about: `reports/bars.toml`, written by hand.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// When a bar is kept.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    AtMost(f64),
    AtLeast(f64),
    /// This far from one, at most.
    Within(f64),
}

/// What is held against a bar.
#[derive(Clone, Copy, Debug)]
pub(super) enum Figure<'a> {
    /// Per operation.
    Value(&'a str),
    /// Per operation, over that of the best crate; its case may have a form.
    Ratio(&'a str, &'a [String], &'a str),
    /// Operations per second over those of the best crate.
    Speed(&'a [String]),
}

/// One bar.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bar {
    pub(super) text: String,
    pub(super) design: String,
    pub(super) runtime: String,
    pub(super) workloads: Vec<String>,
    metric: String,
    #[serde(default)]
    over: Vec<String>,
    #[serde(default)]
    form: String,
    at_most: Option<f64>,
    at_least: Option<f64>,
    within: Option<f64>,
    /// The claim that has it as its bound.
    #[serde(default)]
    pub(super) claim: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    bar: Vec<Bar>,
}

/// The word for operations per second, which is no metric of an exact line.
const SPEED: &str = "speed";

/// Reads the file; an absent one has no bars.
///
/// # Errors
/// When it is malformed, or a bar has not exactly one rule.
pub(crate) fn read(root: &Path) -> Result<Vec<Bar>> {
    let path = root.join("reports/bars.toml");
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let file: File =
        toml::from_str(&text).with_context(|| format!("{}: not a list of bars", path.display()))?;
    ensure!(file.format == 1, "{}: format {}, this tool reads 1", path.display(), file.format);
    for bar in &file.bar {
        let rules = [bar.at_most, bar.at_least, bar.within].iter().flatten().count();
        ensure!(
            rules == 1,
            "{}: `{}` has {rules} of at_most, at_least, within; write one",
            path.display(),
            bar.text
        );
    }
    Ok(file.bar)
}

impl Bar {
    pub(super) fn rule(&self) -> Rule {
        match (self.at_most, self.at_least, self.within) {
            (Some(most), ..) => Rule::AtMost(most),
            (_, Some(least), _) => Rule::AtLeast(least),
            (.., within) => Rule::Within(within.unwrap_or(0.0)),
        }
    }

    pub(super) fn figure(&self) -> Figure<'_> {
        match (self.metric.as_str(), self.over.as_slice()) {
            (SPEED, over) => Figure::Speed(over),
            (metric, []) => Figure::Value(metric),
            (metric, over) => Figure::Ratio(metric, over, &self.form),
        }
    }

    /// Digits behind the point.
    pub(super) fn digits(&self) -> usize {
        if self.over.is_empty() { 1 } else { 3 }
    }
}
