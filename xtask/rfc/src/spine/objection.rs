//! What others say of a claim: objections to it, and translations of their own that agree or
//! do not. Both are data, so that an objection shows wherever the claim is cited.

use serde::Deserialize;

use super::data::Filed;
use super::rules::Out;
use crate::finding::Rule;
use crate::marker::VERDICTS;
use crate::table::{Place, Sources, head, prose, row};

use super::tables::claim_link;

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

impl Out<'_> {
    pub(super) fn dispute(&mut self, at: &Filed<Dispute>) {
        let it = &at.it;
        self.claim(at, &it.claim);
        self.known(at, "part of a claim", &it.part, &PARTS.map(str::to_owned));
        self.dated(at, "", "the dispute", it.opened.as_deref());
        self.public(at, &it.url);
        if it.closed.is_some() {
            self.dated(at, "closed", "the end of the dispute", it.closed.as_deref());
        }
        if it.closed.is_some() != it.outcome.is_some() {
            let what = "a dispute that is closed says what came of it, and an open one does not";
            self.bad(at, "", what.to_owned(), "give both `closed` and `outcome`, or neither");
        }
    }

    pub(super) fn replication(&mut self, at: &Filed<Replication>) {
        let it = &at.it;
        self.claim(at, &it.claim);
        self.known(at, "verdict", &it.verdict, &VERDICTS.map(str::to_owned));
        self.dated(at, "", "the replication", it.date.as_deref());
        self.public(at, &it.url);
    }

    fn claim<T>(&mut self, at: &Filed<T>, id: &str) {
        let known: Vec<String> = self.facts.claims.keys().cloned().collect();
        self.known(at, "claim", id, &known);
    }

    fn public<T>(&mut self, at: &Filed<T>, url: &str) {
        if !url.starts_with("https://") {
            let what = format!("`{url}` is no public address, expected https://…");
            self.say(at, url, Rule::BadData, what, "link the discussion or the repository");
        }
    }
}

/// All objections, those that are open first.
pub(super) fn disputes(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut all: Vec<&Dispute> =
        sources.facts.spine.disputes.iter().map(|dispute| &dispute.it).collect();
    if all.is_empty() {
        return Ok("No claim is disputed, and none was.\n".to_owned());
    }
    all.sort_by_key(|one| (one.closed.is_some(), one.closed.clone(), one.opened.clone()));
    let mut text = head(&["claim", "part", "objection", "state"]);
    for one in all {
        let what = format!("[{}]({})", prose(&one.what), one.url);
        row(&mut text, &[claim_link(place, &one.claim), one.part.clone(), what, one.state()]);
    }
    Ok(text)
}

/// Contradictions that are known and justified in writing.
pub(super) fn waivers(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let claims = sources.facts.claims.values();
    let mut text = String::new();
    for (claim, waiver) in claims.filter_map(|claim| Some((claim, claim.waiver.as_ref()?))) {
        text.push_str(&format!("- {}: {}\n", claim_link(place, &claim.id), prose(waiver)));
    }
    match text.is_empty() {
        true => Ok("No contradiction is waived.\n".to_owned()),
        false => Ok(text),
    }
}
