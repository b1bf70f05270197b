//! What others say of a claim: objections to it, and translations of their own that agree or
//! do not. Both are data, so that an objection shows wherever the claim is cited.

use serde::Deserialize;

pub(crate) const DISPUTES: &str = "rfc/disputes.toml";
pub(crate) const REPLICATIONS: &str = "rfc/replications.toml";

/// What can be objected to: the choices of the issue form.
pub(crate) const PARTS: [&str; 7] =
    ["sentence", "bound", "workload", "translation", "design", "statistics", "machine"];

/// An objection to a claim. While it is open the claim is marked `disputed`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dispute {
    pub(crate) claim: String,
    /// One of [`PARTS`].
    pub(crate) part: String,
    /// The objection in a sentence.
    pub(crate) what: String,
    /// Where it is discussed.
    pub(crate) url: String,
    pub(crate) opened: Option<String>,
    /// Absent while it is open.
    pub(crate) closed: Option<String>,
    /// What came of it.
    pub(crate) outcome: Option<String>,
}

/// A translation of the workloads of a claim, or a design, by others, with what it came to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replication {
    pub(crate) claim: String,
    /// What was written and run, and by whom.
    pub(crate) what: String,
    /// The verdict that it gives.
    pub(crate) verdict: String,
    pub(crate) url: String,
    pub(crate) date: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Disputes {
    #[serde(default)]
    pub(super) dispute: Vec<Dispute>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Replications {
    #[serde(default)]
    pub(super) replication: Vec<Replication>,
}

impl Dispute {
    /// `open since 2027-01-10`, `settled 2027-02-01: the bound was moved`.
    pub(crate) fn state(&self) -> String {
        let opened = self.opened.as_deref().unwrap_or("an unknown day");
        match (&self.closed, &self.outcome) {
            (Some(closed), Some(outcome)) => format!("settled {closed}: {outcome}"),
            (Some(closed), None) => format!("settled {closed}"),
            (None, _) => format!("open since {opened}"),
        }
    }
}
