//! Measurements typed by hand.
//!
//! The rule, in full. A measurement is
//!
//! 1. a number in digits followed by a unit: `%`, `‰`, `×`, `x`, `-fold`, a unit of time, of
//!    memory or of frequency, or a unit of the metric registry in singular or plural
//!    (`polls`, `allocations`, `items`, …), with at most one word between number and
//!    counted unit (`31 leaf polls`);
//! 2. a share in digits: `30 of 30`;
//! 3. a number after `slope`, `factor` or `ratio`, with `of`, `is` or `=` between them or not.
//!
//! It is looked for in the words of headings, paragraphs, lists, tables and quotations, not in
//! code, addresses, evidence links or generated blocks. Numbers written as words are not
//! measurements, nor are years, versions and the numbers of issues and RFCs, which have no
//! unit. A line that says `<!-- ev:free -->` is exempt, visibly so in the diff.

use std::path::Path;

use anyhow::{Context, Result};
use regex::Regex;

use crate::doc::{BREAK, Document};
use crate::marker::MarkerKind;

/// Units that no registry has to list.
const FIXED: &[&str] = &[
    "x",
    "fold",
    "times",
    "percent",
    "ns",
    "µs",
    "μs",
    "us",
    "ms",
    "s",
    "second",
    "seconds",
    "millisecond",
    "milliseconds",
    "microsecond",
    "microseconds",
    "nanosecond",
    "nanoseconds",
    "minute",
    "minutes",
    "hour",
    "hours",
    "B",
    "byte",
    "bytes",
    "kB",
    "KB",
    "KiB",
    "MB",
    "MiB",
    "GB",
    "GiB",
    "bit",
    "bits",
    "Hz",
    "kHz",
    "MHz",
    "GHz",
    "cycle",
    "cycles",
    "syscall",
    "syscalls",
    "alloc",
    "allocs",
];

/// Counted things of the metric registry, for trees that have none.
const COUNTED: &[&str] = &[
    "items",
    "effects",
    "exits",
    "cells",
    "polls",
    "wakes",
    "turns",
    "allocations",
    "clones",
    "instructions",
    "calls",
    "tokens",
    "lines",
    "bodies",
    "writes",
    "resumes",
];

/// The units that make a number a measurement.
#[derive(Debug)]
pub struct Units {
    measured: Regex,
}

/// A number that came from a keyboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naked {
    /// Line of the file, from 1.
    pub line: usize,
    /// The words, as found.
    pub text: String,
}

#[derive(serde::Deserialize)]
struct Registry {
    metric: Vec<MetricUnit>,
}

#[derive(serde::Deserialize)]
struct MetricUnit {
    unit: String,
}

impl Units {
    /// Reads the metric registry of the tree at `root`; without one, the usual units count.
    ///
    /// # Errors
    /// When the registry is there and cannot be read.
    pub fn of_tree(root: &Path) -> Result<Units> {
        let path = root.join("workloads/contract/metrics.toml");
        let mut counted: Vec<String> = COUNTED.iter().map(|unit| (*unit).to_owned()).collect();
        if path.is_file() {
            let at = || path.display().to_string();
            let text = std::fs::read_to_string(&path).with_context(at)?;
            let registry: Registry = toml::from_str(&text).with_context(at)?;
            counted.extend(registry.metric.into_iter().map(|metric| metric.unit));
        }
        Ok(Units::new(&counted))
    }

    fn new(counted: &[String]) -> Units {
        let mut words: Vec<String> = Vec::new();
        for unit in counted.iter().filter(|unit| !FIXED.contains(&unit.as_str())) {
            words.push(regex::escape(unit));
            words.push(regex::escape(&singular(unit)));
        }
        let number = r"\d(?:[\d,.\u{202f}_]*\d)?";
        let symbol = format!(r"{number}[\s\u{{a0}}\u{{202f}}]?[%‰×]");
        let unit = format!(r"{number}[\s\u{{a0}}\u{{202f}}-]?(?:{})\b", FIXED.join("|"));
        let between = r"[\s\u{a0}-](?:[a-z][a-z-]*\s)?";
        let count = format!(r"{number}{between}(?:{})\b", words.join("|"));
        let share = format!(r"{number} of (?:the )?{number}");
        let after = format!(r"\b(?:slope|factor|ratio)s?(?: of| is| =|=)? ?{number}");
        let pattern = [symbol, unit, count, share, after].join("|");
        Units { measured: Regex::new(&pattern).expect("a pattern of escaped units") }
    }

    /// The first hand-typed measurement of every line of `text`.
    #[must_use]
    pub fn naked(&self, text: &str) -> Vec<Naked> {
        self.naked_in(&Document::parse(text))
    }

    pub(crate) fn naked_in(&self, doc: &Document) -> Vec<Naked> {
        let free: Vec<usize> = doc
            .markers
            .iter()
            .filter(|marker| marker.kind == Ok(MarkerKind::Free))
            .map(|marker| doc.line(marker.range.start))
            .collect();
        let generated = doc.generated();
        let mut found: Vec<Naked> = Vec::new();
        let mut from = 0;
        while let Some(hit) = self.measured.find_at(&doc.words.text, from) {
            from = hit.start() + digits(hit.as_str());
            let source = doc.words.source(hit.start());
            let line = doc.line(source);
            let known = found.last().is_some_and(|naked| naked.line == line);
            if known || free.contains(&line) || generated.iter().any(|g| g.contains(&source)) {
                continue;
            }
            if stands_alone(&doc.words.text, hit.start(), hit.as_str()) {
                found.push(Naked { line, text: hit.as_str().replace(BREAK, "") });
            }
        }
        found
    }
}

/// How far to go on after a hit: past its first number, so that overlapping ones are seen.
fn digits(hit: &str) -> usize {
    let start = hit.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let rest = &hit[start..];
    let len = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    (start + len).max(1)
}

/// Not part of an identifier (`C047 times`), a decade (`1990s`) or a year (`RFC 9 of 2024`).
fn stands_alone(text: &str, start: usize, hit: &str) -> bool {
    let before = text[..start].chars().next_back();
    let starts_word = before.is_none_or(|c| !c.is_alphanumeric() && !"_#.,".contains(c));
    let token = text[..start].rsplit(char::is_whitespace).next().unwrap_or_default();
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let decade = hit.len() == 5 && hit.ends_with('s') && all_digits(&hit[..4]);
    let year = hit.rsplit_once(" of ").is_some_and(|(_, last)| {
        last.len() == 4 && all_digits(last) && (last.starts_with("19") || last.starts_with("20"))
    });
    starts_word && !token.contains("://") && !decade && !year
}

fn singular(unit: &str) -> String {
    match unit.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => unit.strip_suffix('s').unwrap_or(unit).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naked(text: &str) -> Vec<String> {
        Units::new(&COUNTED.iter().map(|u| (*u).to_owned()).collect::<Vec<_>>())
            .naked(text)
            .into_iter()
            .map(|naked| naked.text)
            .collect()
    }

    #[test]
    fn measurements_are_found_in_every_form() {
        for (text, hit) in [
            ("It took 42 ms to run.", "42 ms"),
            ("It took 42ms.", "42ms"),
            ("It took **42** ms.", "42 ms"),
            ("30\nitems were lost", "30 items"),
            ("1,234 polls", "1,234 polls"),
            ("one poll of 31 leaf polls", "31 leaf polls"),
            ("faster by 2.5×", "2.5×"),
            ("a 3-fold gain", "3-fold"),
            ("lost 7 of 30", "7 of 30"),
            ("a slope of 1.98 here", "slope of 1.98"),
            ("| a |\n|---|\n| 12 KiB |\n", "12 KiB"),
            ("# 5 % less", "5 %"),
            ("- 3 allocations", "3 allocations"),
            ("1 allocation", "1 allocation"),
            ("10–20 ms", "20 ms"),
            ("[9 ms](https://example.org)", "9 ms"),
        ] {
            assert_eq!(naked(text), [hit], "{text}");
        }
    }

    #[test]
    fn what_has_no_unit_or_no_words_is_no_measurement() {
        for text in [
            "RFC 3654 of 2024 and Rust 1.95.0",
            "C047 times out of mind",
            "since futures 0.3.17",
            "the 1990s were fine",
            "in `42 ms` of code",
            "```\n42 ms\n```",
            "[42 ms](evidence/C047.md#a)",
            "an example of 42 ms <!-- ev:free -->",
            "see https://example.org/42%20ms",
            "<!-- ev:begin table=claims -->\n\n| a |\n|---|\n| 4 ms |\n\n<!-- ev:end -->",
            "thirty items",
            "tokio#2526 calls",
            "chapter 3 sets the scene",
        ] {
            assert!(naked(text).is_empty(), "{text}: {:?}", naked(text));
        }
    }
}
