//! Curated findings: `rfc/findings.toml`, sentences with holes that verdicts fill.
//!
//! A hole is `{C017#lost-sim}`: the value of that anchor. A finding names the verdicts that it
//! is written for; when one of them flips, the sentence is wrong and nothing fills it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::parse::line_of;
use crate::verdicts::Verdicts;

/// Where the findings stand, from the root of the tree.
pub const FILE: &str = "rfc/findings.toml";

/// One sentence for a reader who has two minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Line of the file on which it begins.
    pub line: usize,
    /// The sentence, with holes.
    pub text: String,
    /// Claims that carry it, with the verdicts for which it was written.
    pub claims: BTreeMap<String, String>,
    /// Whether it speaks against what the authors favour.
    pub surprise: bool,
}

/// Why a finding cannot stand, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Line of [`FILE`].
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What repairs it.
    pub repair: String,
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{FILE}:{}: {}; {}", self.line, self.what, self.repair)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    finding: Vec<toml::Spanned<Entry>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    text: String,
    claims: BTreeMap<String, String>,
    #[serde(default)]
    surprise: bool,
}

/// Reads the file; an absent one has no findings.
///
/// # Errors
/// When it is malformed, with file and line, or a finding names no claim.
pub fn read(root: &Path) -> Result<Vec<Finding>> {
    let Ok(text) = fs::read_to_string(root.join(FILE)) else { return Ok(Vec::new()) };
    let file: File = toml::from_str(&text).with_context(|| format!("{FILE}: not findings"))?;
    ensure!(file.format == 1, "{FILE}: format {}, this tool reads 1", file.format);
    let mut findings = Vec::new();
    for entry in file.finding {
        let line = line_of(&text, entry.span().start);
        let Entry { text, claims, surprise } = entry.into_inner();
        ensure!(
            !claims.is_empty(),
            "{FILE}:{line}: a finding without claims; name what carries it"
        );
        findings.push(Finding { line, text: text.trim().to_owned(), claims, surprise });
    }
    Ok(findings)
}

/// What is known of claims when holes are filled.
pub struct Known<'a> {
    /// The verdict of a claim in its word.
    pub verdict: &'a dyn Fn(&str) -> Option<String>,
    /// The value of an anchor of a claim, where it was measured.
    pub value: &'a dyn Fn(&str, &str) -> Option<String>,
    /// All anchors of a claim.
    pub keys: &'a dyn Fn(&str) -> Option<Vec<String>>,
}

impl std::fmt::Debug for Known<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Known")
    }
}

impl Finding {
    /// The sentence with its holes filled; `show` writes a value of an anchor of a claim.
    ///
    /// # Errors
    /// When a verdict is not the one that the sentence was written for, or a hole has no value.
    pub fn filled(
        &self,
        known: &Known<'_>,
        show: impl Fn(&str, &str, &str) -> String,
    ) -> Result<String, Wrong> {
        self.stands(known)?;
        let mut out = String::new();
        let mut rest = self.text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let hole = after.split_once('}');
            let hole = hole.and_then(|(hole, tail)| Some((hole.split_once('#')?, tail)));
            let Some(((id, key), tail)) = hole else {
                let what = "a hole that is not of the form {C017#lost-sim}".to_owned();
                let repair = "write claim, # and anchor between braces".to_owned();
                return Err(Wrong { line: self.line, what, repair });
            };
            let value = (known.value)(id, key).filter(|_| self.claims.contains_key(id));
            let Some(value) = value else { return Err(self.empty(known, id, key)) };
            out.push_str(before);
            out.push_str(&show(id, key, &value));
            rest = tail;
        }
        out.push_str(rest);
        Ok(out)
    }

    /// Whether its claims came to what it was written for.
    fn stands(&self, known: &Known<'_>) -> Result<(), Wrong> {
        let wrong = |what: String, repair: String| Wrong { line: self.line, what, repair };
        for (id, said) in &self.claims {
            let Some(verdict) = (known.verdict)(id) else {
                let what = format!("no claim {id} was judged");
                return Err(wrong(what, "name one of `cargo xtask list claims`".to_owned()));
            };
            if verdict != *said {
                let what = format!("written for {id} = {said}, the verdict is {verdict}");
                let repair =
                    format!("rewrite the sentence and its verdict; why: rfc/evidence/{id}.md");
                return Err(wrong(what, repair));
            }
        }
        Ok(())
    }

    /// Why a hole has no value.
    fn empty(&self, known: &Known<'_>, id: &str, key: &str) -> Wrong {
        let keys = (known.keys)(id);
        let what = match (&keys, self.claims.contains_key(id)) {
            (Some(_), false) => {
                format!("{{{id}#{key}}} is a value of {id}, which `claims` does not name")
            }
            _ => format!("{{{id}#{key}}} has no value"),
        };
        let repair = keys.map_or_else(
            || "name one of `cargo xtask list claims`".to_owned(),
            |keys| {
                let keys = keys.join(", ");
                format!("{id} has: {keys}; `cargo xtask bench --claim {id}` measures it")
            },
        );
        Wrong { line: self.line, what, repair }
    }

    /// The same from a table of verdicts.
    ///
    /// # Errors
    /// Those of [`Finding::filled`].
    pub fn filled_from(
        &self,
        verdicts: &Verdicts,
        show: impl Fn(&str, &str, &str) -> String,
    ) -> Result<String, Wrong> {
        let verdict = |id: &str| Some(verdicts.claims.get(id)?.verdict.word().to_owned());
        let value =
            |id: &str, key: &str| Some(verdicts.claims.get(id)?.values.get(key)?.text.clone());
        let keys = |id: &str| Some(verdicts.claims.get(id)?.values.keys().cloned().collect());
        self.filled(&Known { verdict: &verdict, value: &value, keys: &keys }, show)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERDICTS: &str = r#"{ "format": "async-eval.verdicts/1", "records": {}, "claims": {
        "C017": { "verdict": "supported", "targets": {}, "checks": [], "check_hash": "00",
            "values": { "lost-sim": { "text": "11" } } } } }"#;

    fn finding(text: &str, said: &str) -> Finding {
        let claims = BTreeMap::from([("C017".to_owned(), said.to_owned())]);
        Finding { line: 3, text: text.to_owned(), claims, surprise: false }
    }

    fn filled(text: &str, said: &str) -> Result<String, Wrong> {
        let verdicts: Verdicts = serde_json::from_str(VERDICTS).expect("verdicts");
        finding(text, said)
            .filled_from(&verdicts, |id, key, value| format!("[{value}]({id}#{key})"))
    }

    #[test]
    fn holes_are_filled_with_what_was_measured() {
        let text = filled("It loses {C017#lost-sim} of thirty.", "supported").expect("fills");
        assert_eq!(text, "It loses [11](C017#lost-sim) of thirty.");
    }

    #[test]
    fn a_verdict_that_flipped_a_hole_without_a_value_and_a_broken_one_are_refused() {
        let flipped = filled("x", "contradicted").expect_err("flipped").to_string();
        assert!(
            flipped.starts_with(
                "rfc/findings.toml:3: written for C017 = contradicted, the verdict is supported"
            ),
            "{flipped}"
        );
        let empty = filled("{C017#gone}", "supported").expect_err("no value").to_string();
        assert!(empty.contains("{C017#gone} has no value; C017 has: lost-sim"), "{empty}");
        let other = filled("{C018#x}", "supported").expect_err("not named").to_string();
        assert!(other.contains("{C018#x} has no value; name one of"), "{other}");
        assert!(filled("{C017", "supported").is_err(), "never closed");
    }

    #[test]
    fn the_file_is_read_with_its_lines() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir(dir.path().join("rfc")).expect("a folder");
        let text = "format = 1\n\n[[finding]]\ntext = \"a\"\nclaims = { C017 = \"supported\" }\n";
        fs::write(dir.path().join(FILE), text).expect("writes");
        let all = read(dir.path()).expect("reads");
        assert_eq!((all.len(), all[0].line), (1, 3));
        fs::write(dir.path().join(FILE), "format = 1\n[[finding]]\ntext = \"a\"\nclaims = {}\n")
            .expect("writes");
        let error = read(dir.path()).expect_err("no claim").to_string();
        assert!(error.contains(":2: a finding without claims"), "{error}");
    }
}
