//! Checks on distributions: ratios with an interval over launches.

use std::collections::BTreeMap;

use record::{CellKey, Line};

use crate::claim::{Compare, Reduce};
use crate::evidence::{Evidence, OPS, is_timed};
use crate::query::{Answer, Measured, Query};
use crate::read::{Gap, every_launch, named};
use crate::stats::{self, Interval, Time};
use crate::verdicts::CellUsed;

/// Confidence where a claim names none: about a dozen claims are judged by intervals.
pub(crate) const CONFIDENCE: f64 = 0.99;

/// The ratio of one cell to another. Only ratios are judged, because absolute times say
/// more about the machine than about a design.
pub(crate) fn ratio(query: &Query<'_>, answer: &mut Answer) -> Result<Measured, Gap> {
    let check = query.check;
    if check.compare != Compare::Ratio {
        return Err(Gap::Wrong("of a distribution no difference is judged".to_owned()));
    }
    let [evidence] = query.evidence.as_slice() else {
        return Err(Gap::Wrong("times of two targets are not compared".to_owned()));
    };
    let metric = check.of.metric.clone().unwrap_or_default();
    let vs = query.vs().ok_or_else(|| Gap::Wrong("a ratio needs `vs`".to_owned()))?;
    let of = one(query, evidence, &query.of())?;
    let others = match check.vs_reduce {
        Some(_) => all(query, evidence, &vs)?,
        None => vec![one(query, evidence, &vs)?],
    };
    for (side, key) in std::iter::once(("of", of)).chain(others.iter().map(|vs| ("vs", *vs))) {
        answer.cells.push(CellUsed {
            target: evidence.run.target.clone(),
            side: side.to_owned(),
            cell: key.to_string(),
            metric: metric.clone(),
            value: "samples".to_owned(),
            counted: None,
        });
    }
    if is_timed(&metric) {
        return times(query, evidence, of, &others);
    }
    let per = check.per.as_deref();
    let mut ratios = Vec::new();
    for vs in others {
        let launches = counted(evidence, of, vs, &metric, per)?;
        let taken = launches.iter().filter(|launch| !launch.is_empty()).count();
        let interval = stats::ratio(&launches, check.confidence.unwrap_or(CONFIDENCE))
            .ok_or_else(|| Gap::Missing(format!("{of} and {vs}: no launch holds both")))?;
        ratios.push((interval, u32::try_from(taken).unwrap_or(u32::MAX)));
    }
    to_best(&ratios, check.vs_reduce)
        .map(|(interval, launches)| Measured::Estimate(interval, launches))
        .ok_or_else(|| Gap::Missing(format!("{of} has nothing to be compared with")))
}

/// The ratio of times, with what the control of their own group says of the machine: that of
/// all groups together is decided by those with most rounds.
fn times(
    query: &Query<'_>,
    evidence: &Evidence,
    of: &CellKey,
    others: &[&CellKey],
) -> Result<Measured, Gap> {
    let check = query.check;
    let metric = check.of.metric.as_deref().unwrap_or_default();
    let mut ratios = Vec::new();
    for vs in others {
        let launches = timed(evidence, of, vs, metric, check.per.as_deref());
        if launches.iter().all(Vec::is_empty) {
            return Err(Gap::Missing(format!("{of} and {vs}: no clean round holds both")));
        }
        let unsteady = |why: String| Gap::Unsteady(format!("{of} and {vs}: {why}"));
        let shown = stats::estimate(&launches, check.confidence.unwrap_or(CONFIDENCE))
            .map_err(|why| unsteady(why.to_string()))?;
        if let Some(rounds) = shown.range_of {
            return Err(unsteady(format!("{rounds} rounds are too few for an interval")));
        }
        ratios.push((shown.it, u32::try_from(launches.len()).unwrap_or(u32::MAX)));
    }
    let spread = spread(evidence, of)?;
    to_best(&ratios, check.vs_reduce)
        .map(|(interval, launches)| Measured::Timed(interval, launches, spread))
        .ok_or_else(|| Gap::Missing(format!("{of} has nothing to be compared with")))
}

/// A/A spread of the group in which a cell was timed.
pub(crate) fn spread(evidence: &Evidence, cell: &CellKey) -> Result<f64, Gap> {
    let none = || Gap::Unsteady(format!("{cell}: no A/A control in its group"));
    let group = |line: &Line| line.samples.as_ref().map(|samples| samples.group.clone());
    let mine = evidence.timed.iter().find(|line| line.cell == *cell).and_then(group);
    let mine = mine.ok_or_else(none)?;
    let lines = evidence.timed.iter().filter(|line| group(line).as_ref() == Some(&mine));
    let twin = stats::Twin::of(lines).ok_or_else(none)?;
    twin.spread().map_err(|why| Gap::Unsteady(format!("A/A control of {mine}: {why}")))
}

/// The ratio to the smallest of several is the largest of their ratios, end by end; to the
/// largest of them, the smallest.
fn to_best(ratios: &[(Interval, u32)], vs_reduce: Option<Reduce>) -> Option<(Interval, u32)> {
    let pick: fn(f64, f64) -> f64 = match vs_reduce {
        Some(Reduce::Max) => f64::min,
        _ => f64::max,
    };
    ratios.iter().copied().reduce(|(a, taken), (b, more)| {
        let best = Interval {
            mid: pick(a.mid, b.mid),
            low: pick(a.low, b.low),
            high: pick(a.high, b.high),
        };
        (best, taken.min(more))
    })
}

fn all<'a>(
    query: &Query<'_>,
    evidence: &'a Evidence,
    pick: &crate::select::Pick,
) -> Result<Vec<&'a CellKey>, Gap> {
    let found = query.find(pick, &[evidence])?;
    let usable = |(_, key, cell): (_, &'a CellKey, &crate::evidence::Cell)| match cell
        .problems
        .get(&record::Kind::Time)
    {
        Some(why) => Err(Gap::Missing(format!("{key}: {why}"))),
        None => Ok(key),
    };
    found.into_iter().map(usable).collect()
}

fn one<'a>(
    query: &Query<'_>,
    evidence: &'a Evidence,
    pick: &crate::select::Pick,
) -> Result<&'a CellKey, Gap> {
    let [key] = all(query, evidence, pick)?[..] else {
        return Err(Gap::Wrong("a ratio of times needs one cell on each side".to_owned()));
    };
    Ok(key)
}

/// Log-ratios of the rounds that nothing disturbed, launch by launch.
fn timed(
    evidence: &Evidence,
    of: &CellKey,
    vs: &CellKey,
    metric: &str,
    per: Option<&str>,
) -> Vec<Vec<f64>> {
    let lines = &evidence.timed;
    // What a call is divided by, on the logarithmic scale.
    let less = match (divisor(lines, of, per), divisor(lines, vs, per)) {
        (Some(of), Some(vs)) => libm::log(of / vs),
        _ => return Vec::new(),
    };
    let samples = |key: &CellKey, launch: u32| {
        let mine = lines.iter().filter(|line| line.cell == *key && line.launch == launch);
        mine.filter(|line| line.status.is_ok())
            .filter_map(|line| line.samples.as_ref())
            .find(|samples| samples.aa == 0)
    };
    let mut launches: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.cell == *of) {
        let (Some(of), Some(vs)) = (samples(of, line.launch), samples(vs, line.launch)) else {
            continue;
        };
        if of.group != vs.group || launches.contains_key(&line.launch) {
            continue;
        }
        let time = if metric == "cpu_ns" { Time::Cpu } else { Time::Wall };
        let logs = stats::log_ratios(of, vs, time);
        launches.insert(line.launch, logs.into_iter().map(|log| log - less).collect());
    }
    launches.into_values().collect()
}

/// Log-ratios of values that vary between launches, one per launch.
fn counted(
    evidence: &Evidence,
    of: &CellKey,
    vs: &CellKey,
    metric: &str,
    per: Option<&str>,
) -> Result<Vec<Vec<f64>>, Gap> {
    let values = |key: &CellKey| {
        every_launch(&evidence.cells[key], key, metric, per).map_err(|gap| named(gap, key))
    };
    let pairs = values(of)?.into_iter().zip(values(vs)?);
    Ok(pairs
        .filter(|(of, vs)| *of > 0.0 && *vs > 0.0)
        .map(|(of, vs)| vec![libm::log(of / vs)])
        .collect())
}

/// What the time of a call is divided by; nothing if its operations are not known.
fn divisor(lines: &[Line], key: &CellKey, per: Option<&str>) -> Option<f64> {
    match per {
        None => Some(1.0),
        Some(OPS) => {
            let mine = lines.iter().filter(|line| line.cell == *key && line.status.is_ok());
            let ops = mine.filter_map(|line| line.values.get(OPS)).find(|ops| **ops > 0);
            ops.map(|ops| stats::float(*ops))
        }
        Some(_) => Some(f64::from(key.n)),
    }
}
