//! From claim files and verdicts to [`Facts`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use xtask_judge::claim::{About, Claim, Class, GuardKind, Selector, Stance};
use xtask_judge::history::History;
use xtask_judge::verdicts::{ClaimVerdict, Mark, Verdict, Verdicts};

use crate::facts::{
    BesideFacts, CheckFacts, ClaimFacts, Facts, NOT_MEASURED, PastFacts, RecordFacts,
};
use crate::level;
use crate::spine::Spine;

pub(crate) use xtask_judge::history::HISTORY;
pub(crate) use xtask_judge::verdicts::VERDICTS;

/// The mark of a claim with an objection that is open.
pub(crate) const DISPUTED: &str = "disputed";

/// Claims and verdicts of a tree.
pub(crate) struct Loaded {
    /// In the words of the text.
    pub(crate) facts: Facts,
    /// What [`VERDICTS`] should hold.
    pub(crate) verdicts_json: String,
    /// What [`HISTORY`] should hold.
    pub(crate) history_toml: String,
}

impl Loaded {
    /// The files that judging writes, with what they should hold; a history only where there
    /// is one.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let history = (!self.history_toml.is_empty()).then_some((HISTORY, &*self.history_toml));
        [(VERDICTS, &*self.verdicts_json)].into_iter().chain(history)
    }
}

/// Reads the claims and judges them by the pinned records.
pub(crate) fn load(root: &Path) -> Result<Loaded> {
    let (verdicts, history) = xtask_judge::eval_with_history(root)?;
    let facts = facts(root, xtask_judge::load::claims(root)?, &verdicts, &history)?;
    let history_toml = match history.records.is_empty() {
        true => String::new(),
        false => history.to_toml(),
    };
    Ok(Loaded { facts, verdicts_json: verdicts.to_json(), history_toml })
}

/// The same from the verdicts that are written down, for one claim that is asked for: no
/// record is read. A claim that changed since is refused.
pub(crate) fn written(root: &Path, asked: &str) -> Result<Facts> {
    let verdicts = Verdicts::read(root)?
        .with_context(|| format!("{VERDICTS}: cannot read; cargo xtask rfc eval writes it"))?;
    let claims = xtask_judge::load::claims(root)?;
    for claim in claims.iter().filter(|one| one.claim.id.eq_ignore_ascii_case(asked)) {
        let judged = verdicts.claims.get(&claim.claim.id);
        if judged.is_none_or(|judged| judged.check_hash != claim.hash) {
            let id = &claim.claim.id;
            bail!("{VERDICTS} does not judge {id} as it stands; cargo xtask rfc eval, then again");
        }
    }
    facts(root, claims, &verdicts, &History::read(root)?)
}

/// The same for all claims; those that changed since they were judged are left out.
pub(crate) fn current(root: &Path) -> Result<Facts> {
    let mut verdicts = Verdicts::read(root)?
        .with_context(|| format!("{VERDICTS}: cannot read; cargo xtask rfc eval writes it"))?;
    let claims = xtask_judge::load::claims(root)?;
    let hashes: BTreeMap<&str, &str> =
        claims.iter().map(|one| (one.claim.id.as_str(), one.hash.as_str())).collect();
    verdicts.claims.retain(|id, judged| hashes.get(id.as_str()) == Some(&&*judged.check_hash));
    facts(root, claims, &verdicts, &History::read(root)?)
}

/// The same for verdicts that other records than the pinned ones gave.
pub(crate) fn judged_here(root: &Path, verdicts: &Verdicts) -> Result<Facts> {
    facts(root, xtask_judge::load::claims(root)?, verdicts, &History::read(root)?)
}

/// The claims of a tree whatever they came to: what is written down, and nothing for a claim
/// that was never judged.
pub(crate) fn unjudged(root: &Path) -> Result<Facts> {
    let claims = xtask_judge::load::claims(root)?;
    let mut verdicts = Verdicts::read(root)?.unwrap_or_default();
    for claim in &claims {
        verdicts.claims.entry(claim.claim.id.clone()).or_insert_with(|| ClaimVerdict {
            verdict: Verdict::NotMeasured,
            coverage: None,
            targets: BTreeMap::new(),
            checks: Vec::new(),
            beside: Vec::new(),
            values: BTreeMap::new(),
            marks: Vec::new(),
            history: Vec::new(),
            check_hash: claim.hash.clone(),
        });
    }
    facts(root, claims, &verdicts, &History::read(root)?)
}

fn facts(
    root: &Path,
    claims: Vec<xtask_judge::load::Loaded>,
    verdicts: &Verdicts,
    history: &History,
) -> Result<Facts> {
    let spine = crate::spine::read(root)?;
    let mut designs: Vec<_> = xtask_judge::design::designs(root)?.into_values().collect();
    designs.sort_by_key(|design| (design.order.unwrap_or(u32::MAX), design.id.clone()));
    let points = designs.iter().flat_map(|design| design.points()).collect();
    let records = records(verdicts, &spine);
    let pinned = verdicts.records.values().map(|used| (used.name.clone(), used.machine.clone()));
    let earlier = history.records.iter().map(|(name, kept)| (name.clone(), kept.machine.clone()));
    let machines = earlier.chain(pinned).collect();
    let mut facts = Facts { records, machines, spine, points, ..Facts::default() };
    for loaded in claims {
        if let Some(verdict) = verdicts.claims.get(&loaded.claim.id) {
            let mut claim = claim_facts(&loaded.claim, &loaded.file, verdict);
            others(&mut claim, &facts.spine);
            facts.claims.insert(loaded.claim.id.clone(), claim);
        }
    }
    Ok(facts)
}

/// Writes verdicts and history where they differ, and names the files that did.
pub(crate) fn write(root: &Path, loaded: &Loaded) -> Result<Vec<&'static str>> {
    let mut written = Vec::new();
    for (file, text) in loaded.files() {
        let path = root.join(file);
        if !fs::read_to_string(&path).is_ok_and(|old| old == text) {
            fs::write(&path, text).with_context(|| format!("{file}: cannot write"))?;
            written.push(file);
        }
    }
    Ok(written)
}

/// Objections and translations by others.
fn others(claim: &mut ClaimFacts, spine: &Spine) {
    let disputes = spine.disputes.iter().map(|dispute| &dispute.it);
    claim.disputes = disputes.filter(|one| one.claim == claim.id).cloned().collect();
    let replications = spine.replications.iter().map(|one| &one.it);
    claim.replications = replications.filter(|one| one.claim == claim.id).cloned().collect();
    if claim.disputes.iter().any(|dispute| dispute.closed.is_none()) {
        claim.marks.push(DISPUTED.to_owned());
    }
}

fn records(verdicts: &Verdicts, spine: &Spine) -> BTreeMap<String, RecordFacts> {
    let facts = |used: &xtask_judge::verdicts::RecordUsed| RecordFacts {
        name: used.name.clone(),
        rustc: used.rustc.clone(),
        tools: used.tools.clone(),
        path: format!("{}/{}", xtask_judge::pins::DATA, used.name),
        aged: level::aged(&used.rustc, spine),
    };
    verdicts.records.iter().map(|(target, used)| (target.clone(), facts(used))).collect()
}

fn claim_facts(claim: &Claim, file: &str, judged: &ClaimVerdict) -> ClaimFacts {
    let invalid = judged.marks.contains(&Mark::Invalid);
    let word = |verdict: Verdict| match invalid {
        true => Mark::Invalid.word().to_owned(),
        false => verdict.word().to_owned(),
    };
    let targets = judged
        .targets
        .iter()
        .map(|(target, on)| (target.clone(), (word(on.verdict), on.reason.clone())));
    let marks = judged.marks.iter().filter(|mark| **mark != Mark::Invalid);
    let selected = selectors(claim);
    ClaimFacts {
        id: claim.id.clone(),
        title: claim.title.clone(),
        sentence: claim.sentence.clone(),
        chapter: claim.chapter.clone(),
        class: class(claim.class).to_owned(),
        seed: claim.seed.clone(),
        axioms: claim.axioms.clone(),
        stance: claim.stance.iter().map(|(d, s)| (d.clone(), stance(*s).to_owned())).collect(),
        about: about(claim.about).to_owned(),
        superseded_by: claim
            .superseded_by
            .as_ref()
            .map_or_else(Vec::new, |new| new.as_slice().to_vec()),
        by_definition: claim.by_definition,
        regression: claim.regression,
        refuted_by: claim.refuted_by.clone(),
        says_nothing_about: claim.says_nothing_about.clone(),
        means: claim.means.clone(),
        does_not_mean: claim.does_not_mean.clone(),
        twin: claim.twin.clone(),
        source: claim.source.clone(),
        waiver: claim
            .waiver
            .as_ref()
            .map(|w| format!("{} ({}, {}; until {})", w.text, w.by, w.on, w.until)),
        guards: claim.guards.iter().map(|guard| guard_name(guard.kind)).collect(),
        file: file.to_owned(),
        verdict: word(judged.verdict),
        coverage: judged.coverage.clone(),
        targets: targets.collect(),
        marks: marks.map(|mark| mark.word().to_owned()).collect(),
        checks: checks(claim, judged),
        beside: beside(judged),
        values: values(claim, judged),
        history: judged
            .history
            .iter()
            .map(|past| PastFacts {
                record: past.record.clone(),
                verdict: past.verdict.word().to_owned(),
                value: past.value.clone(),
                other_checks: past.other_checks,
                held_by: past.held_by.clone(),
            })
            .collect(),
        disputes: Vec::new(),
        replications: Vec::new(),
        workloads: words(&selected, |s| s.workload.as_ref()),
        designs: words(&selected, |s| s.design.as_ref()),
        variants: words(&selected, |s| s.variant.as_ref()),
        judged_targets: claim
            .checks
            .iter()
            .flat_map(|check| &check.targets)
            .flat_map(|targets| targets.as_slice().to_vec())
            .collect(),
    }
}

/// What a check compares: an axis with its two modes, or why more than one axis.
fn comparison(claim: &Claim, name: &str) -> String {
    let check = claim.checks.iter().find(|check| check.name == name);
    match check.map(|check| (&check.axis, &check.pair, &check.compound)) {
        Some((Some(axis), Some([first, second]), _)) => {
            format!("along the axis `{axis}` alone: `{first}` and `{second}`")
        }
        Some((.., Some(why))) => format!("not along one axis: {why}"),
        _ => String::new(),
    }
}

fn checks(claim: &Claim, judged: &ClaimVerdict) -> Vec<CheckFacts> {
    judged
        .checks
        .iter()
        .map(|check| {
            let mut measured = match &check.result {
                Some(value) => value.text.clone(),
                None => String::new(),
            };
            if let Some([low, high]) = check.interval {
                measured.push_str(&format!(" [{low:.3}, {high:.3}]"));
            }
            if let Some(reason) = &check.reason {
                let gap = if measured.is_empty() { "" } else { "; " };
                measured.push_str(&format!("{gap}{reason}"));
            }
            let cells = check.cells.iter();
            CheckFacts {
                name: check.name.clone(),
                target: check.target.clone(),
                bound: check.bound.clone(),
                comparison: comparison(claim, &check.name),
                measured,
                verdict: check.verdict.word().to_owned(),
                cells: cells.map(|c| (c.cell.clone(), c.metric.clone(), c.value.clone())).collect(),
                unlisted: check.unlisted,
            }
        })
        .collect()
}

fn beside(judged: &ClaimVerdict) -> Vec<BesideFacts> {
    let cells = judged.beside.iter();
    cells
        .map(|beside| BesideFacts {
            text: beside.text.clone(),
            target: beside.cell.target.clone(),
            cell: beside.cell.cell.clone(),
            metric: beside.cell.metric.clone(),
            value: beside.cell.value.clone(),
        })
        .collect()
}

/// Every value that prose may quote; those without a measurement say so.
fn values(claim: &Claim, judged: &ClaimVerdict) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for check in &claim.checks {
        let keys = claim.values.iter().filter_map(|(key, value)| {
            let of = value.of.split('.').next().unwrap_or_default();
            (of == check.name).then_some(key)
        });
        let keys: Vec<&String> = keys.chain([&check.name]).collect();
        for targets in &check.targets {
            for key in &keys {
                values.insert(format!("{key}-{}", targets.name()), NOT_MEASURED.to_owned());
            }
        }
    }
    let judged = judged.values.iter().map(|(key, value)| (key.clone(), value.text.clone()));
    values.extend(judged);
    values
}

fn selectors(claim: &Claim) -> Vec<&Selector> {
    let checks = claim.checks.iter().flat_map(|check| [Some(&check.of), check.vs.as_ref()]);
    checks.flatten().chain(claim.beside.iter().map(|beside| &beside.of)).collect()
}

fn words<'a>(
    selectors: &[&'a Selector],
    field: impl Fn(&'a Selector) -> Option<&'a xtask_judge::claim::Words>,
) -> Vec<String> {
    let words: BTreeSet<&String> =
        selectors.iter().filter_map(|s| field(s)).flat_map(|words| words.as_slice()).collect();
    words.into_iter().cloned().collect()
}

/// `receipts-equal`, as in the claim file.
fn guard_name(kind: GuardKind) -> String {
    let name = serde_json::to_value(kind).expect("a unit variant is a string");
    name.as_str().unwrap_or_default().to_owned()
}

const fn class(class: Class) -> &'static str {
    match class {
        Class::Exact => "exact",
        Class::Statistical => "statistical",
        Class::Type => "type",
        Class::External => "external",
    }
}

const fn about(about: About) -> &'static str {
    match about {
        About::Design => "design",
        About::Language => "language",
        About::Crate => "crate",
        About::Driver => "driver",
        About::Workbench => "workbench",
    }
}

const fn stance(stance: Stance) -> &'static str {
    match stance {
        Stance::For => "for",
        Stance::Against => "against",
        Stance::Neutral => "neutral",
    }
}
