//! One check asked of the records of its targets.
//!
//! [`ask`] turns cells into one number, word or interval and says which cells it read. It
//! knows nothing of bounds; those are in [`crate::bound`].

use std::collections::BTreeMap;

use record::{CellKey, Kind};

use crate::claim::{Compare, Reduce, Schedules, Selector};
use crate::evidence::{Cell, Evidence, Schedule, is_timed};
use crate::format::short;
use crate::query::{Answer, Measured, Point, Query};
use crate::range::Range;
use crate::read::{
    Gap, divisor, every_launch, every_schedule, named, outcome_word, problem, script, shown, single,
};
use crate::select::Pick;
use crate::stats;
use crate::verdicts::CellUsed;

/// Values on two targets, by what is compared: workload, case and size.
type Ranked<'a> = BTreeMap<(&'a str, &'a str, u32), Vec<(f64, f64)>>;
/// Our own executor on the simulated driver, where every count is exact.
const OWN: &str = "own";

/// What was measured, in words, and the values by schedule.
type Read = (String, Vec<(u32, Range)>);

/// Asks; cells that were read are in the answer even when there is no number.
pub(crate) fn ask(query: &Query<'_>) -> (Answer, Option<Gap>) {
    let mut answer = Answer::default();
    let gap = query.run(&mut answer).err();
    (answer, gap)
}

impl Query<'_> {
    fn run(&self, answer: &mut Answer) -> Result<(), Gap> {
        let check = self.check;
        let two = matches!(check.compare, Compare::Ratio | Compare::Difference);
        if !two && check.of.metric.as_deref().is_some_and(is_timed) {
            return Err(Gap::Wrong("of wall and CPU time only the ratio is judged".to_owned()));
        }
        let measured = match check.compare {
            Compare::Outcome => self.outcome(answer)?,
            Compare::Compile => self.compile(answer)?,
            Compare::Fraction => self.fraction(answer)?,
            Compare::RankTau => self.rank_tau(answer)?,
            Compare::Ratio | Compare::Difference => self.two_sided(answer)?,
            Compare::Value if check.reduce == Reduce::Count => self.count(answer)?,
            Compare::Value => {
                answer.of = self.points(&self.of(), &self.evidence, "of", &mut answer.cells)?;
                self.reduced(&answer.of.iter().map(|p| p.value).collect::<Vec<_>>())?
            }
            Compare::LoglogSlope
            | Compare::LevelCost
            | Compare::StepRatioMin
            | Compare::StepRatioMax => self.curve(answer)?,
        };
        answer.measured = Some(measured);
        Ok(())
    }

    /// The metric of every cell of a selection, divided by n if the check says so.
    fn points(
        &self,
        pick: &Pick,
        all: &[&Evidence],
        side: &str,
        used: &mut Vec<CellUsed>,
    ) -> Result<Vec<Point>, Gap> {
        let metric = pick.metric.clone().unwrap_or_default();
        let by_name = pick.names_designs();
        let mut points = Vec::new();
        for (evidence, key, cell) in self.find(pick, all)? {
            let target = evidence.run.target.clone();
            let all_schedules = self.check.schedules == Schedules::All;
            let kind = if all_schedules { Kind::Outcome } else { Kind::Exact };
            let failed = cell.problems.contains_key(&kind);
            if !by_name && !failed && !cell.exact.contains_key(&metric) {
                // A glob selects cells of which this metric was never taken.
                let has = |one: &Schedule| one.values.contains_key(&metric);
                if !all_schedules || !cell.schedules.iter().any(has) {
                    continue;
                }
            }
            let read = match all_schedules {
                true => every_schedule(cell, &metric).and_then(|values| {
                    let per = divisor(cell, key, self.check.per.as_deref())?;
                    let exact = |(number, value)| (number, Range::exact(value / per));
                    Ok((shown(&values), values.into_iter().map(exact).collect()))
                }),
                false => self.one(key, cell, &metric),
            };
            used.push(CellUsed {
                target: target.clone(),
                side: side.to_owned(),
                cell: key.to_string(),
                metric: metric.clone(),
                value: read.as_ref().map_or("-".to_owned(), |(words, _)| words.clone()),
                counted: None,
            });
            for (schedule, value) in read.map_err(|gap| named(gap, key))?.1 {
                let (target, key) = (target.clone(), key.clone());
                points.push(Point { target, key, schedule, value });
            }
        }
        match points.is_empty() {
            true => Err(Gap::Missing(format!("{metric} was not measured in any cell"))),
            false => Ok(points),
        }
    }

    /// The value of a cell on the script as written, divided by what the check says; in
    /// words, it is what was measured.
    fn one(&self, key: &CellKey, cell: &Cell, metric: &str) -> Result<Read, Gap> {
        let per = self.check.per.as_deref();
        let steady = match self.catalog.varies(&key.workload, metric) {
            true => None,
            false => match script(cell, metric) {
                // A foreign runtime may have a clock or random numbers of its own.
                Err(Gap::Unsteady(_)) if key.runtime != OWN => None,
                value => Some(value?),
            },
        };
        let Some(value) = steady else {
            let over = |per| {
                let launches = every_launch(cell, key, metric, per)?;
                let none = || Gap::Missing(format!("{metric} was not measured"));
                Range::over(&launches).ok_or_else(none)
            };
            return Ok((over(None)?.words(), vec![(0, over(per)?)]));
        };
        Ok((short(value), vec![(0, Range::exact(value / divisor(cell, key, per)?))]))
    }

    fn reduced(&self, values: &[Range]) -> Result<Measured, Gap> {
        Range::reduce(self.check.reduce, values).map(Measured::of)
    }

    fn two_sided(&self, answer: &mut Answer) -> Result<Measured, Gap> {
        let of = self.of();
        let vs = self.vs().unwrap_or_else(|| self.of());
        // Over two targets, the first is compared with the second.
        let (first, second) = match self.evidence.as_slice() {
            [first, second] => (vec![*first], vec![*second]),
            _ => (self.evidence.clone(), self.evidence.clone()),
        };
        if of.metric.as_deref().is_some_and(|metric| self.catalog.sampled(metric)) {
            return crate::sampled::ratio(self, answer);
        }
        answer.of = self.points(&of, &first, "of", &mut answer.cells)?;
        answer.vs = self.points(&vs, &second, "vs", &mut answer.cells)?;
        let ratio = self.check.compare == Compare::Ratio;
        let mut values = Vec::new();
        for (of, vs) in self.pairs(&answer.of, &answer.vs)? {
            values.push(match ratio {
                true => of.value.over_other(&vs.value).ok_or_else(|| {
                    Gap::Unsteady(format!("{} is zero in {}", vs.key, self.metric()))
                })?,
                false => of.value.less(&vs.value),
            });
        }
        self.reduced(&values)
    }

    fn metric(&self) -> &str {
        self.check.of.metric.as_deref().unwrap_or("nothing")
    }

    /// Each point of one side with the one that differs only in what `vs` changes.
    fn pairs<'b>(
        &self,
        of: &'b [Point],
        vs: &'b [Point],
    ) -> Result<Vec<(&'b Point, &'b Point)>, Gap> {
        if let ([of], [vs]) = (of, vs) {
            return Ok(vec![(of, vs)]);
        }
        let none = Selector::default();
        let changed = self.check.vs.as_ref().unwrap_or(&none);
        let same = |a: &Point, b: &Point| {
            let keep = |changed: bool, equal: bool| changed || equal;
            keep(changed.workload.is_some(), a.key.workload == b.key.workload)
                && keep(changed.case.is_some(), a.key.case == b.key.case)
                && keep(changed.design.is_some(), a.key.design == b.key.design)
                && keep(
                    changed.design.is_some() || changed.mode.is_some(),
                    a.key.mode == b.key.mode,
                )
                && keep(changed.variant.is_some(), a.key.variant == b.key.variant)
                && keep(changed.runtime.is_some(), a.key.runtime == b.key.runtime)
                && keep(changed.at.is_some(), a.key.n == b.key.n)
                && a.schedule == b.schedule
        };
        of.iter()
            .map(|a| {
                let partners: Vec<&Point> = vs.iter().filter(|b| same(a, b)).collect();
                let by_value = |a: &&&Point, b: &&&Point| a.value.mid.total_cmp(&b.value.mid);
                let best = match self.check.vs_reduce {
                    Some(Reduce::Max) => partners.iter().max_by(by_value),
                    Some(_) => partners.iter().min_by(by_value),
                    None => None,
                };
                match partners.as_slice() {
                    _ if best.is_some() => Ok((a, *best.expect("just seen"))),
                    [one] => Ok((a, *one)),
                    [] => Err(Gap::Missing(format!("{} has nothing to be compared with", a.key))),
                    _ => Err(Gap::Wrong(format!("{} has several to be compared with", a.key))),
                }
            })
            .collect()
    }

    fn curve(&self, answer: &mut Answer) -> Result<Measured, Gap> {
        answer.of = self.points(&self.of(), &self.evidence, "of", &mut answer.cells)?;
        let mut curve: BTreeMap<u32, Range> = BTreeMap::new();
        for point in &answer.of {
            if curve.insert(point.key.n, point.value).is_some() {
                let n = point.key.n;
                return Err(Gap::Wrong(format!("a curve needs one cell per size, n={n} has two")));
            }
        }
        let points: Vec<(f64, Range)> = curve.iter().map(|(n, v)| (f64::from(*n), *v)).collect();
        let number = Range::of_all(&points, |points| {
            let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
            let fold = |pick: fn(f64, f64) -> f64| {
                stats::steps(&values).and_then(|steps| steps.into_iter().reduce(pick))
            };
            match self.check.compare {
                Compare::LoglogSlope => stats::loglog_slope(points),
                Compare::LevelCost => stats::level_cost(points),
                Compare::StepRatioMin => fold(f64::min),
                _ => fold(f64::max),
            }
        });
        number
            .map(Measured::of)
            .ok_or_else(|| Gap::Missing("too few points, or a value is zero".to_owned()))
    }

    fn rank_tau(&self, answer: &mut Answer) -> Result<Measured, Gap> {
        let [first, second] = self.evidence.as_slice() else {
            return Err(Gap::Wrong("rank_tau compares two targets".to_owned()));
        };
        answer.of = self.points(&self.of(), &[first], "of", &mut answer.cells)?;
        answer.vs = self.points(&self.of(), &[second], "of", &mut answer.cells)?;
        let mut groups = Ranked::new();
        for of in &answer.of {
            if let Some(vs) = answer.vs.iter().find(|vs| vs.key == of.key) {
                let group = (of.key.workload.as_str(), of.key.case.as_str(), of.key.n);
                groups.entry(group).or_default().push((of.value.mid, vs.value.mid));
            }
        }
        let mut counts = [0; 3];
        for pairs in groups.values() {
            for (sum, more) in counts.iter_mut().zip(stats::pair_counts(pairs)) {
                *sum += more;
            }
        }
        stats::tau_of(counts)
            .map(Measured::Number)
            .ok_or_else(|| Gap::Missing("no two designs share a cell on both targets".to_owned()))
    }

    fn outcome(&self, answer: &mut Answer) -> Result<Measured, Gap> {
        let mut words = Vec::new();
        for (evidence, key, cell) in self.find(&self.of(), &self.evidence)? {
            let read = self.schedules(cell).map(|schedules| outcome_word(&schedules));
            answer.cells.push(CellUsed {
                target: evidence.run.target.clone(),
                side: "of".to_owned(),
                cell: key.to_string(),
                metric: "outcome".to_owned(),
                value: read.clone().unwrap_or_else(|_| "-".to_owned()),
                counted: None,
            });
            words.push(read.map_err(|gap| named(gap, key))?);
        }
        single(words).map(Measured::Word)
    }

    fn compile(&self, answer: &mut Answer) -> Result<Measured, Gap> {
        let mut words = Vec::new();
        for (evidence, key, cell) in self.find(&self.of(), &self.evidence)? {
            let result = cell.compile.first();
            answer.cells.push(CellUsed {
                target: evidence.run.target.clone(),
                side: "of".to_owned(),
                cell: key.to_string(),
                metric: "compile".to_owned(),
                value: result.cloned().unwrap_or_else(|| "-".to_owned()),
                counted: None,
            });
            if cell.compile.iter().any(|other| Some(other) != result) {
                return Err(Gap::Unsteady(format!("{key}: launches differ in what compiles")));
            }
            words.push(result.cloned().ok_or_else(|| named(problem(cell, Kind::Exact), key))?);
        }
        single(words).map(Measured::Word)
    }

    fn fraction(&self, answer: &mut Answer) -> Result<Measured, Gap> {
        let (mut fired, mut all) = (0_u32, 0_u32);
        for (evidence, key, cell) in self.find(&self.of(), &self.evidence)? {
            let schedules = self.schedules(cell).map_err(|gap| named(gap, key))?;
            let occurs = |one: &&&Schedule| one.outcome == record::Outcome::Occurs;
            let (part, whole) = (schedules.iter().filter(occurs).count(), schedules.len());
            answer.cells.push(CellUsed {
                target: evidence.run.target.clone(),
                side: "of".to_owned(),
                cell: key.to_string(),
                metric: "fraction".to_owned(),
                value: format!("{part} of {whole}"),
                counted: None,
            });
            fired += u32::try_from(part).unwrap_or(u32::MAX);
            all += u32::try_from(whole).unwrap_or(u32::MAX);
        }
        match all {
            0 => Err(Gap::Missing("no schedule was run".to_owned())),
            _ => Ok(Measured::Number(f64::from(fired) / f64::from(all))),
        }
    }

    fn count(&self, answer: &mut Answer) -> Result<Measured, Gap> {
        let mut counted = 0_u32;
        for (evidence, key, cell) in self.find(&self.of(), &self.evidence)? {
            let (holds, values) = crate::condition::holds(self, evidence, key, cell)
                .map_err(|gap| named(gap, key))?;
            counted += u32::from(holds);
            for (metric, value) in values {
                answer.cells.push(CellUsed {
                    target: evidence.run.target.clone(),
                    side: "of".to_owned(),
                    cell: key.to_string(),
                    metric,
                    value,
                    counted: Some(holds),
                });
            }
        }
        Ok(Measured::Number(f64::from(counted)))
    }
}
