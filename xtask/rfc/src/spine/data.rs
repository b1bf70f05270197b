//! The files as types. Every one refuses fields that it does not know.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::objection::{Dispute, Replication};
use crate::finding::Finding;

/// The axioms in the order in which they win over each other.
pub(crate) const AXIOMS: [&str; 5] =
    ["reliability", "ecosystem", "zero-cost", "embedded-to-cloud", "incremental"];
/// Who can own a remedy or be asked.
pub(crate) const OWNERS: [&str; 4] = ["lang", "libs-api", "compiler", ECOSYSTEM];
/// The owner that is no team, so that what it is asked need not be tracked upstream.
pub(crate) const ECOSYSTEM: &str = "ecosystem";

/// Everything below `rfc/` that is data and no claim.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spine {
    /// In order of `order`.
    pub(crate) problems: Vec<Filed<Problem>>,
    /// In order of the file.
    pub(crate) goals: Vec<Filed<Goal>>,
    /// What the document was asked to answer.
    pub(crate) bullets: Vec<Filed<Bullet>>,
    /// Where upstream stands.
    pub(crate) upstream: Vec<Filed<Upstream>>,
    /// What threads are about.
    pub(crate) topics: Vec<Filed<Topic>>,
    /// Workloads that are named and not built.
    pub(crate) planned: Vec<Filed<Planned>>,
    /// Objections to claims.
    pub(crate) disputes: Vec<Filed<Dispute>>,
    /// What others measured.
    pub(crate) replications: Vec<Filed<Replication>>,
    /// Stories of the Async vision document, and the workloads that name them.
    pub(crate) stories: Vec<Filed<Story>>,
    pub(crate) told: Told,
    /// Workloads that exist in the suite.
    pub(crate) built: BTreeSet<String>,
    /// What could not be read.
    pub(crate) wrong: Vec<Finding>,
}

/// An entry and the file and line that it came from.
#[derive(Clone, Debug)]
pub(crate) struct Filed<T> {
    pub(crate) it: T,
    /// Repository-relative.
    pub(crate) file: String,
    /// Line of its id, from 1.
    pub(crate) line: usize,
    /// The file's text, to say on which line something else stands.
    pub(crate) text: std::sync::Arc<str>,
}

impl<T> Filed<T> {
    /// The first line at or after the entry's own that holds `needle`.
    pub(crate) fn line_of(&self, needle: &str) -> usize {
        let lines = self.text.lines().enumerate().skip(self.line.saturating_sub(1));
        lines.filter(|(_, line)| line.contains(needle)).map(|(at, _)| at + 1).next().unwrap_or(1)
    }
}

/// One problem, its options and what is asked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Problem {
    pub(crate) id: String,
    pub(crate) order: u32,
    pub(crate) title: String,
    /// The first paragraph of its page.
    pub(crate) answer: String,
    pub(crate) seed: Vec<String>,
    /// What users meet.
    pub(crate) users: String,
    #[serde(default)]
    pub(crate) stories: Vec<Link>,
    /// Empty where no property of a design causes it.
    pub(crate) axes: Vec<String>,
    pub(crate) cause: String,
    /// `C017 supported`: what the words of the problem were written for.
    #[serde(default)]
    pub(crate) evidence: Vec<String>,
    /// What the evidence shows, with holes.
    #[serde(default)]
    pub(crate) shows: String,
    #[serde(default)]
    pub(crate) external: Vec<External>,
    #[serde(default)]
    pub(crate) gap: Vec<Gap>,
    pub(crate) remedy: Vec<Remedy>,
    #[serde(default)]
    pub(crate) recommend: Vec<Recommend>,
    pub(crate) ask: Vec<Ask>,
}

/// A public page.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    pub(crate) title: String,
    pub(crate) url: String,
}

/// A figure that was published elsewhere.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct External {
    pub(crate) text: String,
    pub(crate) url: String,
    /// When it was published or read; a figure without one is refused by name.
    pub(crate) date: Option<String>,
}

/// What is not known, and the workload that would show it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Gap {
    pub(crate) question: String,
    pub(crate) workload: String,
}

/// A workload that is not built, and what it would do.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Planned {
    pub(crate) id: String,
    pub(crate) does: String,
}

/// How far from today's programs a remedy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Level {
    /// A crate, or a way of writing, on stable Rust.
    Library,
    /// An addition to the standard library.
    StdApi,
    /// A change of the language or of what the compiler makes of it.
    Language,
}

impl Level {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Level::Library => "library, today",
            Level::StdApi => "std API",
            Level::Language => "language or compiler",
        }
    }
}

/// One way out, with what it costs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remedy {
    pub(crate) level: Level,
    pub(crate) name: String,
    pub(crate) fixes: String,
    #[serde(default)]
    pub(crate) fixes_by: Vec<String>,
    pub(crate) price: String,
    #[serde(default)]
    pub(crate) price_by: Vec<String>,
    /// The workload that would show the fix or the price, where no claim does.
    pub(crate) gap: Option<String>,
    pub(crate) owner: String,
    /// What has to exist before.
    pub(crate) needs: Option<String>,
    /// What waits for it, or is made harder by it.
    pub(crate) blocks: Option<String>,
    #[serde(default)]
    pub(crate) upstream: Vec<String>,
    /// The day on which no issue and no goal was found for it.
    pub(crate) no_upstream: Option<String>,
}

/// What to prefer under which condition.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recommend {
    /// `C018 supported`; the page says whether it is so today.
    pub(crate) holds: Vec<String>,
    /// What has to matter to the reader.
    pub(crate) when: String,
    pub(crate) prefer: String,
}

/// What a team is asked to do.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    pub(crate) team: String,
    pub(crate) what: String,
    #[serde(default)]
    pub(crate) upstream: Vec<String>,
    /// The day on which no issue and no goal was found for it.
    pub(crate) no_upstream: Option<String>,
}

/// A long-term goal as verdicts that have to be reached.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Goal {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) reached: String,
    pub(crate) seed: Vec<String>,
    pub(crate) axioms: Vec<String>,
    /// `C017 contradicted`: the verdict that has to stand when the goal is reached.
    #[serde(default)]
    pub(crate) wants: Vec<String>,
    /// What the verdicts do not cover yet.
    #[serde(default)]
    pub(crate) gap: Vec<Gap>,
}

/// A line of what the document was asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bullet {
    pub(crate) id: String,
    /// `problem`, `vision`, `axiom`, `part` or `unknown`: the coverage page has a table of each.
    pub(crate) kind: String,
    pub(crate) text: String,
    /// Chapters that treat it, below `rfc/`, without `.md`.
    pub(crate) chapters: Vec<String>,
}

/// Something outside this repository, with the day on which it was looked at.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Upstream {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) title: String,
    pub(crate) status: String,
    pub(crate) url: String,
    pub(crate) checked: Option<String>,
    /// The day on which an archived copy was read that shows the same state and nothing later.
    #[serde(default)]
    pub(crate) archive: Option<String>,
    pub(crate) seed: Vec<String>,
}

/// A topic that discussions return to: what is known, what speaks against it, where to look.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Topic {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) answer: String,
    /// `C017 supported`: what the answer rests on.
    #[serde(default)]
    pub(crate) claims: Vec<String>,
    /// What speaks against a quick reading of them.
    #[serde(default)]
    pub(crate) counter: Vec<String>,
    pub(crate) against: String,
    /// Files of the repository to compare.
    #[serde(default)]
    pub(crate) source: Vec<String>,
    /// Ids of problems.
    pub(crate) problems: Vec<String>,
    #[serde(default)]
    pub(crate) upstream: Vec<String>,
}

/// A story or chapter of the Async vision document.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Story {
    /// Its file there, without `.md`.
    pub(crate) id: String,
    pub(crate) title: String,
    /// What goes wrong in it, in one sentence of our own.
    pub(crate) tells: String,
    /// The workload that would execute it, where none does.
    #[serde(default)]
    pub(crate) waits: Option<String>,
    /// Why there is nothing in it that a workload could execute.
    #[serde(default)]
    pub(crate) never: Option<String>,
}

/// Workloads by the story that they name.
pub(crate) type Told = BTreeMap<String, BTreeSet<String>>;
