//! Whether two records say the same, value by value.
//!
//! Exact values alone: what a launch counts, what happens on each schedule, and receipts. Samples
//! of time and latencies differ from run to run and are not looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::Result;
use record::{CellKey, Kind, Line, Record, ScheduleResult, Status};
use serde::Serialize;

use crate::evidence::word;

/// What a launch said of a metric.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// An exact value in the unit of its metric.
    Number(u64),
    /// A receipt, a status, what happened on a schedule.
    Word(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(number) => number.fmt(f),
            Value::Word(word) => word.fmt(f),
        }
    }
}

/// What launches said, each once.
pub type Values = BTreeSet<Value>;

/// A metric of a cell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Key of the cell.
    pub cell: String,
    /// Id of the metric, or `status`, `receipt`, `compile`, `schedule 7`.
    pub metric: String,
}

/// A metric of which two records say something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Differs {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What the first record says.
    pub a: Values,
    /// What the second says.
    pub b: Values,
}

/// Two records beside each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// Metrics of cells of which both say the same.
    pub equal: usize,
    /// Those of which they do not, in order of cells.
    pub differ: Vec<Differs>,
    /// Those that the first record alone has.
    pub only_a: Vec<Place>,
    /// Those that the second alone has.
    pub only_b: Vec<Place>,
}

/// Which values are compared, and when they are equal.
pub struct Rule<'a> {
    /// Whether a metric of a cell is looked at.
    pub wanted: &'a dyn Fn(&CellKey, &str) -> bool,
    /// Numbers that are this close are equal, in millionths of the larger.
    pub within: u32,
}

impl fmt::Debug for Rule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule").field("within", &self.within).finish_non_exhaustive()
    }
}

impl Rule<'_> {
    /// Compares two records of one target.
    ///
    /// # Errors
    /// When a record is damaged, with file and line.
    pub fn compare(&self, a: &Record, b: &Record) -> Result<Compared> {
        let (a, mut b) = (self.said(a)?, self.said(b)?);
        let mut compared = Compared::default();
        for (place, a) in a {
            match b.remove(&place) {
                None => compared.only_a.push(place.into()),
                Some(b) if self.are_equal(&a, &b) => compared.equal += 1,
                Some(b) => compared.differ.push(Differs { place: place.into(), a, b }),
            }
        }
        compared.only_b = b.into_keys().map(Place::from).collect();
        Ok(compared)
    }

    fn said(&self, record: &Record) -> Result<BTreeMap<(CellKey, String), Values>> {
        let mut said: BTreeMap<(CellKey, String), Values> = BTreeMap::new();
        record.lines(|line| {
            for (metric, value) in exact(&line) {
                if (self.wanted)(&line.cell, &metric) {
                    said.entry((line.cell.clone(), metric)).or_default().insert(value);
                }
            }
            Ok(())
        })?;
        Ok(said)
    }

    /// The same values, or numbers whose least and largest are close.
    fn are_equal(&self, a: &Values, b: &Values) -> bool {
        let close = |a: Option<&Value>, b: Option<&Value>| match (a, b) {
            (Some(Value::Number(a)), Some(Value::Number(b))) => {
                let most = u128::from(*a.max(b)) * u128::from(self.within);
                u128::from(a.abs_diff(*b)) * 1_000_000 <= most
            }
            _ => false,
        };
        a == b || close(a.first(), b.first()) && close(a.last(), b.last())
    }
}

impl From<(CellKey, String)> for Place {
    fn from((cell, metric): (CellKey, String)) -> Place {
        Place { cell: cell.to_string(), metric }
    }
}

/// The exact values of a line.
fn exact(line: &Line) -> Vec<(String, Value)> {
    let of = match line.kind {
        Kind::Exact => "",
        Kind::Outcome => "outcome ",
        Kind::Time | Kind::Latency => return Vec::new(),
    };
    let status = match &line.status {
        Status::Ok => "ok",
        Status::Not { word, .. } => word,
    };
    let words = [
        ("status", Some(status.to_owned())),
        ("receipt", line.receipt.map(|receipt| receipt.to_string())),
        ("compile", line.compile.clone()),
    ];
    let words = words.into_iter().filter_map(|(what, word)| Some((what, Value::Word(word?))));
    let numbers = line.values.iter().map(|(id, value)| (id.as_str(), Value::Number(*value)));
    let mut all: Vec<(String, Value)> =
        words.chain(numbers).map(|(what, value)| (format!("{of}{what}"), value)).collect();
    all.extend(
        line.schedules
            .iter()
            .map(|one| (format!("schedule {}", one.schedule), Value::Word(happened(one)))),
    );
    all
}

/// Everything that is said of a schedule.
fn happened(one: &ScheduleResult) -> String {
    let mut text =
        format!("{}, severity {}, receipt {}", word(one.outcome), one.severity, one.receipt);
    if one.watchdog {
        text.push_str(", ended by the watchdog");
    }
    let finish = one.finish_ms.map(|ms| ("finish_ms", u64::from(ms)));
    let values = one.values.iter().map(|(id, value)| (id.as_str(), *value));
    for (id, value) in finish.into_iter().chain(values) {
        text.push_str(&format!(", {id} {value}"));
    }
    text
}
