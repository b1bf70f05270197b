//! What generated blocks are made from and written with.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::book::{Citation, link_between};
use crate::facts::{ClaimFacts, Facts, nearest};

/// What every table is made from.
pub(crate) struct Sources<'a> {
    /// The repository.
    pub(crate) root: &'a Path,
    /// Verdicts and claims.
    pub(crate) facts: &'a Facts,
    /// Who cites what.
    pub(crate) cited: &'a BTreeMap<String, Vec<Citation>>,
}

/// Makes a block.
pub(crate) type Table = fn(&Sources<'_>, &Place<'_>) -> Result<String, String>;

/// Where the block stands and what it asks for.
pub(crate) struct Place<'a> {
    /// Repository-relative path of the file.
    pub(crate) file: &'a str,
    /// The `key=value` words of the marker.
    pub(crate) asks: &'a BTreeMap<String, String>,
}

impl Place<'_> {
    /// The page of a claim, or of one of its values.
    pub(crate) fn evidence(&self, claim: &str, key: Option<&str>) -> String {
        let page = link_between(self.file, &format!("rfc/evidence/{claim}.md"));
        key.map_or_else(|| page.clone(), |key| format!("{page}#{key}"))
    }

    /// A claim with its verdict, linked.
    pub(crate) fn chip(&self, claim: &ClaimFacts) -> String {
        format!("[{}]({})", escape(&claim.chip()), self.evidence(&claim.id, None))
    }

    /// A claim, linked.
    pub(crate) fn id(&self, claim: &ClaimFacts) -> String {
        format!("[{}]({})", claim.id, self.evidence(&claim.id, None))
    }

    /// The claims that the marker lists, or all.
    pub(crate) fn claims<'f>(&self, facts: &'f Facts) -> Result<Vec<&'f ClaimFacts>, String> {
        let Some(list) = self.asks.get("claims") else {
            return Ok(facts.claims.values().collect());
        };
        list.split(',')
            .map(|id| {
                facts.claims.get(id).ok_or_else(|| {
                    let near = nearest(id, facts.claims.keys());
                    format!("no claim `{id}`; near: {}", near.join(", "))
                })
            })
            .collect()
    }
}

/// Two header lines of a table.
pub(crate) fn head(names: &[&str]) -> String {
    let rule = vec!["---"; names.len()].join("|");
    format!("| {} |\n|{rule}|\n", names.join(" | "))
}

/// One row; the fields are Markdown already.
pub(crate) fn row(text: &mut String, fields: &[String]) {
    let _ = writeln!(text, "| {} |", fields.join(" | "));
}

/// What a claim file says in Markdown, on one line.
pub(crate) fn prose(words: &str) -> String {
    let line: Vec<&str> = words.split_whitespace().collect();
    line.join(" ").replace('|', "\\|")
}

/// Words as Markdown that shows exactly them, also in a table.
pub(crate) fn escape(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' => text.extend(['\\', c]),
            '\n' => text.push(' '),
            c => text.push(c),
        }
    }
    text
}
