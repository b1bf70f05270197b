//! `rfc/history.toml`: what each claim came to in the records that judged before the pinned ones.
//!
//! A record that judges no more needs to stay in the tree only until its verdicts are here; git
//! has it afterwards. An entry is never judged again: a bound that moved later shows, because
//! each entry names the checks by which it was judged.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use record::Machine;
use serde::{Deserialize, Serialize};

use crate::BadInput;
use crate::pins::{DATA, Pins};
use crate::verdicts::{ClaimVerdict, Past, Verdict};

/// Where the history lies, below the root.
pub const HISTORY: &str = "rfc/history.toml";
/// The format that this tool reads and writes.
const FORMAT: u32 = 1;
/// Bytes that `reports/` may have, local runs apart: what a clone is asked to carry.
pub const MOST: u64 = 16_000_000;
/// Digits of a hash of checks: enough to see that they are others.
const DIGITS: usize = 10;

/// The file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    format: u32,
    /// The records whose verdicts are kept, by name.
    #[serde(default)]
    pub records: BTreeMap<String, Kept>,
    /// By claim id, oldest first.
    #[serde(default)]
    pub claims: BTreeMap<String, Vec<Entry>>,
}

/// A record that judged once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The day on which it was measured.
    pub date: String,
    /// The revision that was measured.
    pub revision: String,
    /// What it was measured on, by [`hardware`].
    pub machine: String,
    /// A commit whose tree holds the record, once it has left this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by: Option<String>,
}

/// What a claim came to in one record, on that record's target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Name of the record.
    pub record: String,
    /// The first digits of the hash of the checks that were applied.
    pub checks: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// What each check measured.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
}

impl Default for History {
    fn default() -> History {
        History { format: FORMAT, records: BTreeMap::new(), claims: BTreeMap::new() }
    }
}

impl History {
    /// Reads `rfc/history.toml`; no file means that nothing judged before.
    ///
    /// # Errors
    /// A [`BadInput`] with file and line when it is malformed or of another format.
    pub fn read(root: &Path) -> Result<History> {
        let path = root.join(HISTORY);
        if !path.is_file() {
            return Ok(History::default());
        }
        let text = fs::read_to_string(&path).with_context(|| HISTORY.to_owned())?;
        let history: History = crate::parse::parse(&text, Path::new(HISTORY))?;
        if history.format != FORMAT {
            let words = format!("{HISTORY}:1: format {}, this tool reads {FORMAT}", history.format);
            return Err(BadInput(words).into());
        }
        let unknown = |entry: &&Entry| !history.records.contains_key(&entry.record);
        if let Some(entry) = history.claims.values().flatten().find(unknown) {
            let words = format!("{HISTORY}: `{}` is not among its records", entry.record);
            return Err(BadInput(words).into());
        }
        Ok(history)
    }

    /// Keeps what a record says of every claim that it judges on its target.
    pub(crate) fn keep(&mut self, name: &str, kept: Kept, claims: &BTreeMap<String, ClaimVerdict>) {
        let target = name.split('/').next().unwrap_or_default();
        for (id, claim) in claims {
            let on = claim.targets.get(target).map(|on| on.verdict);
            let Some(verdict) = on.filter(|verdict| *verdict != Verdict::NotMeasured) else {
                continue;
            };
            self.claims.entry(id.clone()).or_default().push(Entry {
                record: name.to_owned(),
                checks: digits(&claim.check_hash).to_owned(),
                verdict,
                value: measured(claim, target),
            });
        }
        self.records.insert(name.to_owned(), kept);
    }

    /// What earlier records that the pins list say of a claim, in the order of the pins.
    pub(crate) fn past(&self, id: &str, check_hash: &str, pins: &Pins) -> Vec<Past> {
        let entries = self.claims.get(id).map(Vec::as_slice).unwrap_or_default();
        let listed = pins.0.values().flat_map(|pin| &pin.history);
        let found = listed.filter_map(|name| entries.iter().find(|entry| entry.record == *name));
        found
            .map(|entry| Past {
                record: entry.record.clone(),
                verdict: entry.verdict,
                value: entry.value.clone(),
                other_checks: entry.checks != digits(check_hash),
                held_by: self.records.get(&entry.record).and_then(|kept| kept.held_by.clone()),
            })
            .collect()
    }

    /// The text of the file.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = format!(
            "# What each claim came to in the records that judged before the pinned ones.\n\
             # `cargo xtask rfc eval` adds a record that a pin has left; `held_by` is a commit\n\
             # that holds one which has left the tree. Entries are never judged again.\n\
             format = {FORMAT}\n\n[records]\n"
        );
        let quoted = |text: &str| toml::Value::from(text).to_string();
        for (name, Kept { date, revision, machine, held_by }) in &self.records {
            let held = held_by.as_deref().map(quoted);
            let held = held.map_or_else(String::new, |held| format!(", held_by = {held}"));
            let (name, date, revision) = (quoted(name), quoted(date), quoted(revision));
            let machine = quoted(machine);
            let _ = writeln!(
                text,
                "{name} = {{ date = {date}, revision = {revision}, machine = {machine}{held} }}"
            );
        }
        text.push_str("\n[claims]\n");
        for (id, entries) in &self.claims {
            let _ = writeln!(text, "{id} = [");
            for Entry { record, checks, verdict, value } in entries {
                let (record, checks) = (quoted(record), quoted(checks));
                let (verdict, value) = (quoted(verdict.word()), quoted(value));
                let _ = writeln!(
                    text,
                    "    {{ record = {record}, checks = {checks}, verdict = {verdict}, value = {value} }},"
                );
            }
            text.push_str("]\n");
        }
        text
    }
}

/// What makes a machine another one: processor, cores, caches, instruction sets. Kernel,
/// libraries and memory are left out, because an update makes no second machine.
#[must_use]
pub fn hardware(machine: &Machine) -> String {
    let mut text = format!("{}, {} cores", machine.cpu, machine.cores.online);
    for (name, label) in [("cache_l1_data", "L1"), ("cache_l3_unified", "L3"), ("flags", "flags")] {
        if let Some(value) = machine.stable.get(name) {
            text.push_str(&format!(", {label} {value}"));
        }
    }
    text
}

/// How to see a record that has left the tree: a command that prints its first file.
#[must_use]
pub fn show(record: &str, held_by: &str) -> String {
    let rev = held_by.get(..DIGITS).unwrap_or(held_by);
    format!("git show {rev}:{DATA}/{record}/run.json")
}

/// Bytes of all files below a folder; none where there is no folder.
///
/// # Errors
/// When a folder cannot be read.
pub fn bytes_below(dir: &Path) -> Result<u64> {
    if !dir.is_dir() {
        return Ok(0);
    }
    let mut bytes = 0;
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let entry = entry.with_context(|| dir.display().to_string())?;
        let kind = entry.file_type().with_context(|| dir.display().to_string())?;
        bytes += if kind.is_dir() { bytes_below(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}

/// Bytes of `reports/` below a root, but for local runs: what [`MOST`] bounds.
///
/// # Errors
/// When a folder cannot be read.
pub fn bytes_of_reports(root: &Path) -> Result<u64> {
    let reports = root.join("reports");
    Ok(bytes_below(&reports)? - bytes_below(&reports.join("local"))?)
}

fn digits(hash: &str) -> &str {
    hash.get(..DIGITS).unwrap_or(hash)
}

/// `lost: 11 items; ratio: 0.84`.
fn measured(claim: &ClaimVerdict, target: &str) -> String {
    let checks = claim.checks.iter().filter(|check| check.target == target);
    let shown = checks.filter_map(|check| {
        let value = check.result.as_ref()?;
        Some(format!("{}: {}", check.name, value.text))
    });
    shown.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history() -> History {
        let mut history = History::default();
        let kept = Kept {
            date: "2026-11-23".into(),
            revision: "0a1b2c3d4e5f".into(),
            machine: "AMD".into(),
            held_by: Some("ffeeddccbbaa99".into()),
        };
        let judged: ClaimVerdict = serde_json::from_str(
            r#"{ "verdict": "supported", "values": {}, "check_hash": "0123456789abcdef",
                 "targets": { "sim": { "verdict": "supported" },
                              "linux": { "verdict": "not measured" } },
                 "checks": [{ "name": "lost", "target": "sim", "verdict": "supported",
                              "bound": "at least 1",
                              "result": { "number": 11.0, "text": "11 \"items\"" } }] }"#,
        )
        .expect("a claim");
        let claims = BTreeMap::from([("C017".to_owned(), judged)]);
        history.keep("sim/2026-11-23-0a1b2c3d4e", kept.clone(), &claims);
        history.keep("linux/2026-11-23-0a1b2c3d4e", Kept { held_by: None, ..kept }, &claims);
        history
    }

    #[test]
    fn what_is_written_is_read_again() {
        let history = history();
        let text = history.to_toml();
        assert_eq!(toml::from_str::<History>(&text).expect("what was written"), history, "{text}");
    }

    #[test]
    fn only_a_record_that_judged_a_claim_has_an_entry() {
        let history = history();
        assert_eq!(history.records.len(), 2);
        let [entry] = history.claims["C017"].as_slice() else { panic!("one entry") };
        assert_eq!(
            (entry.checks.as_str(), entry.value.as_str()),
            ("0123456789", "lost: 11 \"items\"")
        );
    }

    #[test]
    fn an_entry_says_whether_its_checks_are_those_of_today_and_where_its_record_is() {
        let (history, mut pins) = (history(), Pins::default());
        pins.pin("sim", "sim/2026-11-23-0a1b2c3d4e");
        pins.pin("sim", "sim/2026-11-30-1111111111");
        let past = history.past("C017", "0123456789ffff", &pins);
        assert_eq!(past.len(), 1);
        assert!(!past[0].other_checks);
        assert!(history.past("C017", "9", &pins)[0].other_checks);
        let held_by = past[0].held_by.as_deref().expect("it has left the tree");
        assert_eq!(
            show(&past[0].record, held_by),
            "git show ffeeddccbb:reports/data/sim/2026-11-23-0a1b2c3d4e/run.json"
        );
    }
}
