//! Reading one cell, and why it may have nothing to say.

use std::collections::BTreeMap;

use record::{CellKey, Kind};

use crate::claim::Reduce;
use crate::evidence::{Cell, OPS, Schedule, word};
use crate::format::short;
use crate::stats;

/// Why there is no number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Gap {
    /// A cell is missing or does not count.
    Missing(String),
    /// An exact metric is not the same in every launch, or nothing can be decided.
    Unsteady(String),
    /// The claim asks for something that these cells cannot answer: exit code 2.
    Wrong(String),
}

/// The word if it is the same on every schedule, else how often each was seen.
pub(crate) fn outcome_word(schedules: &[&Schedule]) -> String {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for one in schedules {
        *seen.entry(word(one.outcome)).or_default() += 1;
    }
    let words: Vec<String> = match seen.len() {
        1 => seen.into_keys().map(str::to_owned).collect(),
        _ => seen.into_iter().map(|(word, times)| format!("{word} {times}")).collect(),
    };
    words.join(", ")
}

pub(crate) fn single(mut words: Vec<String>) -> Result<String, Gap> {
    match (words.pop(), words.is_empty()) {
        (Some(word), true) => Ok(word),
        _ => Err(Gap::Wrong("one cell has one outcome; use `count` for several".to_owned())),
    }
}

pub(crate) fn reduce(how: Reduce, values: Vec<f64>) -> Result<f64, Gap> {
    let count = values.len();
    let mut values = values.into_iter();
    let number = match how {
        Reduce::Only if count == 1 => values.next(),
        Reduce::Only => {
            let text = format!("{count} values where `reduce` is `only`; say min, max or sum");
            return Err(Gap::Wrong(text));
        }
        Reduce::Min => values.reduce(f64::min),
        Reduce::Max => values.reduce(f64::max),
        Reduce::Sum => Some(values.sum()),
        Reduce::Count => return Err(Gap::Wrong("count needs `where`".to_owned())),
    };
    number.ok_or_else(|| Gap::Missing("nothing to reduce".to_owned()))
}

/// Adds the cell to what went wrong.
pub(crate) fn named(gap: Gap, key: &CellKey) -> Gap {
    match gap {
        Gap::Missing(text) => Gap::Missing(format!("{key}: {text}")),
        Gap::Unsteady(text) => Gap::Unsteady(format!("{key}: {text}")),
        Gap::Wrong(text) => Gap::Wrong(format!("{key}: {text}")),
    }
}

/// Why a cell has nothing of a kind.
pub(crate) fn problem(cell: &Cell, kind: Kind) -> Gap {
    let any = cell.problems.get(&kind).or_else(|| cell.problems.values().next());
    Gap::Missing(any.cloned().unwrap_or_else(|| format!("no line of kind {kind:?}").to_lowercase()))
}

/// An exact value on the script as written; all launches agree or there is none.
pub(crate) fn script(cell: &Cell, metric: &str) -> Result<f64, Gap> {
    if cell.problems.contains_key(&Kind::Exact) {
        return Err(problem(cell, Kind::Exact));
    }
    let launches = cell.exact.get(metric).map(Vec::as_slice).unwrap_or_default();
    let Some(first) = launches.first() else {
        return Err(match cell.problems.is_empty() {
            true => Gap::Missing(format!("{metric} was not measured")),
            false => problem(cell, Kind::Exact),
        });
    };
    match launches.iter().find(|other| *other != first) {
        Some(other) => {
            Err(Gap::Unsteady(format!("{metric} differs between launches ({first}, {other})")))
        }
        None => Ok(stats::float(*first)),
    }
}

/// What an exact value is divided by.
pub(crate) fn divisor(cell: &Cell, key: &CellKey, per: Option<&str>) -> Result<f64, Gap> {
    match per {
        Some(OPS) => match script(cell, OPS)? {
            ops if ops > 0.0 => Ok(ops),
            _ => Err(Gap::Missing("no operation was made".to_owned())),
        },
        Some(_) => Ok(f64::from(key.n)),
        None => Ok(1.0),
    }
}

/// Values that vary between launches, one per launch, each divided by what was counted in
/// the same launch.
pub(crate) fn every_launch(
    cell: &Cell,
    key: &CellKey,
    metric: &str,
    per: Option<&str>,
) -> Result<Vec<f64>, Gap> {
    if cell.problems.contains_key(&Kind::Exact) {
        return Err(problem(cell, Kind::Exact));
    }
    let of = |metric: &str| cell.exact.get(metric).map(Vec::as_slice).unwrap_or_default();
    let values = of(metric);
    if values.is_empty() {
        return Err(match cell.problems.is_empty() {
            true => Gap::Missing(format!("{metric} was not measured")),
            false => problem(cell, Kind::Exact),
        });
    }
    let divisors: Vec<f64> = match per {
        Some(OPS) => of(OPS).iter().copied().map(stats::float).collect(),
        Some(_) => vec![f64::from(key.n); values.len()],
        None => vec![1.0; values.len()],
    };
    if divisors.len() != values.len() || divisors.iter().any(|by| *by <= 0.0) {
        return Err(Gap::Missing(format!("{metric} without operations beside it")));
    }
    Ok(values.iter().zip(divisors).map(|(value, by)| stats::float(*value) / by).collect())
}

/// A value on every schedule, by number of the schedule.
pub(crate) fn every_schedule(cell: &Cell, metric: &str) -> Result<Vec<(u32, f64)>, Gap> {
    if cell.schedules.is_empty() || cell.problems.contains_key(&Kind::Outcome) {
        return Err(problem(cell, Kind::Outcome));
    }
    if cell.unsteady {
        return Err(Gap::Unsteady("launches differ on the same schedules".to_owned()));
    }
    let value = |one: &Schedule| match one.values.get(metric) {
        Some(value) => Ok((one.number, stats::float(*value))),
        None => Err(Gap::Missing(format!(
            "{metric} has no value on schedule {} ({})",
            one.number,
            word(one.outcome)
        ))),
    };
    cell.schedules.iter().map(value).collect()
}

/// One value, or the range of several.
pub(crate) fn shown(values: &[(u32, f64)]) -> String {
    let numbers = || values.iter().map(|(_, value)| *value);
    let low = numbers().fold(f64::INFINITY, f64::min);
    let high = numbers().fold(f64::NEG_INFINITY, f64::max);
    match low < high {
        true => format!("{} to {} on {} schedules", short(low), short(high), values.len()),
        false => short(low),
    }
}
