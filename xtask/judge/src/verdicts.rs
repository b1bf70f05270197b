//! The content of `rfc/verdicts.json`: what claims and pinned records say, and nothing else.
//!
//! What depends on today or on git (stale, aged, disputed) is not here, so that the file is
//! byte-equal on any machine.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::BadInput;

/// The format of `rfc/verdicts.json`; outside tools may read it.
pub const VERDICTS_FORMAT: &str = "async-eval.verdicts/1";

/// Every claim, judged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdicts {
    /// Always [`VERDICTS_FORMAT`].
    pub format: String,
    /// The records that judged, by target.
    pub records: BTreeMap<String, RecordUsed>,
    /// By claim id.
    pub claims: BTreeMap<String, ClaimVerdict>,
}

/// Where the verdicts are written down, below the root.
pub const VERDICTS: &str = "rfc/verdicts.json";

impl Verdicts {
    /// The verdicts that are written down; nothing before the first `rfc eval`. What judges
    /// nothing itself reads them here.
    ///
    /// # Errors
    /// A [`BadInput`] when the file is damaged or of another format.
    pub fn read(root: &Path) -> Result<Option<Verdicts>, BadInput> {
        let Ok(text) = fs::read_to_string(root.join(VERDICTS)) else { return Ok(None) };
        let again = "cargo xtask rfc eval writes it anew";
        let verdicts: Verdicts = serde_json::from_str(&text)
            .map_err(|error| BadInput(format!("{VERDICTS}: damaged ({error}); {again}")))?;
        if verdicts.format != VERDICTS_FORMAT {
            let format = &verdicts.format;
            let words = format!(
                "{VERDICTS}: format `{format}`, this tool reads `{VERDICTS_FORMAT}`; {again}"
            );
            return Err(BadInput(words));
        }
        Ok(Some(verdicts))
    }

    /// The text of `rfc/verdicts.json`.
    ///
    /// # Panics
    /// Never: every field serialises.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("verdicts have string keys");
        text.push('\n');
        text
    }
}

/// What a reader has to know about a record that judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordUsed {
    /// `sim/2026-11-23-0a1b2c3d4e`.
    pub name: String,
    /// Joins the records of one run.
    pub run_id: String,
    /// Revision measured.
    pub revision: String,
    /// Profile measured with.
    pub profile: String,
    /// First line of `rustc -V`.
    pub rustc: String,
    /// CPU model.
    pub cpu: String,
    /// What makes the machine another one than that of a record elsewhere.
    #[serde(default)]
    pub machine: String,
    /// Versions of what else took part.
    pub tools: BTreeMap<String, String>,
}

/// One claim, judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimVerdict {
    /// All targets folded.
    pub verdict: Verdict,
    /// `1 of 2 targets measured`, where a target is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<String>,
    /// By target; targets judged together are joined with `+`.
    pub targets: BTreeMap<String, TargetVerdict>,
    /// Every check on every target.
    pub checks: Vec<CheckVerdict>,
    /// Cells shown beside the verdict.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<BesideCell>,
    /// By anchor, `<key>-<target>`.
    pub values: BTreeMap<String, Value>,
    /// Orthogonal to the verdict.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// Verdict in each earlier record that was listed, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Past>,
    /// Hash of the claim's checks as they stand.
    pub check_hash: String,
}

/// The answer to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verdict {
    /// It holds.
    #[serde(rename = "supported")]
    Supported,
    /// It does not.
    #[serde(rename = "contradicted")]
    Contradicted,
    /// The measurement does not decide.
    #[serde(rename = "inconclusive")]
    Inconclusive,
    /// A cell is missing.
    #[serde(rename = "not measured")]
    NotMeasured,
}

impl Verdict {
    /// The word used in text and data.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Verdict::Supported => "supported",
            Verdict::Contradicted => "contradicted",
            Verdict::Inconclusive => "inconclusive",
            Verdict::NotMeasured => "not measured",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A verdict on one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetVerdict {
    /// All checks on it folded.
    pub verdict: Verdict,
    /// Why it is not supported or contradicted: `launches 3/10`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One check on one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckVerdict {
    /// Name of the check.
    pub name: String,
    /// Target, or several joined with `+`.
    pub target: String,
    /// Whether it holds.
    pub verdict: Verdict,
    /// Why nothing was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `loglog_slope of leaf_polls, at least 1.8`.
    pub bound: String,
    /// What was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// Ends of the confidence interval, for statistical checks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
    /// The cells that were read; of very many, one for each value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<CellUsed>,
    /// Cells that were read and are not listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unlisted: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// A cell that a check read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellUsed {
    /// Target it was measured on.
    pub target: String,
    /// `of` or `vs`.
    pub side: String,
    /// The cell key.
    pub cell: String,
    /// Metric id, `outcome`, `fraction` or `compile`.
    pub metric: String,
    /// The value as text; `-` where there is none.
    pub value: String,
    /// Whether it was counted, for `count`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<bool>,
}

/// A cell shown beside a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BesideCell {
    /// What it is.
    pub text: String,
    /// The cell and its value.
    pub cell: CellUsed,
}

/// A number or word that the text may quote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Value {
    /// The number; absent for a word such as an outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<f64>,
    /// As text shows it.
    pub text: String,
    /// Unit of the number; empty for ratios, slopes and words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
}

/// What holds besides the verdict, computed from committed inputs only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// The checks changed after the record was measured.
    PostHoc,
    /// The claim was written after the record was measured, so what it came to may have been
    /// known.
    Newer,
    /// A known contradiction with a written justification.
    Waived,
    /// Figures of others.
    External,
    /// A guard failed; shown instead of the verdict.
    Invalid,
}

impl Mark {
    /// The word used in text and data.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Mark::PostHoc => "post-hoc",
            Mark::Newer => "newer than its record",
            Mark::Waived => "waived",
            Mark::External => "external",
            Mark::Invalid => "invalid",
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The verdict that an earlier record gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Past {
    /// Name of the record.
    pub record: String,
    /// Its verdict on that record's target alone.
    pub verdict: Verdict,
    /// What each check measured there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// Whether the checks were others than those of today.
    #[serde(default, skip_serializing_if = "is_false")]
    pub other_checks: bool,
    /// A commit that holds the record, where it has left the tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by: Option<String>,
}
