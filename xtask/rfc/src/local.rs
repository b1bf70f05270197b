//! What the newest local run says of a claim: a snippet with one's own numbers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Result, bail};
use record::Record;
use xtask_judge::listing::paths;
use xtask_judge::verdicts::Verdict;

use crate::Venue;
use crate::cite::{Cited, chip, known, short_rustc, values, zulip};
use crate::facts::ClaimFacts;
use crate::load;
use crate::repo::Links;
use crate::table::{escape, prose};

/// Where local runs lie, below the root.
const LOCAL: &str = "reports/local";
/// Runs that are looked into, the newest first.
const LOOKED_INTO: usize = 10;

/// One run: when it ended, and its records.
type Run = (String, Vec<Record>);

/// Makes the snippet.
///
/// # Errors
/// When the claim is unknown, or none of the newest local runs measured it.
pub(crate) fn cite(root: &Path, id: &str, venue: Venue) -> Result<Cited> {
    let pinned = load::written(root, id)?;
    let claim = known(&pinned, id)?;
    for (_, records) in runs(root)?.into_iter().take(LOOKED_INTO) {
        let judged = xtask_judge::eval_records(root, &records)?;
        let measured = judged.claims.get(&claim.id);
        if measured.is_some_and(|it| it.verdict != Verdict::NotMeasured) {
            let here = load::judged_here(root, &judged)?;
            let links = Links::of_tree(root)?;
            let text = quote(known(&here, id)?, claim, &records, &links);
            let markdown = match venue {
                Venue::Github => text,
                Venue::Zulip => zulip(&text, &links),
            };
            let verdict = known(&here, id)?.verdict.clone();
            let note = "numbers of this machine: the pinned records judge the text".to_owned();
            return Ok(Cited { claim: claim.id.clone(), verdict, markdown, notes: vec![note] });
        }
    }
    bail!("no local run measured {id}; cargo xtask bench --claim {}", claim.id)
}

fn quote(here: &ClaimFacts, pinned: &ClaimFacts, records: &[Record], links: &Links) -> String {
    let words = escape(&here.verdict_words());
    let mut text = format!("> **{} here: {words}**: {}\n", here.id, prose(&here.sentence));
    let plain: Vec<String> = values(here)
        .map(|(label, _, shown)| format!("{}: {}", escape(&label), escape(shown)))
        .collect();
    if !plain.is_empty() {
        let _ = writeln!(text, ">\n> {}", plain.join(" · "));
    }
    let mut parts: Vec<String> = Vec::new();
    for record in records {
        let run = &record.run;
        for part in [
            format!("local run {}", record.name()),
            run.machine.cpu.clone(),
            short_rustc(&run.toolchain.rustc),
            if run.dirty { "changed tree".to_owned() } else { String::new() },
        ] {
            if !part.is_empty() && !parts.contains(&part) {
                parts.push(part);
            }
        }
    }
    parts.push(format!("pinned: {}", chip(pinned, links)));
    parts.push(format!("reproduce: `cargo xtask bench --claim {}`", here.id));
    let _ = writeln!(text, ">\n> {}", parts.join(" · "));
    text
}

/// Completed runs, the newest first; one that was interrupted has no `run.json`.
fn runs(root: &Path) -> Result<Vec<Run>> {
    let mut runs: BTreeMap<String, Run> = BTreeMap::new();
    for outer in paths(&root.join(LOCAL))? {
        for dir in paths(&outer)? {
            let Ok(record) = Record::open(&dir) else { continue };
            let run = runs.entry(record.run.run_id.clone()).or_default();
            run.0 = run.0.clone().max(record.run.ended.clone());
            run.1.push(record);
        }
    }
    let mut runs: Vec<Run> = runs.into_values().collect();
    runs.sort_by(|(a, _), (b, _)| b.cmp(a));
    Ok(runs)
}
