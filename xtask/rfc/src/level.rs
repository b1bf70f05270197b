//! How far a claim has come: written down, measured, measured again elsewhere, and found
//! again by others. And how old the compiler of a record is.

use crate::facts::{ClaimFacts, Facts, PastFacts};
use crate::spine::Spine;
use crate::table::{Place, Sources, head, row};

/// Stable releases behind the newest one that upstream.toml knows before a record counts as aged.
const AGED: u32 = 2;

/// Levels, each with what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// The claim has a bound and no verdict.
    Defined,
    /// A record gives a verdict.
    Measured,
    /// So does a listed record of another machine, the same one, on each target.
    Reproduced,
    /// A translation or a design by others gives the same verdict.
    Replicated,
}

impl Level {
    pub(crate) const ALL: [Level; 4] =
        [Level::Defined, Level::Measured, Level::Reproduced, Level::Replicated];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Level::Defined => "defined",
            Level::Measured => "measured",
            Level::Reproduced => "reproduced",
            Level::Replicated => "replicated",
        }
    }

    const fn takes(self) -> &'static str {
        match self {
            Level::Defined => "sentence and bound are written down",
            Level::Measured => "the pinned record gives a verdict",
            Level::Reproduced => {
                "a listed record of another machine gives the same, on each target"
            }
            Level::Replicated => "a translation or a design by others gives the same",
        }
    }
}

/// The highest level that a claim has reached.
pub(crate) fn level(claim: &ClaimFacts, facts: &Facts) -> Level {
    if !decided(&claim.verdict) {
        return Level::Defined;
    }
    if claim.replications.iter().any(|one| one.verdict == claim.verdict) {
        return Level::Replicated;
    }
    let again = |target: &String| elsewhere(claim, target, facts).is_some();
    match !claim.targets.is_empty() && claim.targets.keys().all(again) {
        true => Level::Reproduced,
        false => Level::Measured,
    }
}

/// Whether there is a verdict at all: not for what was not measured, or is invalid.
fn decided(verdict: &str) -> bool {
    ["supported", "contradicted", "inconclusive"].contains(&verdict)
}

/// The newest listed record of another machine that gives today's verdict on a target.
pub(crate) fn elsewhere<'a>(
    claim: &'a ClaimFacts,
    target: &str,
    facts: &Facts,
) -> Option<&'a PastFacts> {
    let (verdict, _) = claim.targets.get(target).filter(|(verdict, _)| decided(verdict))?;
    let same = |past: &&PastFacts| {
        past.record.split_once('/').is_some_and(|(of, _)| of == target)
            && past.verdict == *verdict
            && !past.other_checks
            && another(&past.record, target, facts) == Some(true)
    };
    claim.history.iter().rev().find(same)
}

/// Whether a record is of another machine than the one that judges its target.
pub(crate) fn another(record: &str, target: &str, facts: &Facts) -> Option<bool> {
    let judge = facts.records.get(target)?;
    Some(facts.machines.get(record)? != facts.machines.get(&judge.name)?)
}

/// `aged: 3 stable releases behind 1.98`, for a compiler that is that far behind.
pub(crate) fn aged(rustc: &str, spine: &Spine) -> Option<String> {
    let ids = spine.upstream.iter().map(|item| item.it.id.as_str());
    let newest = ids.filter_map(|id| id.strip_prefix("release-1-")?.parse::<u32>().ok()).max()?;
    let version = rustc.split_whitespace().nth(1)?;
    let minor: u32 = version.strip_prefix("1.")?.split('.').next()?.parse().ok()?;
    let behind = newest.checked_sub(minor)?;
    (behind >= AGED).then(|| format!("aged: {behind} stable releases behind 1.{newest}"))
}

/// How many claims are at each level.
pub(crate) fn table(sources: &Sources<'_>, _: &Place<'_>) -> Result<String, String> {
    let facts = sources.facts;
    let claims: Vec<&ClaimFacts> = facts.claims.values().filter(|claim| claim.stands()).collect();
    let mut text = head(&["level", "what it takes", "claims"]);
    for at in Level::ALL {
        let count = claims.iter().filter(|claim| level(claim, facts) == at).count();
        row(&mut text, &[at.word().to_owned(), at.takes().to_owned(), count.to_string()]);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::RecordFacts;
    use crate::spine::Replication;

    fn facts() -> Facts {
        let record = |name: &str| RecordFacts { name: name.into(), ..RecordFacts::default() };
        let machine = |name: &str, words: &str| (name.to_owned(), words.to_owned());
        Facts {
            records: [("linux".to_owned(), record("linux/c"))].into(),
            machines: [
                machine("linux/a", "AMD"),
                machine("linux/b", "Arm"),
                machine("linux/c", "AMD"),
            ]
            .into(),
            ..Facts::default()
        }
    }

    fn past(record: &str, verdict: &str) -> PastFacts {
        let (record, verdict) = (record.into(), verdict.into());
        PastFacts { record, verdict, ..PastFacts::default() }
    }

    fn claim(history: &[(&str, &str)]) -> ClaimFacts {
        ClaimFacts {
            verdict: "supported".into(),
            targets: [("linux".to_owned(), ("supported".to_owned(), None))].into(),
            history: history.iter().map(|(r, v)| past(r, v)).collect(),
            ..ClaimFacts::default()
        }
    }

    #[test]
    fn a_second_record_of_the_same_machine_reproduces_nothing() {
        let facts = facts();
        assert_eq!(level(&claim(&[("linux/a", "supported")]), &facts), Level::Measured);
        assert_eq!(level(&claim(&[("linux/b", "contradicted")]), &facts), Level::Measured);
        let again = claim(&[("linux/b", "supported"), ("linux/a", "supported")]);
        assert_eq!(level(&again, &facts), Level::Reproduced);
        let by = elsewhere(&again, "linux", &facts).map(|past| past.record.as_str());
        assert_eq!(by, Some("linux/b"));
        assert_eq!(level(&claim(&[("linux/unread", "supported")]), &facts), Level::Measured);
    }

    #[test]
    fn every_target_has_to_be_reproduced_and_others_have_to_agree() {
        let facts = facts();
        let mut claim = claim(&[("linux/b", "supported")]);
        claim.targets.insert("sim".into(), ("supported".into(), None));
        assert_eq!(level(&claim, &facts), Level::Measured);
        let by_others = |verdict: &str| Replication {
            claim: "C017".into(),
            what: "a port".into(),
            verdict: verdict.into(),
            url: "https://example.org".into(),
            date: Some("2027".into()),
        };
        claim.replications = vec![by_others("contradicted")];
        assert_eq!(level(&claim, &facts), Level::Measured);
        claim.replications.push(by_others("supported"));
        assert_eq!(level(&claim, &facts), Level::Replicated);
        claim.verdict = "not measured".into();
        claim.targets.insert("linux".into(), ("not measured".into(), None));
        claim.history = vec![past("linux/b", "not measured")];
        assert!(elsewhere(&claim, "linux", &facts).is_none());
        assert_eq!(level(&claim, &facts), Level::Defined);
    }

    #[test]
    fn a_compiler_is_aged_from_the_second_release_on() {
        let mut spine = Spine::default();
        let text = "[[item]]\nid = \"release-1-98\"\nkind = \"release\"\ntitle = \"t\"\n\
                    status = \"s\"\nurl = \"https://example.org\"\nseed = []\n";
        spine.upstream = crate::spine::upstream_of(text);
        let aged = |rustc| aged(rustc, &spine);
        assert_eq!(aged("rustc 1.97.1 (a 2026-07-01)"), None);
        let words = "aged: 2 stable releases behind 1.98".to_owned();
        assert_eq!(aged("rustc 1.96.0 (a 2026-05-28)"), Some(words));
        assert_eq!(aged("rustc 1.99.0-nightly"), None);
        assert_eq!(aged("unknown"), None);
    }
}
