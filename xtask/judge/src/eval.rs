//! All claims judged by the records that count.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use record::{ClaimAtRun, Record, Run};

use crate::BadInput;
use crate::ask::ask;
use crate::catalog::Catalog;
use crate::claim::{Check, Claim, Class};
use crate::evidence::Evidence;
use crate::history::{History, Kept, hardware};
use crate::load::{Loaded, claims_with};
use crate::pins::Pins;
use crate::query::{Measured, Query};
use crate::read::Gap;
use crate::verdict::{bound_words, fold, judge};
use crate::verdicts::{
    CheckVerdict, ClaimVerdict, Mark, RecordUsed, TargetVerdict, VERDICTS_FORMAT, Verdict, Verdicts,
};
use crate::{beside, guard, values};

/// The claims about our own markers, which gate all others: the one that looks at all
/// designs, and its predecessor.
const MARKERS: [&str; 2] = ["C146", "C083"];

/// Judges every claim of a tree by its pinned records. A pure function of `rfc/claims`,
/// `rfc/pins.toml`, `rfc/history.toml`, the records that are pinned and the ids of the suite.
///
/// # Errors
/// A [`BadInput`] when a claim or pin is malformed or names something unknown; any other
/// error when a record is damaged, with file and line.
pub fn eval(root: &Path) -> Result<Verdicts> {
    Ok(eval_with_history(root)?.0)
}

/// As [`eval`], with what `rfc/history.toml` should hold: a record that the pins list as
/// history and the file does not know yet is judged once more and kept.
///
/// # Errors
/// As [`eval`]; when such a record is not in the tree.
pub fn eval_with_history(root: &Path) -> Result<(Verdicts, History)> {
    let catalog = Catalog::read(root)?;
    let claims = claims_with(root, &catalog)?;
    let pins = Pins::read(root)?;
    let mut evidence = Vec::new();
    for pin in pins.0.values() {
        evidence.push(read(&pinned(root, &pin.judge)?, &claims)?);
    }
    let mut verdicts = judge_all(&claims, &evidence, &catalog)?;
    drop(evidence);
    let mut history = History::read(root)?;
    for name in pins.0.values().flat_map(|pin| &pin.history) {
        if !history.records.contains_key(name) {
            let earlier = [read(&pinned(root, name)?, &claims)?];
            let judged = judge_all(&claims, &earlier, &catalog)?;
            history.keep(name, kept(&earlier[0].run), &judged.claims);
        }
    }
    for (id, claim) in &mut verdicts.claims {
        claim.history = history.past(id, &claim.check_hash, &pins);
    }
    Ok((verdicts, history))
}

fn kept(run: &Run) -> Kept {
    Kept {
        date: run.started.get(..10).unwrap_or(&run.started).to_owned(),
        revision: run.revision.clone(),
        machine: hardware(&run.machine),
        held_by: None,
    }
}

/// Judges every claim of a tree by the given records, one per target, instead of the
/// pinned ones. Claims on other targets are not measured.
///
/// # Errors
/// As [`eval`].
pub fn eval_records(root: &Path, records: &[Record]) -> Result<Verdicts> {
    let catalog = Catalog::read(root)?;
    let claims = claims_with(root, &catalog)?;
    let evidence: Vec<Evidence> =
        records.iter().map(|record| read(record, &claims)).collect::<Result<_>>()?;
    judge_all(&claims, &evidence, &catalog)
}

/// The verdict of one record on every claim that one of its checks reads it for.
///
/// # Errors
/// As [`eval`].
pub fn eval_record(root: &Path, record: &Record) -> Result<BTreeMap<String, TargetVerdict>> {
    let target = record.run.target.clone();
    let verdicts = eval_records(root, std::slice::from_ref(record))?;
    let on = |(id, mut claim): (String, ClaimVerdict)| Some((id, claim.targets.remove(&target)?));
    Ok(verdicts.claims.into_iter().filter_map(on).collect())
}

fn pinned(root: &Path, name: &str) -> Result<Record> {
    Record::open(&Pins::dir(root, name)).with_context(|| {
        format!("{}: `{name}` is pinned; restore it or pin another record", crate::pins::PINS)
    })
}

fn read(record: &Record, claims: &[Loaded]) -> Result<Evidence> {
    let claims: Vec<&Claim> = claims.iter().map(|loaded| &loaded.claim).collect();
    Evidence::read(record, &claims)
}

fn judge_all(claims: &[Loaded], all: &[Evidence], catalog: &Catalog) -> Result<Verdicts> {
    let evidence: BTreeMap<String, &Evidence> =
        all.iter().map(|one| (one.run.target.clone(), one)).collect();
    let used = |one: &&Evidence| RecordUsed {
        name: one.name.clone(),
        run_id: one.run.run_id.clone(),
        revision: one.run.revision.clone(),
        profile: one.run.profile.clone(),
        rustc: one.run.toolchain.rustc.clone(),
        cpu: one.run.machine.cpu.clone(),
        machine: hardware(&one.run.machine),
        tools: one.run.tools.clone(),
    };
    let mut verdicts = Verdicts {
        format: VERDICTS_FORMAT.to_owned(),
        records: evidence.iter().map(|(target, one)| (target.clone(), used(one))).collect(),
        claims: BTreeMap::new(),
    };
    for loaded in claims {
        let verdict = judge_claim(loaded, &evidence, catalog)
            .map_err(|why| BadInput(format!("{}: {why}", loaded.file)))?;
        verdicts.claims.insert(loaded.claim.id.clone(), verdict);
    }
    gate(&mut verdicts);
    Ok(verdicts)
}

/// If a count was taken of another design than it names, no claim that reads the same
/// target is worth anything.
fn gate(verdicts: &mut Verdicts) {
    for markers in MARKERS {
        gate_by(markers, verdicts);
    }
}

fn gate_by(markers: &str, verdicts: &mut Verdicts) {
    let Some(judged) = verdicts.claims.get(markers) else { return };
    let wrong = |(_, on): &(&String, &TargetVerdict)| on.verdict == Verdict::Contradicted;
    let wrong: Vec<String> =
        judged.targets.iter().filter(wrong).map(|(target, _)| target.clone()).collect();
    let others = verdicts.claims.iter_mut().filter(|(id, _)| !MARKERS.contains(&id.as_str()));
    for (_, claim) in others {
        let reads = |target: &String| target.split('+').any(|part| wrong.iter().any(|w| w == part));
        let reached = claim.targets.iter_mut().filter(|(target, _)| reads(target));
        let mut invalid = false;
        for (_, on) in reached {
            on.reason = Some(format!("{markers}: a count is not of the design it names"));
            invalid = true;
        }
        if invalid && !claim.marks.contains(&Mark::Invalid) {
            claim.marks.push(Mark::Invalid);
        }
    }
}

/// One claim by the records at hand. The error is a mistake in the claim.
fn judge_claim(
    loaded: &Loaded,
    evidence: &BTreeMap<String, &Evidence>,
    catalog: &Catalog,
) -> Result<ClaimVerdict, String> {
    let claim = &loaded.claim;
    let mut checks = Vec::new();
    let mut quoted = BTreeMap::new();
    for check in &claim.checks {
        for group in &check.targets {
            let target = group.name();
            let sources: Result<Vec<&Evidence>, &String> =
                group.as_slice().iter().map(|t| evidence.get(t).copied().ok_or(t)).collect();
            let judged = match sources {
                Ok(sources) => {
                    let query = Query { check, evidence: sources, catalog };
                    run(claim, &query, &target, &mut quoted)?
                }
                Err(missing) => {
                    blank(check, &target, format!("no pinned record of target {missing}"))
                }
            };
            checks.push(judged);
        }
    }
    let invalid = guard::broken(claim, &checks, evidence, catalog);
    let targets = by_target(&checks, invalid.as_deref());
    let verdict = match claim.class {
        // Figures of others are quoted and never judged.
        Class::External => Verdict::NotMeasured,
        _ => fold(targets.values().map(|on| on.verdict)),
    };
    checks.iter_mut().for_each(abridge);
    let measured = targets.values().filter(|on| on.verdict != Verdict::NotMeasured).count();
    let all = targets.len();
    Ok(ClaimVerdict {
        verdict,
        coverage: (measured < all).then(|| format!("{measured} of {all} targets measured")),
        marks: marks(loaded, &checks, verdict, invalid.is_some(), evidence),
        targets,
        beside: beside::cells(claim, evidence),
        checks,
        values: quoted,
        history: Vec::new(),
        check_hash: loaded.hash.clone(),
    })
}

fn blank(check: &Check, target: &str, why: String) -> CheckVerdict {
    CheckVerdict {
        name: check.name.clone(),
        target: target.to_owned(),
        verdict: Verdict::NotMeasured,
        reason: Some(why),
        bound: bound_words(check),
        result: None,
        interval: None,
        cells: Vec::new(),
        unlisted: 0,
    }
}

/// Cells of one check that are all listed.
const LISTED: usize = 200;

/// Leaves one cell for each value where a check read very many: what the others say is the
/// same, and thousands of rows are not read.
fn abridge(check: &mut CheckVerdict) {
    if check.cells.len() <= LISTED {
        return;
    }
    let all = check.cells.len();
    let mut seen = BTreeSet::new();
    check.cells.retain(|cell| seen.insert(cell.value.clone()));
    check.cells.truncate(LISTED);
    check.unlisted = all - check.cells.len();
}

fn run(
    claim: &Claim,
    query: &Query<'_>,
    target: &str,
    quoted: &mut BTreeMap<String, crate::verdicts::Value>,
) -> Result<CheckVerdict, String> {
    let check = query.check;
    let (answer, gap) = ask(query);
    if let Some(Gap::Wrong(why)) = &gap {
        return Err(format!("check `{}`: {why}", check.name));
    }
    let spread = query.evidence.first().and_then(|one| one.run.noise.as_ref());
    let spread = spread.map(|noise| noise.aa_spread);
    let (verdict, reason) = judge(check, answer.measured.as_ref(), gap.as_ref(), spread);
    if gap.is_none() {
        values::anchors(claim, check, target, &answer, query.catalog, quoted)?;
    }
    let interval = match answer.measured {
        Some(
            Measured::Estimate(interval, _)
            | Measured::Timed(interval, ..)
            | Measured::Spread(interval, _),
        ) => Some([interval.low, interval.high]),
        _ => None,
    };
    let result = values::of_result(check, &answer, query.catalog);
    let cells = answer.cells;
    let mut judged = blank(check, target, String::new());
    judged.reason = reason;
    Ok(CheckVerdict { verdict, result, interval, cells, ..judged })
}

fn by_target(checks: &[CheckVerdict], invalid: Option<&str>) -> BTreeMap<String, TargetVerdict> {
    let mut targets: BTreeMap<String, Vec<&CheckVerdict>> = BTreeMap::new();
    for check in checks {
        targets.entry(check.target.clone()).or_default().push(check);
    }
    let folded = |checks: Vec<&CheckVerdict>| {
        let verdict = fold(checks.iter().map(|check| check.verdict));
        let why = checks.iter().find(|check| check.verdict == verdict && check.reason.is_some());
        let why = why.and_then(|check| {
            let reason = check.reason.as_deref()?;
            Some(format!("{}: {reason}", check.name))
        });
        TargetVerdict { verdict, reason: invalid.map(str::to_owned).or(why) }
    };
    targets.into_iter().map(|(target, checks)| (target, folded(checks))).collect()
}

fn marks(
    loaded: &Loaded,
    checks: &[CheckVerdict],
    verdict: Verdict,
    invalid: bool,
    evidence: &BTreeMap<String, &Evidence>,
) -> Vec<Mark> {
    let claim = &loaded.claim;
    let used = checks.iter().flat_map(|check| check.target.split('+'));
    let then: Vec<_> = used
        .filter_map(|target| evidence.get(target))
        .map(|one| one.run.claims.get(&claim.id))
        .collect();
    let changed = |then: &&&ClaimAtRun| then.checks != loaded.hash;
    let post_hoc = then.iter().flatten().any(|then| changed(&then));
    // Nothing was measured by a claim that its record does not know, so nothing was changed:
    // what it came to may all the same have been known when it was written.
    let measured = verdict != Verdict::NotMeasured;
    let newer = !post_hoc && measured && then.iter().any(Option::is_none);
    [
        (post_hoc, Mark::PostHoc),
        (newer, Mark::Newer),
        (verdict == Verdict::Contradicted && claim.waiver.is_some(), Mark::Waived),
        (claim.class == Class::External, Mark::External),
        (invalid, Mark::Invalid),
    ]
    .into_iter()
    .filter_map(|(holds, mark)| holds.then_some(mark))
    .collect()
}
