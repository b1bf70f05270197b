//! What the text may say: the verdicts and claim files in the words that prose needs.
//!
//! The judging is `xtask-judge`'s; here a verdict becomes a chip, a value becomes link text,
//! and nothing is computed from raw samples.

use std::collections::BTreeMap;

use xtask_judge::axes::Axes;

use crate::spine::{Dispute, Replication, Spine};

/// What stands in the place of a value that no record holds.
pub(crate) const NOT_MEASURED: &str = "not measured";

/// Everything that text is filled from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// By claim id.
    pub(crate) claims: BTreeMap<String, ClaimFacts>,
    /// The pinned records, by target.
    pub(crate) records: BTreeMap<String, RecordFacts>,
    /// Problems, goals and what upstream does.
    pub(crate) spine: Spine,
    /// What each record that is listed was measured on, by its name.
    pub(crate) machines: BTreeMap<String, String>,
    /// The modes of designs as points of the design space, in the order of pages.
    pub(crate) points: Vec<(String, Axes)>,
}

/// A record that judges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RecordFacts {
    /// `<target>/<date>-<rev10>`.
    pub(crate) name: String,
    /// `rustc 1.95.0 (…)`.
    pub(crate) rustc: String,
    /// What else took part.
    pub(crate) tools: BTreeMap<String, String>,
    /// Folder below the root.
    pub(crate) path: String,
    /// How far its toolchain is behind, where that is far.
    pub(crate) aged: Option<String>,
}

impl RecordFacts {
    /// The compiler, and how far it is behind where that is far.
    pub(crate) fn toolchain(&self) -> String {
        let aged = self.aged.as_ref().map_or(String::new(), |aged| format!("; {aged}"));
        format!("{}{aged}", self.rustc)
    }
}

/// One claim and how it was judged.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClaimFacts {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) sentence: String,
    pub(crate) chapter: String,
    pub(crate) class: String,
    pub(crate) seed: Vec<String>,
    pub(crate) axioms: Vec<String>,
    /// Design and `for`, `against` or `neutral`.
    pub(crate) stance: BTreeMap<String, String>,
    /// `design`, `language`, `crate`, `driver` or `workbench`.
    pub(crate) about: String,
    /// The claims that say it better; empty for one that stands.
    pub(crate) superseded_by: Vec<String>,
    pub(crate) refuted_by: String,
    pub(crate) says_nothing_about: String,
    pub(crate) means: Option<String>,
    pub(crate) does_not_mean: Option<String>,
    pub(crate) twin: Option<String>,
    /// Follows from a definition: shown as such, and in no tally.
    pub(crate) by_definition: bool,
    /// Its result was known before it was measured here.
    pub(crate) regression: bool,
    /// URL and date of external figures.
    pub(crate) source: Option<String>,
    /// Justification of a known contradiction.
    pub(crate) waiver: Option<String>,
    /// What had to hold for it to be judged at all.
    pub(crate) guards: Vec<String>,
    /// `1 of 2 targets measured`, where one is missing.
    pub(crate) coverage: Option<String>,
    /// Repository-relative claim file.
    pub(crate) file: String,
    /// All targets folded.
    pub(crate) verdict: String,
    /// Verdict and reason by target.
    pub(crate) targets: BTreeMap<String, (String, Option<String>)>,
    /// `post-hoc`, `newer than its record`, `waived`, `external`, `invalid`, `disputed`: what
    /// singles the claim out, and never depends on today.
    pub(crate) marks: Vec<String>,
    pub(crate) checks: Vec<CheckFacts>,
    /// Cells that are shown and do not decide.
    pub(crate) beside: Vec<BesideFacts>,
    /// By anchor: the words of the link.
    pub(crate) values: BTreeMap<String, String>,
    /// What it came to in earlier records.
    pub(crate) history: Vec<PastFacts>,
    /// Objections, open and settled.
    pub(crate) disputes: Vec<Dispute>,
    /// Translations by others.
    pub(crate) replications: Vec<Replication>,
    /// Workload, design and variant patterns of its checks.
    pub(crate) workloads: Vec<String>,
    pub(crate) designs: Vec<String>,
    pub(crate) variants: Vec<String>,
    pub(crate) judged_targets: Vec<String>,
}

/// What a claim came to in a record that judged before.
#[derive(Clone, Debug, Default)]
pub(crate) struct PastFacts {
    pub(crate) record: String,
    pub(crate) verdict: String,
    /// What each check measured.
    pub(crate) value: String,
    /// Whether its checks were others than those of today.
    pub(crate) other_checks: bool,
    /// A commit that holds the record, where it has left the tree.
    pub(crate) held_by: Option<String>,
}

/// One check on one target.
#[derive(Clone, Debug, Default)]
pub(crate) struct CheckFacts {
    pub(crate) name: String,
    pub(crate) target: String,
    /// `loglog_slope of leaf_polls, at least 1.8`.
    pub(crate) bound: String,
    /// `drive: poll, scoped/local`, or why cells that differ in more are compared.
    pub(crate) comparison: String,
    /// The measured value with its interval, or why there is none.
    pub(crate) measured: String,
    pub(crate) verdict: String,
    /// What was compared: cell, metric, value.
    pub(crate) cells: Vec<(String, String, String)>,
    /// Cells that were read and are not listed, because their values are.
    pub(crate) unlisted: usize,
}

/// A cell shown beside the verdict, such as an expert's form.
#[derive(Clone, Debug, Default)]
pub(crate) struct BesideFacts {
    pub(crate) text: String,
    pub(crate) target: String,
    pub(crate) cell: String,
    pub(crate) metric: String,
    pub(crate) value: String,
}

impl ClaimFacts {
    /// `C047 supported (sim)`; where targets differ each is named.
    pub(crate) fn chip(&self) -> String {
        let mut text = format!("{} {}", self.id, self.verdict_words());
        for mark in &self.marks {
            text.push_str(", ");
            text.push_str(mark);
        }
        text
    }

    /// `supported (sim)`, `not measured (sim supported, linux not measured)`.
    pub(crate) fn verdict_words(&self) -> String {
        let same = self.targets.values().all(|(verdict, _)| *verdict == self.verdict);
        let targets: Vec<String> = self
            .targets
            .iter()
            .map(|(target, (verdict, _))| match same {
                true => target.clone(),
                false => format!("{target} {verdict}"),
            })
            .collect();
        let known = ["supported", "contradicted"].contains(&self.verdict.as_str());
        let how = if self.by_definition && known { " by definition" } else { "" };
        match targets.is_empty() {
            true => format!("{}{how}", self.verdict),
            false => format!("{}{how} ({})", self.verdict, targets.join(", ")),
        }
    }

    /// What a link to the claim shows, or the nearest keys when there is no such value.
    pub(crate) fn shown(&self, key: Option<&str>) -> Result<String, Vec<String>> {
        let Some(key) = key else { return Ok(self.chip()) };
        match self.values.get(key) {
            Some(text) => Ok(text.clone()),
            None => Err(nearest(key, self.values.keys())),
        }
    }

    /// The verdict on one target or folded.
    pub(crate) fn verdict_on(&self, target: Option<&str>) -> Option<&str> {
        match target {
            None => Some(&self.verdict),
            Some(target) => self.targets.get(target).map(|(verdict, _)| verdict.as_str()),
        }
    }

    /// The verdict of a claim, or of the checks that `part` names where they all have the same
    /// one: `mixed` otherwise, and nothing where there is no such check or target.
    pub(crate) fn verdict_of(&self, part: Option<&str>, target: Option<&str>) -> Option<&str> {
        let Some(part) = part else { return self.verdict_on(target) };
        let meant = |check: &&CheckFacts| {
            target.is_none_or(|target| check.target == target) && names(part, &check.name)
        };
        let mut verdicts = self.checks.iter().filter(meant).map(|check| check.verdict.as_str());
        let first = verdicts.next()?;
        Some(if verdicts.all(|other| other == first) { first } else { "mixed" })
    }

    /// The names of its checks, each once.
    pub(crate) fn parts(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for check in &self.checks {
            if !names.contains(&check.name) {
                names.push(check.name.clone());
            }
        }
        names
    }

    /// Whether no other claim took its place.
    pub(crate) fn stands(&self) -> bool {
        self.superseded_by.is_empty()
    }

    /// That it is superseded, and what to cite instead.
    pub(crate) fn succeeded(&self) -> (String, String) {
        let new = self.superseded_by.join(" or ");
        let what = format!("rests on {}, which {new} superseded", self.id);
        (what, format!("cite {new}; a chapter may name {} as history", self.id))
    }

    /// Whether it takes part in tallies: not where it follows from a definition, or where
    /// another claim took its place.
    pub(crate) fn counts(&self) -> bool {
        !self.by_definition && self.stands()
    }

    /// Whether it counts as a drawback of a design: bad news confirmed, or good news refuted.
    /// What a claim says of the language, a crate or a driver is a drawback of no design.
    pub(crate) fn drawback_of(&self) -> Vec<(&str, &'static str)> {
        let of_designs = self.stands() && ["", "design"].contains(&&*self.about);
        self.stance
            .iter()
            .filter(|_| of_designs)
            .filter_map(|(design, stance)| match (stance.as_str(), self.verdict.as_str()) {
                ("against", "supported") => Some((design.as_str(), "against it, supported")),
                ("for", "contradicted") => Some((design.as_str(), "for it, contradicted")),
                _ => None,
            })
            .collect()
    }
}

/// Whether a pattern with at most one `*` names a word.
pub(crate) fn names(pattern: &str, word: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == word,
        Some((start, end)) => {
            word.len() >= start.len() + end.len() && word.starts_with(start) && word.ends_with(end)
        }
    }
}

/// Up to three known words, the most alike first.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut known: Vec<(usize, &String)> =
        known.map(|other| (strsim::damerau_levenshtein(word, other), other)).collect();
    known.sort();
    known.into_iter().take(3).map(|(_, other)| other.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(verdict: &str, targets: &[(&str, &str)]) -> ClaimFacts {
        ClaimFacts {
            id: "C050".into(),
            verdict: verdict.into(),
            targets: targets.iter().map(|(t, v)| ((*t).into(), ((*v).into(), None))).collect(),
            ..ClaimFacts::default()
        }
    }

    #[test]
    fn a_chip_names_targets_that_differ() {
        let same = claim("supported", &[("linux", "supported"), ("sim", "supported")]);
        assert_eq!(same.chip(), "C050 supported (linux, sim)");
        let partly = claim("not measured", &[("linux", "not measured"), ("sim", "supported")]);
        assert_eq!(partly.chip(), "C050 not measured (linux not measured, sim supported)");
        assert_eq!(partly.verdict_on(Some("sim")), Some("supported"));
        assert_eq!(partly.verdict_on(Some("moon")), None);
    }

    #[test]
    fn a_drawback_is_bad_news_confirmed_or_good_news_refuted() {
        let mut claim = claim("supported", &[]);
        claim.stance.insert("poll".into(), "against".into());
        claim.stance.insert("scoped".into(), "for".into());
        assert_eq!(claim.drawback_of(), [("poll", "against it, supported")]);
        claim.verdict = "contradicted".into();
        assert_eq!(claim.drawback_of(), [("scoped", "for it, contradicted")]);
        claim.verdict = "inconclusive".into();
        assert!(claim.drawback_of().is_empty());
    }

    #[test]
    fn a_claim_on_the_language_or_a_superseded_one_is_a_drawback_of_no_design() {
        let mut claim = claim("supported", &[]);
        claim.stance.insert("poll".into(), "against".into());
        for about in ["language", "crate", "driver", "workbench"] {
            claim.about = about.into();
            assert!(claim.drawback_of().is_empty(), "{about}");
        }
        claim.about = "design".into();
        assert_eq!(claim.drawback_of().len(), 1);
        claim.superseded_by = vec!["C130".into()];
        assert!(claim.drawback_of().is_empty());
    }

    #[test]
    fn the_verdict_of_a_part_is_that_of_all_its_checks() {
        let mut claim = claim("contradicted", &[("sim", "contradicted")]);
        let check = |name: &str, verdict: &str| CheckFacts {
            name: name.into(),
            target: "sim".into(),
            verdict: verdict.into(),
            ..CheckFacts::default()
        };
        claim.checks = vec![
            check("lock-awaited", "contradicted"),
            check("window-awaited", "contradicted"),
            check("lock-scope", "supported"),
        ];
        assert_eq!(claim.verdict_of(Some("*-awaited"), None), Some("contradicted"));
        assert_eq!(claim.verdict_of(Some("lock-*"), None), Some("mixed"));
        assert_eq!(claim.verdict_of(Some("lock-scope"), Some("sim")), Some("supported"));
        assert_eq!(claim.verdict_of(Some("lock-scope"), Some("linux")), None);
        assert_eq!(claim.verdict_of(Some("scope"), None), None);
        assert_eq!(claim.verdict_of(None, None), Some("contradicted"));
    }

    #[test]
    fn an_unknown_key_names_near_ones() {
        let mut claim = claim("supported", &[]);
        claim.values.insert("slope-sim".into(), "1.9".into());
        claim.values.insert("polls-1000-sim".into(), "9".into());
        assert_eq!(claim.shown(Some("slope-sin")).unwrap_err()[0], "slope-sim");
    }
}
