//! What is wrong with the text, where, and the command that repairs it.

use std::fmt;

use serde::Serialize;

/// Which rule a finding breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Text, block or generated file differs from what the records say.
    TextDiffers,
    /// The prose asserts a verdict that is not the verdict.
    AssertionContradicted,
    /// Evidence is cited and nothing asserts what it has to say.
    AssertionMissing,
    /// A claim or a value that does not exist.
    UnknownId,
    /// A measurement that no claim carries.
    NakedMeasurement,
    /// A figure of others without the day on which it was published or read.
    Undated,
    /// A generated block that was edited by hand.
    HandEdited,
    /// A marker that cannot be read or has no partner.
    BadMarker,
    /// A link that leads nowhere.
    BrokenLink,
    /// A claim that no chapter cites and `unresolved.md` does not list.
    Uncited,
    /// A drawback that `drawbacks.md` does not list.
    HiddenDrawback,
    /// A claim against `poll` without its expert counterpart.
    NoExpertTwin,
    /// A claim that is newer than the record that judges it and does not say that its result
    /// was known.
    KnownResult,
    /// A problem, a goal or a finding that rests on a claim that another one took the place of.
    Superseded,
    /// A design with a chapter and fewer than three claims of a stance.
    FewClaims,
    /// A sum or mean over workloads in prose.
    OverallRanking,
    /// Inputs of a cell changed since it was measured.
    Stale,
    /// A problem, a goal or a dated fact that cannot be read, or says less than it has to.
    BadData,
}

/// One thing that `check` found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Repository-relative file.
    pub file: String,
    /// Line, from 1; 0 where the whole file is meant.
    pub line: usize,
    /// The rule.
    pub rule: Rule,
    /// What is wrong, old and new where both are known.
    pub what: String,
    /// The command or the edit that repairs it.
    pub repair: String,
}

/// The command that rewrites generated text.
pub(crate) const FILL: &str = "cargo xtask rfc fill";

impl Finding {
    pub(crate) fn new(
        file: &str,
        line: usize,
        rule: Rule,
        what: impl Into<String>,
        repair: impl Into<String>,
    ) -> Finding {
        Finding { file: file.to_owned(), line, rule, what: what.into(), repair: repair.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}\n    repair: {}", self.what, self.repair)
    }
}
