//! A snippet to paste into a discussion: verdict, numbers, record and the command.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use regex::Regex;
use serde::Serialize;

use crate::check::Staleness;
use crate::facts::{ClaimFacts, Facts, NOT_MEASURED, nearest};
use crate::level::level;
use crate::load;
use crate::repo::Links;
use crate::table::{escape, head, prose, row};

/// The overview of hazards, and the folder of its pages.
const HAZARDS: &str = "reports/hazards.md";
const FOLDER: &str = "reports/hazards/";

/// The mark of a claim whose inputs changed since its record.
const STALE: &str = "stale";

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
    /// The row of the hazard overview, every design beside the others.
    Hazard,
}

/// Where the snippet is pasted: the Markdown of the two differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Venue {
    /// Issues, pull requests and files.
    #[default]
    Github,
    /// Zulip has no backslash escapes, shows HTML as text and takes relative links for hosts.
    Zulip,
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
    /// What to know before it is pasted; no part of the snippet.
    pub notes: Vec<String>,
}

/// Makes the snippet for a claim.
///
/// # Errors
/// When the claim is unknown or has no such snippet, or a claim, a pin or a record cannot be
/// read.
pub fn cite(root: &Path, claim: &str, style: Style, venue: Venue) -> Result<Cited> {
    let facts = load::written(root, claim)?;
    let links = Links::of_tree(root)?;
    let snippet = Snippet { root, facts: &facts, links: &links, venue };
    let mut cited = snippet.cite(claim, style)?;
    if links == Links::Relative {
        let shown = if venue == Venue::Zulip { "left out" } else { "paths" };
        cited.notes.push(format!(
            "links are {shown}: neither workspace.package.repository nor the remote `origin` \
             says where the repository is"
        ));
    }
    if links.differs_from_commit(root, &format!("rfc/evidence/{}.md", cited.claim))? {
        let note = "the evidence page differs from the commit that the links name: commit it first";
        cited.notes.push(note.to_owned());
    }
    Ok(cited)
}

/// What a page shows of a claim besides its verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The snippet that [`cite`] makes.
    pub markdown: String,
    /// What singles the claim out today: the marks of its verdict, `disputed`, `stale`.
    pub marks: Vec<String>,
}

/// Every claim that is judged as it stands, by id.
///
/// # Errors
/// When a claim, the verdicts or git cannot be read.
pub fn shown(root: &Path, staleness: Option<Staleness<'_>>) -> Result<BTreeMap<String, Shown>> {
    let facts = load::current(root)?;
    let links = Links::of_tree(root)?;
    let snippet = Snippet { root, facts: &facts, links: &links, venue: Venue::default() };
    let mut all = BTreeMap::new();
    for (id, claim) in &facts.claims {
        let mut marks = claim.marks.clone();
        if let Some(stale) = staleness {
            marks.extend(stale(id)?.map(|_| STALE.to_owned()));
        }
        let markdown = snippet.cite(id, Style::default())?.markdown;
        all.insert(id.clone(), Shown { markdown, marks });
    }
    Ok(all)
}

struct Snippet<'a> {
    root: &'a Path,
    facts: &'a Facts,
    links: &'a Links,
    venue: Venue,
}

impl Snippet<'_> {
    fn cite(&self, id: &str, style: Style) -> Result<Cited> {
        let claim = known(self.facts, id)?;
        let (facts, links) = (self.facts, self.links);
        let github = match style {
            Style::Chip => format!("{}\n", chip(claim, links)),
            Style::Quote => quote(claim, facts, links),
            Style::Table => table(claim, facts, links),
            Style::Hazard => hazard(self.root, claim, facts, links)?,
        };
        let markdown = match self.venue {
            Venue::Github => github,
            Venue::Zulip => zulip(&github, links),
        };
        let (claim, verdict) = (claim.id.clone(), claim.verdict.clone());
        Ok(Cited { claim, verdict, markdown, notes: Vec::new() })
    }
}

/// The same snippet in the Markdown of Zulip.
pub(crate) fn zulip(github: &str, links: &Links) -> String {
    let mut text = plain(github);
    if *links == Links::Relative {
        let link = Regex::new(r"\[([^\]]*)\]\([^)]*\)").expect("a constant pattern");
        text = link.replace_all(&text, "$1").into_owned();
    }
    if !text.lines().all(|line| line.starts_with('>')) {
        return text;
    }
    let inner = text.lines().map(|line| line[1..].trim_start());
    format!("```quote\n{}\n```\n", inner.collect::<Vec<_>>().join("\n"))
}

/// Without backslash escapes. A bar would end a cell of a table, and a bracket a link.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('|')) => out.push('¦'),
            ('\\', Some('[')) => out.push('('),
            ('\\', Some(']')) => out.push(')'),
            ('\\', Some(next)) if next.is_ascii_punctuation() => out.push(*next),
            (c, _) => {
                out.push(c);
                continue;
            }
        }
        chars.next();
    }
    out
}

/// The rows of the hazard overview that are about the workloads of a claim, with its legend.
fn hazard(root: &Path, claim: &ClaimFacts, facts: &Facts, links: &Links) -> Result<String> {
    let page = fs::read_to_string(root.join(HAZARDS))
        .with_context(|| format!("{HAZARDS}: cannot read; cargo xtask report writes it"))?;
    let lines: Vec<&str> = page.lines().filter(|line| line.starts_with('|')).collect();
    let about = |line: &&&str| {
        claim.workloads.iter().any(|id| line.contains(&format!("](hazards/{id}.md)")))
    };
    let rows: Vec<&&str> = lines.iter().filter(about).collect();
    if rows.is_empty() {
        let of = claim.workloads.join(", ");
        bail!("{} is about {of}, which is no row of {HAZARDS}; use --style table", claim.id);
    }
    let absolute = |line: &str| match links {
        Links::Relative => line.replace("](hazards/", "](reports/hazards/"),
        Links::Permanent { .. } => line.replace("](hazards/", &format!("]({}", links.to(FOLDER))),
    };
    let mut text = String::new();
    for line in lines.iter().take(2).chain(rows) {
        let _ = writeln!(text, "{}", absolute(line));
    }
    let legend = page.lines().filter(|line| line.starts_with(['●', '○', '†']));
    let _ = writeln!(text, "\n{}", legend.collect::<Vec<_>>().join("\n"));
    let _ = writeln!(text, "\n{}: {}", chip(claim, links), prose(&claim.sentence));
    let _ = writeln!(text, "{}", provenance(claim, facts, links));
    Ok(text)
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

pub(crate) fn chip(claim: &ClaimFacts, links: &Links) -> String {
    format!("[{}]({})", escape(&claim.chip()), page(claim, links, None))
}

fn quote(claim: &ClaimFacts, facts: &Facts, links: &Links) -> String {
    let sentence = prose(&claim.sentence);
    let mut text = format!("> **{}**: {sentence}\n", chip(claim, links));
    let linked = |(label, key, shown): (String, &String, &String)| {
        format!("{}: [{}]({})", escape(&label), escape(shown), page(claim, links, Some(key)))
    };
    let values: Vec<String> = values(claim).map(linked).collect();
    if !values.is_empty() {
        let _ = writeln!(text, ">\n> {}", values.join(" · "));
    }
    let _ = writeln!(text, ">\n> {}", provenance(claim, facts, links));
    text
}

/// The values that were measured: label, key, and as text shows them.
pub(crate) fn values(claim: &ClaimFacts) -> impl Iterator<Item = (String, &String, &String)> {
    let measured = claim.values.iter().filter(|(_, shown)| *shown != NOT_MEASURED);
    measured.map(|(key, shown)| (label(claim, key), key, shown))
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
    parts.push(format!("level {}", level(claim, facts).word()));
    for target in claim.targets.keys() {
        match facts.records.get(target) {
            Some(record) => {
                let aged = record.aged.as_ref().map_or(String::new(), |aged| format!(", {aged}"));
                let rustc = format!("{}{aged}", short_rustc(&record.rustc));
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
pub(crate) fn short_rustc(full: &str) -> String {
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
            workloads: vec!["futurelock".into()],
            values: [
                ("poll-sim".into(), "stuck_now".into()),
                ("time-sim".into(), NOT_MEASURED.into()),
            ]
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

    fn cited(links: &Links, id: &str, style: Style, venue: Venue) -> Result<String> {
        let facts = facts();
        let snippet = Snippet { root: Path::new("/nowhere"), facts: &facts, links, venue };
        Ok(snippet.cite(id, style)?.markdown)
    }

    fn public() -> Links {
        Links::Permanent { repository: "https://h/o/r".into(), commit: "0a1b".into() }
    }

    #[test]
    fn a_quote_holds_verdict_value_record_and_command() {
        let quote = cited(&public(), "c031", Style::Quote, Venue::Github).expect("a known claim");
        assert_eq!(
            quote,
            "> **[C031 supported (sim)](https://h/o/r/blob/0a1b/rfc/evidence/C031.md)**: `futurelock` deadlocks.\n\
             >\n\
             > poll (sim): [stuck\\_now](https://h/o/r/blob/0a1b/rfc/evidence/C031.md#poll-sim)\n\
             >\n\
             > level measured · rustc 1.95.0 · record [sim/2026-12-01-0a1b2c3d4e](https://h/o/r/blob/0a1b/reports/data/sim/2026-12-01-0a1b2c3d4e) · reproduce: `cargo xtask bench --claim C031`\n"
        );
    }

    #[test]
    fn zulip_gets_no_escapes_no_html_and_no_links_that_lead_nowhere() {
        let quote = cited(&public(), "C031", Style::Quote, Venue::Zulip).expect("known");
        assert!(quote.starts_with("```quote\n**[C031 supported (sim)](https://h/o/r/"), "{quote}");
        assert!(quote.ends_with("`cargo xtask bench --claim C031`\n```\n"), "{quote}");
        assert!(quote.contains("[stuck_now](") && !quote.contains('\\'), "{quote}");
        let quote = cited(&Links::Relative, "C031", Style::Quote, Venue::Zulip).expect("known");
        assert!(quote.contains("poll (sim): stuck_now\n") && !quote.contains("]("), "{quote}");
        assert_eq!(plain(r"a \| b \[1, 2\] \_c\_"), "a ¦ b (1, 2) _c_");
        for style in [Style::Chip, Style::Table] {
            let text = cited(&public(), "C031", style, Venue::Zulip).expect("known");
            assert!(!text.contains('\\') && !text.contains("<!--"), "{text}");
        }
    }

    #[test]
    fn a_hazard_row_has_the_head_the_row_and_the_legend() {
        let root = tempfile::tempdir().expect("a folder");
        let page = "# Which?\n\n| hazard | `poll` |\n| --- | --- |\n\
            | [Futurelock](hazards/futurelock.md) | ● deadlock |\n\
            | [Other](hazards/other.md) | ○ |\n\n● it fires.\n";
        fs::create_dir(root.path().join("reports")).expect("made");
        fs::write(root.path().join(HAZARDS), page).expect("written");
        let facts = facts();
        let links = public();
        let venue = Venue::Github;
        let snippet = Snippet { root: root.path(), facts: &facts, links: &links, venue };
        let row = snippet.cite("C031", Style::Hazard).expect("a row").markdown;
        let expected = "| hazard | `poll` |\n| --- | --- |\n| [Futurelock]\
            (https://h/o/r/blob/0a1b/reports/hazards/futurelock.md) | ● deadlock |\n\n● it fires.\n";
        assert!(row.starts_with(expected), "{row}");
        assert!(!row.contains("Other"), "{row}");
        let mut other = facts.clone();
        other.claims.get_mut("C031").expect("there").workloads = vec!["tcp-echo".into()];
        let snippet = Snippet { facts: &other, ..snippet };
        let wrong = snippet.cite("C031", Style::Hazard).unwrap_err().to_string();
        assert!(wrong.contains("tcp-echo") && wrong.contains("--style table"), "{wrong}");
    }

    #[test]
    fn without_a_public_address_links_are_paths() {
        let chip = cited(&Links::Relative, "C031", Style::Chip, Venue::Github).expect("known");
        assert_eq!(chip, "[C031 supported (sim)](rfc/evidence/C031.md)\n");
    }

    #[test]
    fn an_unknown_claim_names_near_ones() {
        let wrong = cited(&Links::Relative, "C013", Style::Chip, Venue::Github).unwrap_err();
        assert!(wrong.to_string().contains("C031"), "{wrong}");
    }
}
