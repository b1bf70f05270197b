//! A snippet to paste into a discussion: verdict, numbers, record and the command.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Result, bail};
use serde::Serialize;

use crate::facts::{ClaimFacts, Facts, NOT_MEASURED, nearest};
use crate::load;
use crate::repo::Links;
use crate::table::{escape, head, prose, row};

/// Shape of the snippet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Style {
    /// One link: `[C017 supported (sim)](…)`.
    Chip,
    /// The sentence with its numbers, record and command, as a quotation.
    #[default]
    Quote,
    /// Bound and measured value of every check.
    Table,
}

/// A citation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cited {
    /// The claim.
    pub claim: String,
    /// Its verdict, all targets folded.
    pub verdict: String,
    /// The snippet, in Markdown.
    pub markdown: String,
}

/// Makes the snippet for a claim.
///
/// # Errors
/// When the claim is unknown, or a claim, a pin or a record cannot be read.
pub fn cite(root: &Path, claim: &str, style: Style) -> Result<Cited> {
    let facts = load::written(root, claim)?;
    let links = Links::of_tree(root)?;
    let mut cited = cite_with(&facts, &links, claim, style)?;
    if links == Links::Relative {
        let hint = "links are paths: neither workspace.package.repository nor the remote \
                    `origin` says where the repository is";
        cited.markdown.insert_str(0, &format!("<!-- {hint} -->\n\n"));
    }
    if links.differs_from_commit(root, &format!("rfc/evidence/{}.md", cited.claim))? {
        // A comment is invisible where the snippet is pasted, and not where it is printed.
        let warning = "the evidence page differs from the commit that the links name";
        cited.markdown.insert_str(0, &format!("<!-- {warning}: commit it first -->\n\n"));
    }
    Ok(cited)
}

pub(crate) fn cite_with(facts: &Facts, links: &Links, id: &str, style: Style) -> Result<Cited> {
    let claim = known(facts, id)?;
    let markdown = match style {
        Style::Chip => format!("{}\n", chip(claim, links)),
        Style::Quote => quote(claim, facts, links),
        Style::Table => table(claim, facts, links),
    };
    Ok(Cited { claim: claim.id.clone(), verdict: claim.verdict.clone(), markdown })
}

/// The claim with this id, in any case.
pub(crate) fn known<'a>(facts: &'a Facts, id: &str) -> Result<&'a ClaimFacts> {
    let upper = id.to_uppercase();
    match facts.claims.get(&upper) {
        Some(claim) => Ok(claim),
        None => {
            let near = nearest(&upper, facts.claims.keys()).join(", ");
            bail!("no claim `{id}`; near: {near}; all of them: cargo xtask list claims")
        }
    }
}

fn page(claim: &ClaimFacts, links: &Links, key: Option<&str>) -> String {
    let fragment = key.map_or(String::new(), |key| format!("#{key}"));
    links.to(&format!("rfc/evidence/{}.md{fragment}", claim.id))
}

fn chip(claim: &ClaimFacts, links: &Links) -> String {
    format!("[{}]({})", escape(&claim.chip()), page(claim, links, None))
}

fn quote(claim: &ClaimFacts, facts: &Facts, links: &Links) -> String {
    let sentence = prose(&claim.sentence);
    let mut text = format!("> **{}**: {sentence}\n", chip(claim, links));
    let values: Vec<String> = claim
        .values
        .iter()
        .filter(|(_, shown)| *shown != NOT_MEASURED)
        .map(|(key, shown)| {
            let label = label(claim, key);
            format!("{}: [{}]({})", escape(&label), escape(shown), page(claim, links, Some(key)))
        })
        .collect();
    if !values.is_empty() {
        let _ = writeln!(text, ">\n> {}", values.join(" · "));
    }
    let _ = writeln!(text, ">\n> {}", provenance(claim, facts, links));
    text
}

/// `ahead poll (sim)`: the key of a value for people, with the target that its anchor ends in.
fn label(claim: &ClaimFacts, key: &str) -> String {
    let target = claim.targets.keys().find(|target| key.ends_with(&format!("-{target}")));
    let name = target.map_or(key, |target| &key[..key.len() - target.len() - 1]);
    let name = name.replace(['-', '_'], " ");
    target.map_or(name.clone(), |target| format!("{name} ({target})"))
}

fn table(claim: &ClaimFacts, facts: &Facts, links: &Links) -> String {
    let mut text = format!("**{}**: {}\n\n", chip(claim, links), prose(&claim.sentence));
    text.push_str(&head(&["check", "target", "bound", "measured", "verdict"]));
    for check in &claim.checks {
        let fields = [&check.name, &check.target, &check.bound, &check.measured, &check.verdict];
        row(&mut text, &fields.map(|field| escape(field)));
    }
    let _ = writeln!(text, "\n{}", provenance(claim, facts, links));
    text
}

/// `rustc 1.95.0 · record sim/2026-11-23-0a1b2c3d4e · reproduce: …`.
fn provenance(claim: &ClaimFacts, facts: &Facts, links: &Links) -> String {
    let mut parts: Vec<String> = Vec::new();
    if claim.regression {
        parts.push("known before".to_owned());
    }
    for target in claim.targets.keys() {
        match facts.records.get(target) {
            Some(record) => {
                let rustc = short_rustc(&record.rustc);
                if !parts.contains(&rustc) {
                    parts.push(rustc);
                }
                parts.push(format!("record [{}]({})", record.name, links.to(&record.path)));
            }
            None => parts.push(format!("no record of {target} is pinned")),
        }
    }
    parts.push(format!("reproduce: `cargo xtask bench --claim {}`", claim.id));
    parts.join(" · ")
}

/// `rustc 1.95.0`, without commit and date.
fn short_rustc(full: &str) -> String {
    full.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::RecordFacts;

    fn facts() -> Facts {
        let claim = ClaimFacts {
            id: "C031".into(),
            sentence: "`futurelock` deadlocks.".into(),
            verdict: "supported".into(),
            targets: [("sim".into(), ("supported".into(), None))].into(),
            values: [("poll-sim".into(), "stuck".into()), ("time-sim".into(), NOT_MEASURED.into())]
                .into(),
            ..ClaimFacts::default()
        };
        let record = RecordFacts {
            name: "sim/2026-12-01-0a1b2c3d4e".into(),
            rustc: "rustc 1.95.0 (abc 2026-01-01)".into(),
            path: "reports/data/sim/2026-12-01-0a1b2c3d4e".into(),
            ..RecordFacts::default()
        };
        Facts {
            spine: crate::spine::Spine::default(),
            claims: [("C031".to_owned(), claim)].into(),
            records: [("sim".to_owned(), record)].into(),
            ..Facts::default()
        }
    }

    #[test]
    fn a_quote_holds_verdict_value_record_and_command() {
        let links = Links::Permanent { repository: "https://h/o/r".into(), commit: "0a1b".into() };
        let cited = cite_with(&facts(), &links, "c031", Style::Quote).expect("a known claim");
        assert_eq!(
            cited.markdown,
            "> **[C031 supported (sim)](https://h/o/r/blob/0a1b/rfc/evidence/C031.md)**: `futurelock` deadlocks.\n\
             >\n\
             > poll (sim): [stuck](https://h/o/r/blob/0a1b/rfc/evidence/C031.md#poll-sim)\n\
             >\n\
             > rustc 1.95.0 · record [sim/2026-12-01-0a1b2c3d4e](https://h/o/r/blob/0a1b/reports/data/sim/2026-12-01-0a1b2c3d4e) · reproduce: `cargo xtask bench --claim C031`\n"
        );
    }

    #[test]
    fn without_a_public_address_links_are_paths() {
        let cited = cite_with(&facts(), &Links::Relative, "C031", Style::Chip).expect("known");
        assert_eq!(cited.markdown, "[C031 supported (sim)](rfc/evidence/C031.md)\n");
    }

    #[test]
    fn an_unknown_claim_names_near_ones() {
        let wrong = cite_with(&facts(), &Links::Relative, "C013", Style::Chip).unwrap_err();
        assert!(wrong.to_string().contains("C031"), "{wrong}");
    }
}
