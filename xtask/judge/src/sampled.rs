//! Checks on distributions: ratios with an interval over launches.

use std::collections::BTreeMap;

use record::CellKey;

use crate::claim::Compare;
use crate::evidence::{Evidence, is_timed};
use crate::query::{Answer, Measured, Query};
use crate::read::Gap;
use crate::stats;
use crate::verdicts::CellUsed;

/// Confidence where a claim names none: about a dozen claims are judged by intervals.
pub(crate) const CONFIDENCE: f64 = 0.99;

/// The ratio of one cell to another. Only ratios are judged, because absolute times say
/// more about the machine than about a design.
pub(crate) fn ratio(query: &Query<'_>, answer: &mut Answer) -> Result<Measured, Gap> {
    let check = query.check;
    if check.compare != Compare::Ratio {
        return Err(Gap::Wrong("of a sampled metric only the ratio is judged".to_owned()));
    }
    let [evidence] = query.evidence.as_slice() else {
        return Err(Gap::Wrong("times of two targets are not compared".to_owned()));
    };
    let metric = check.of.metric.clone().unwrap_or_default();
    let vs = query.vs().ok_or_else(|| Gap::Wrong("a ratio needs `vs`".to_owned()))?;
    let of = one(query, evidence, &query.of())?;
    let vs = one(query, evidence, &vs)?;
    for (side, key) in [("of", of), ("vs", vs)] {
        answer.cells.push(CellUsed {
            target: evidence.run.target.clone(),
            side: side.to_owned(),
            cell: key.to_string(),
            metric: metric.clone(),
            value: "samples".to_owned(),
            counted: None,
        });
    }
    let launches = match is_timed(&metric) {
        true => timed(evidence, of, vs, &metric),
        false => counted(evidence, of, vs, &metric),
    };
    let taken = launches.iter().filter(|rounds| !rounds.is_empty()).count();
    let confidence = check.confidence.unwrap_or(CONFIDENCE);
    let interval = stats::ratio(&launches, confidence)
        .ok_or_else(|| Gap::Missing(format!("{of} and {vs}: no clean round holds both")))?;
    Ok(Measured::Estimate(interval, u32::try_from(taken).unwrap_or(u32::MAX)))
}

fn one<'a>(
    query: &Query<'_>,
    evidence: &'a Evidence,
    pick: &crate::select::Pick,
) -> Result<&'a CellKey, Gap> {
    let found = query.find(pick, &[evidence])?;
    let [(_, key, cell)] = found.as_slice() else {
        return Err(Gap::Wrong("a ratio of times needs one cell on each side".to_owned()));
    };
    match cell.problems.get(&record::Kind::Time) {
        Some(why) => Err(Gap::Missing(format!("{key}: {why}"))),
        None => Ok(*key),
    }
}

/// Log-ratios of the rounds that nobody disturbed, launch by launch.
fn timed(evidence: &Evidence, of: &CellKey, vs: &CellKey, metric: &str) -> Vec<Vec<f64>> {
    let lines = &evidence.timed;
    let samples = |key: &CellKey, launch: u32| {
        let mine = lines.iter().filter(|line| line.cell == *key && line.launch == launch);
        mine.filter(|line| line.status.is_ok())
            .filter_map(|line| line.samples.clone())
            .find(|samples| samples.aa == 0)
    };
    let mut launches: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.cell == *of) {
        let (Some(mut of), Some(mut vs)) = (samples(of, line.launch), samples(vs, line.launch))
        else {
            continue;
        };
        if of.group != vs.group || launches.contains_key(&line.launch) {
            continue;
        }
        let disturbed = stats::disturbed_rounds(lines, &of.group, line.launch);
        if metric == "cpu_ns" {
            of.wall_ns.clone_from(&of.cpu_ns);
            vs.wall_ns.clone_from(&vs.cpu_ns);
        }
        launches.insert(line.launch, stats::log_ratios(&of, &vs, &disturbed));
    }
    launches.into_values().collect()
}

/// Log-ratios of values that vary between launches, one per launch.
fn counted(evidence: &Evidence, of: &CellKey, vs: &CellKey, metric: &str) -> Vec<Vec<f64>> {
    let values = |key: &CellKey| evidence.cells[key].exact.get(metric).cloned().unwrap_or_default();
    let pairs = values(of).into_iter().zip(values(vs));
    pairs
        .filter(|(of, vs)| *of > 0 && *vs > 0)
        .map(|(of, vs)| vec![libm::log(stats::float(of) / stats::float(vs))])
        .collect()
}
