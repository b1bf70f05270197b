//! Results by schedule, written column by column.
//!
//! Hundreds of schedules of a cell differ in their receipts and in little else: written out as
//! objects they were nine tenths of a record on virtual time. A column is a list with runs
//! (`runs.rs`); one in which some schedules have no entry says by their places which have.
//! A list of objects, as line formats 1 and 2 have it, is read as ever.

use std::collections::BTreeMap;
use std::fmt;

#[cfg(test)]
use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::line::{Outcome, Receipt, ScheduleResult};

/// Digits of a receipt.
const DIGITS: usize = 16;

/// The columns. Every list without places has an element for each schedule.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Columns {
    /// Number of each schedule.
    #[serde(with = "crate::runs")]
    #[cfg_attr(test, schemars(with = "Vec<crate::runs::Element>"))]
    schedule: Vec<u64>,
    /// What happened, each with the number of schedules in a row that it happened in.
    outcome: Vec<(Outcome, u32)>,
    /// How badly, in the workload's unit.
    #[serde(with = "crate::runs")]
    #[cfg_attr(test, schemars(with = "Vec<crate::runs::Element>"))]
    severity: Vec<u64>,
    /// What the runs did: receipts of sixteen hexadecimal digits, one after the other.
    receipt: String,
    /// Virtual milliseconds at which the root ended, where it did.
    finish_ms: Column,
    /// Places of the schedules that the watchdog of virtual time ended.
    #[serde(default, with = "crate::runs", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(with = "Vec<crate::runs::Element>"))]
    watchdog: Vec<u64>,
    /// Metrics that the judge computed from each schedule's ledger.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    values: BTreeMap<String, Column>,
}

/// One number for each schedule that has one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
struct Column {
    /// Places of the schedules that have one, from 0; absent where all do.
    #[serde(default, with = "crate::runs", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(with = "Vec<crate::runs::Element>"))]
    at: Vec<u64>,
    /// The numbers, in the order of the schedules.
    #[serde(with = "crate::runs")]
    #[cfg_attr(test, schemars(with = "Vec<crate::runs::Element>"))]
    is: Vec<u64>,
}

impl Column {
    fn of(entries: impl ExactSizeIterator<Item = Option<u64>>) -> Column {
        let all = entries.len();
        let there = (0..).zip(entries).filter_map(|(place, entry)| Some((place, entry?)));
        let (at, is): (Vec<u64>, Vec<u64>) = there.unzip();
        Column { at: if is.len() == all { Vec::new() } else { at }, is }
    }

    /// The entries of `all` schedules.
    fn entries(&self, all: usize, name: &str) -> Result<Vec<Option<u64>>, String> {
        if self.at.is_empty() && self.is.len() == all {
            return Ok(self.is.iter().copied().map(Some).collect());
        }
        if self.at.len() != self.is.len() {
            let (numbers, at) = (self.is.len(), self.at.len());
            return Err(format!("{name}: {numbers} numbers at {at} places of {all} schedules"));
        }
        let mut entries = vec![None; all];
        for (place, number) in self.at.iter().zip(&self.is) {
            let entry = usize::try_from(*place).ok().and_then(|place| entries.get_mut(place));
            match entry {
                Some(entry @ None) => *entry = Some(*number),
                Some(_) => return Err(format!("{name}: place {place} has two numbers")),
                None => return Err(format!("{name}: place {place} of {all} schedules")),
            }
        }
        Ok(entries)
    }
}

impl From<&[ScheduleResult]> for Columns {
    fn from(rows: &[ScheduleResult]) -> Columns {
        let mut outcome: Vec<(Outcome, u32)> = Vec::new();
        for row in rows {
            match outcome.last_mut() {
                Some((same, times)) if *same == row.outcome => *times += 1,
                _ => outcome.push((row.outcome, 1)),
            }
        }
        let mut values: BTreeMap<String, Column> = BTreeMap::new();
        for name in rows.iter().flat_map(|row| row.values.keys()) {
            if !values.contains_key(name) {
                let column = Column::of(rows.iter().map(|row| row.values.get(name).copied()));
                values.insert(name.clone(), column);
            }
        }
        let ended = (0..).zip(rows).filter(|(_, row)| row.watchdog).map(|(place, _)| place);
        Columns {
            schedule: rows.iter().map(|row| row.schedule.into()).collect(),
            outcome,
            severity: rows.iter().map(|row| row.severity.into()).collect(),
            receipt: rows.iter().map(|row| row.receipt.to_string()).collect(),
            finish_ms: Column::of(rows.iter().map(|row| row.finish_ms.map(u64::from))),
            watchdog: ended.collect(),
            values,
        }
    }
}

impl TryFrom<Columns> for Vec<ScheduleResult> {
    type Error = String;

    fn try_from(columns: Columns) -> Result<Vec<ScheduleResult>, String> {
        let all = columns.schedule.len();
        let small = |number: u64| {
            u32::try_from(number).map_err(|_| format!("{number} where 32 bits are the most"))
        };
        let times = columns.outcome.iter().map(|(_, times)| *times as usize).sum::<usize>();
        for (name, length) in [
            ("outcome", times),
            ("severity", columns.severity.len()),
            ("receipt", columns.receipt.len().div_ceil(DIGITS)),
        ] {
            if length != all {
                return Err(format!("{name}: {length} entries for {all} schedules"));
            }
        }
        let outcomes = columns.outcome.iter().flat_map(|(it, times)| (0..*times).map(|_| *it));
        let finish = columns.finish_ms.entries(all, "finish_ms")?;
        let mut rows = Vec::with_capacity(all);
        for (place, outcome) in outcomes.enumerate() {
            let digits = columns.receipt.get(place * DIGITS..(place + 1) * DIGITS);
            let digits = digits.ok_or("receipts of sixteen hexadecimal digits each")?;
            rows.push(ScheduleResult {
                schedule: small(columns.schedule[place])?,
                outcome,
                severity: small(columns.severity[place])?,
                receipt: Receipt::try_from(digits.to_owned())?,
                watchdog: false,
                finish_ms: finish[place].map(small).transpose()?,
                values: BTreeMap::new(),
            });
        }
        for place in columns.watchdog {
            let row = usize::try_from(place).ok().and_then(|place| rows.get_mut(place));
            row.ok_or_else(|| format!("watchdog: place {place} of {all} schedules"))?.watchdog =
                true;
        }
        for (name, column) in columns.values {
            for (row, value) in rows.iter_mut().zip(column.entries(all, &name)?) {
                row.values.extend(value.map(|value| (name.clone(), value)));
            }
        }
        Ok(rows)
    }
}

/// Writes the columns.
///
/// # Errors
/// The serializer's.
pub(crate) fn serialize<S: Serializer>(
    rows: &[ScheduleResult],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    Columns::from(rows).serialize(serializer)
}

/// Reads columns, or a list of objects.
///
/// # Errors
/// When lists have other lengths than there are schedules, a place is none, or a number does not
/// fit.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<ScheduleResult>, D::Error> {
    struct Either;

    impl<'de> Visitor<'de> for Either {
        type Value = Vec<ScheduleResult>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("columns of schedules, or a list of them")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, rows: A) -> Result<Self::Value, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(rows))
        }

        fn visit_map<A: MapAccess<'de>>(self, columns: A) -> Result<Self::Value, A::Error> {
            let columns = Columns::deserialize(MapAccessDeserializer::new(columns))?;
            columns.try_into().map_err(A::Error::custom)
        }
    }

    deserializer.deserialize_any(Either)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
    struct Lists {
        #[serde(with = "super")]
        list: Vec<ScheduleResult>,
    }

    fn row(schedule: u32, outcome: Outcome) -> ScheduleResult {
        ScheduleResult {
            schedule,
            outcome,
            severity: 3,
            receipt: Receipt(0x0123_4567_89ab_cdef + u64::from(schedule)),
            watchdog: false,
            finish_ms: Some(320),
            values: BTreeMap::from([("lost_items".to_owned(), 11)]),
        }
    }

    /// Every field with and without an entry somewhere.
    fn rows() -> Vec<ScheduleResult> {
        let mut rows: Vec<_> = (0..6).map(|schedule| row(schedule, Outcome::Occurs)).collect();
        rows[4] = ScheduleResult { watchdog: true, finish_ms: None, ..row(40, Outcome::Hang) };
        rows[2].values.insert("allocs".to_owned(), u64::MAX);
        rows[5].values.clear();
        rows
    }

    fn read(text: &str) -> Result<Vec<ScheduleResult>, String> {
        serde_json::from_str(text).map(|lists: Lists| lists.list).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_written_reads_back() {
        for list in [rows(), vec![row(0, Outcome::Absent)]] {
            let lists = Lists { list };
            let text = serde_json::to_string(&lists).expect("plain data");
            assert_eq!(read(&text).as_ref(), Ok(&lists.list), "{text}");
        }
    }

    #[test]
    fn columns_say_once_what_is_equal() {
        let list = (0..100).map(|schedule| row(schedule, Outcome::Absent)).collect();
        let text = serde_json::to_string(&Lists { list }).expect("plain data");
        assert!(text.contains(r#""schedule":["0..100"],"outcome":[["absent",100]]"#), "{text}");
        assert!(text.contains(r#""values":{"lost_items":{"is":["11*100"]}}"#), "{text}");
        assert!(text.len() < 1900, "{} bytes: {text}", text.len());
    }

    #[test]
    fn a_list_of_objects_is_read() {
        let text = serde_json::to_string(&rows()).expect("plain data");
        assert_eq!(read(&format!(r#"{{"list":{text}}}"#)), Ok(rows()));
    }

    #[test]
    fn columns_that_do_not_fit_are_refused() {
        let good = serde_json::to_string(&Lists { list: rows() }).expect("plain data");
        assert!(read(&good).is_ok());
        for (from, to, why) in [
            (r#"["occurs",4]"#, r#"["occurs",5]"#, "outcome: 7 entries for 6 schedules"),
            (r#"["3*6"]"#, r#"["3*7"]"#, "severity: 7 entries"),
            (r#""severity":["3*6"]"#, r#""severity":["4294967296*6"]"#, "32 bits"),
            ("0123456789abcdef", "0123456789abcde", "receipt"),
            ("0123456789abcdef", "0123456789abcdxf", "receipt"),
            (r#""watchdog":[4]"#, r#""watchdog":[6]"#, "watchdog: place 6"),
            (r#""at":[2]"#, r#""at":[9]"#, "allocs: place 9"),
            (r#""at":[2]"#, r#""at":[2,3]"#, "allocs: 1 numbers at 2 places"),
            (r#"{"at":["0..5"],"is":["11*5"]}"#, r#"{"is":["11*5"]}"#, "5 numbers at 0 places"),
            (r#"{"at":["0..5"],"is""#, r#"{"at":[0,1,2,3,3],"is""#, "place 3 has two"),
        ] {
            assert!(good.contains(from), "{from} in {good}");
            let error = read(&good.replacen(from, to, 1)).expect_err(to);
            assert!(error.contains(why), "{to}: {error}");
        }
    }
}
