//! One line of a record.

use std::collections::BTreeMap;
use std::fmt;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{CellKey, Samples};

/// Format of [`Line`] as it is written.
pub const LINE_FORMAT: &str = "async-eval.raw/3";

/// Formats that are read. Before version 2 CPU time was written out, and every launch had a line;
/// before version 3 every schedule was an object.
pub const LINE_FORMATS: [&str; 3] = ["async-eval.raw/1", "async-eval.raw/2", LINE_FORMAT];

/// What a line carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Values that must be identical in every launch.
    Exact,
    /// Raw samples of wall and CPU time.
    Time,
    /// A latency histogram.
    Latency,
    /// What happened to a hazard, per schedule.
    Outcome,
}

/// Whether the hazard may fire in this case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It may; whether it does is the result.
    Hazard,
    /// It must not, in any design.
    Control,
}

/// What happened to a hazard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It fired.
    Occurs,
    /// It did not.
    Absent,
    /// The design cannot express the situation; the compiler's error is stored.
    Inexpressible,
    /// The run panicked.
    Panics,
    /// A cancelled root did not drain.
    Hang,
}

/// `ok`, or a word and the reason: `failed: control fired`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(from = "String", into = "String")]
#[cfg_attr(test, schemars(with = "String"))]
pub enum Status {
    /// The cell ran and its checks held.
    Ok,
    /// It did not; no value of the line counts.
    Not {
        /// One of `unsupported`, `refused` (could not be timed on this machine), `failed`,
        /// `timeout`, `crashed`, `hang`, `oom`.
        word: String,
        /// For a person.
        reason: String,
    },
}

impl Status {
    /// A status that is not ok.
    #[must_use]
    pub fn not(word: &str, reason: impl fmt::Display) -> Status {
        Status::Not { word: word.to_owned(), reason: reason.to_string() }
    }

    /// Whether the values of the line count.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        *self == Status::Ok
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Status::Ok => f.write_str("ok"),
            Status::Not { word, reason } => write!(f, "{word}: {reason}"),
        }
    }
}

impl From<String> for Status {
    fn from(text: String) -> Status {
        match text.split_once(": ") {
            _ if text == "ok" => Status::Ok,
            Some((word, reason)) => Status::not(word, reason),
            None => Status::not(&text, ""),
        }
    }
}

impl From<Status> for String {
    fn from(status: Status) -> String {
        status.to_string()
    }
}

/// Checksum of what a run did, written as sixteen hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Receipt(pub u64);

impl TryFrom<String> for Receipt {
    type Error = String;

    fn try_from(text: String) -> Result<Receipt, String> {
        if text.len() != 16 {
            return Err(format!("`{text}` is not a receipt of sixteen hexadecimal digits"));
        }
        u64::from_str_radix(&text, 16).map(Receipt).map_err(|e| format!("receipt `{text}`: {e}"))
    }
}

impl From<Receipt> for String {
    fn from(receipt: Receipt) -> String {
        receipt.to_string()
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
impl JsonSchema for Receipt {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Receipt".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9a-f]{16}$" })
    }
}

/// What one schedule of the environment led to. Schedule 0 is the script as written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScheduleResult {
    /// Number of the schedule.
    pub schedule: u32,
    /// What happened.
    pub outcome: Outcome,
    /// How badly, in the workload's unit.
    pub severity: u32,
    /// What the run did.
    pub receipt: Receipt,
    /// Whether the watchdog of virtual time ended the run.
    #[serde(default, skip_serializing_if = "is_false")]
    pub watchdog: bool,
    /// Virtual milliseconds at which the root ended; absent after the watchdog.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_ms: Option<u32>,
    /// Metrics that the judge computed from this schedule's ledger.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, u64>,
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_zero(value: &u32) -> bool {
    *value == 0
}

/// When requests of an open loop are due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// As independent users would send them: exponential gaps.
    #[default]
    Poisson,
    /// Evenly spaced.
    Fixed,
}

/// What an open loop saw in one launch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// Requests per second, over all connections.
    pub rate: u32,
    /// Seconds of them.
    pub seconds: u32,
    /// Connections.
    pub connections: u32,
    /// When they were due.
    pub schedule: Schedule,
    /// Seed of these times.
    pub seed: u64,
    /// Answers, one for every request.
    pub answered: u64,
    /// Nanoseconds from the intended start to the last byte of the answer: an HdrHistogram,
    /// compressed form V2, base64.
    pub intended: String,
    /// The same from the actual sending; the difference is queueing.
    pub service: String,
}

/// One launch of one cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// One of [`LINE_FORMATS`].
    pub schema: String,
    /// What the line carries.
    pub kind: Kind,
    /// Which cell.
    pub cell: CellKey,
    /// Which process or boot of this run, from 0.
    pub launch: u32,
    /// How many launches after this one said the same to the letter; a reader gets a line for
    /// each.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub again: u32,
    /// Whether the rest counts.
    pub status: Status,
    /// What the measured run did; required when the status is ok.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// Role of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Exact values by metric id, integers in the registry's unit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, u64>,
    /// Results by schedule, for `kind = outcome`. A host cell (compile result) has one
    /// entry for schedule 0. Written by column; see `schedules.rs`.
    #[serde(default, with = "crate::schedules", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(with = "crate::schedules::Columns"))]
    pub schedules: Vec<ScheduleResult>,
    /// Raw samples, for `kind = time`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<Samples>,
    /// What an open loop saw, for `kind = latency`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// Compiler error code of a compile result (`ok` or `E0521`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compile: Option<String>,
    /// Something a reader should know: "same code as poll", "multi-threaded".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Line {
    /// A line with a status and nothing measured.
    #[must_use]
    pub fn new(kind: Kind, cell: CellKey, launch: u32, status: Status) -> Line {
        Line {
            schema: LINE_FORMAT.to_owned(),
            kind,
            cell,
            launch,
            again: 0,
            status,
            receipt: None,
            role: None,
            values: BTreeMap::new(),
            schedules: Vec::new(),
            samples: None,
            latency: None,
            compile: None,
            note: None,
        }
    }

    /// Joins lines of consecutive launches that say the same. The lines are in the order of a
    /// record: launch after launch of each cell.
    #[must_use]
    pub fn folded(lines: &[Line]) -> Vec<Line> {
        let mut folded: Vec<Line> = Vec::new();
        for line in lines {
            if let Some(last) = folded.last_mut()
                && last.samples.is_none()
                && line.launch == last.launch + last.again + 1
                && *line == (Line { launch: line.launch, again: line.again, ..last.clone() })
            {
                last.again += 1;
            } else {
                folded.push(line.clone());
            }
        }
        folded
    }

    /// The lines that a folded one stands for.
    pub fn unfolded(self) -> impl Iterator<Item = Line> {
        (0..=self.again).map(move |later| Line {
            launch: self.launch + later,
            again: 0,
            ..self.clone()
        })
    }

    /// The line as JSON, without the newline.
    ///
    /// # Panics
    /// Never: every field serialises.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a line has only string keys")
    }
}
