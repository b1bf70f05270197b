//! What was expected before anything was measured: `reports/predictions.toml`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::column::Column;

/// The word of an expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Expect {
    /// The hazard fires.
    Occurs,
    /// It cannot.
    Absent,
    /// It does unless the author or the prototype does something more.
    Depends,
    /// It does not, and something else grows.
    Converted,
    /// The situation cannot be written.
    Inexpressible,
    /// No expectation.
    Measure,
    /// Not applicable.
    None,
}

impl Expect {
    /// Glyph and word, so that neither colour nor glyph has to carry the meaning alone.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Expect::Occurs => "● occurs",
            Expect::Absent => "○ absent",
            Expect::Depends => "◐ depends",
            Expect::Converted => "⇄ converted",
            Expect::Inexpressible => "✗ inexpressible",
            Expect::Measure => "measure only",
            Expect::None => "–",
        }
    }
}

/// One expectation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Prediction {
    pub(crate) expect: Expect,
    #[serde(default)]
    pub(crate) text: String,
    /// Modes it is about; empty means all.
    #[serde(default)]
    pub(crate) modes: Vec<String>,
}

impl Prediction {
    /// The expectation as one cell of a table.
    pub(crate) fn label(&self) -> String {
        match self.text.as_str() {
            "" => self.expect.label().to_owned(),
            text => format!("{} ({text})", self.expect.label()),
        }
    }
}

/// A family that was predicted and the design that stands for it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Family {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) design: String,
    /// The mode that was predicted, where the design has others.
    #[serde(default)]
    mode: Option<String>,
    /// The first variant that was measured is compared.
    pub(crate) variants: Vec<String>,
}

impl Family {
    /// Whether a column is a form of what was predicted.
    pub(crate) fn is(&self, column: &Column) -> bool {
        column.design == self.design && (self.mode.is_none() || self.mode == column.mode)
    }
}

/// A hazard that is a cost and not an outcome: it occurs where the fitted cost of one more
/// level is more than a share of the cost at the first.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CostOracle {
    pub(crate) target: String,
    pub(crate) case: String,
    pub(crate) metric: String,
    pub(crate) level_cost_over: f64,
}

#[derive(Clone, Debug, Deserialize)]
struct Row {
    id: String,
    cost: Option<CostOracle>,
    #[serde(flatten)]
    by_family: BTreeMap<String, Prediction>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    column: Vec<Family>,
    workload: Vec<Row>,
}

/// All expectations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Predictions {
    pub(crate) families: Vec<Family>,
    rows: Vec<Row>,
}

impl Predictions {
    /// Reads the file; an absent one predicts nothing.
    ///
    /// # Errors
    /// When it is malformed, of another format, or names a family it does not define.
    pub(crate) fn read(root: &Path) -> Result<Predictions> {
        let path = root.join("reports/predictions.toml");
        if !path.is_file() {
            return Ok(Predictions::default());
        }
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let at = || format!("{}: not a table of predictions", path.display());
        let file: File = toml::from_str(&text).with_context(at)?;
        ensure!(file.format == 1, "{}: format {}, this tool reads 1", path.display(), file.format);
        for row in &file.workload {
            for id in row.by_family.keys() {
                ensure!(
                    file.column.iter().any(|family| family.id == *id),
                    "{}: `{}` predicts for `{id}`, which no [[column]] defines",
                    path.display(),
                    row.id
                );
            }
        }
        Ok(Predictions { families: file.column, rows: file.workload })
    }

    /// The cost that decides about a workload, where no outcome does.
    pub(crate) fn cost(&self, workload: &str) -> Option<&CostOracle> {
        self.rows.iter().find(|row| row.id == workload)?.cost.as_ref()
    }

    /// What was expected of a family on a workload.
    pub(crate) fn of(&self, workload: &str, family: &str) -> Option<&Prediction> {
        self.rows.iter().find(|row| row.id == workload)?.by_family.get(family)
    }
}
