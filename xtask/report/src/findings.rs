//! The README's block: how many claims stand where, and five findings with their evidence.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use xtask_judge::claim::Claim;
use xtask_judge::verdicts::{ClaimVerdict, VERDICTS_FORMAT, Verdict, Verdicts};

/// Name of the block.
pub(crate) const BLOCK: &str = "findings";
/// Findings that the README shows.
const SHOWN: usize = 5;

/// The block's content, for a file at the root of the tree.
///
/// # Errors
/// When the verdicts or a claim cannot be read.
pub(crate) fn block(root: &Path) -> Result<String> {
    let Some(verdicts) = verdicts(root)? else {
        return Ok("No claim has been judged yet: `cargo xtask rfc eval` does it.\n".to_owned());
    };
    let claims = claims(root)?;
    let mut out = tally(&verdicts);
    for (claim, verdict) in choose(&claims, &verdicts) {
        let marks: Vec<&str> = verdict.marks.iter().map(|mark| mark.word()).collect();
        let marks =
            if marks.is_empty() { String::new() } else { format!(", {}", marks.join(", ")) };
        let _ = writeln!(
            out,
            "- [{} {}](rfc/evidence/{}.md){marks}{}: {}",
            claim.id,
            verdict.verdict,
            claim.id,
            if claim.regression { " (known before)" } else { "" },
            claim.sentence.trim(),
        );
    }
    Ok(out)
}

fn verdicts(root: &Path) -> Result<Option<Verdicts>> {
    let path = root.join("rfc/verdicts.json");
    let Ok(text) = fs::read_to_string(&path) else { return Ok(None) };
    let verdicts: Verdicts = serde_json::from_str(&text).with_context(|| {
        format!("{}: not a table of verdicts; run `cargo xtask rfc eval`", path.display())
    })?;
    ensure!(
        verdicts.format == VERDICTS_FORMAT,
        "{}: format `{}`, this tool reads `{VERDICTS_FORMAT}`; run `cargo xtask rfc eval`",
        path.display(),
        verdicts.format
    );
    Ok(Some(verdicts))
}

fn claims(root: &Path) -> Result<BTreeMap<String, Claim>> {
    let mut claims = BTreeMap::new();
    let Ok(entries) = fs::read_dir(root.join("rfc/claims")) else { return Ok(claims) };
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|ext| ext == "toml") {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let claim: Claim = toml::from_str(&text)
                .with_context(|| format!("{}: not a claim", path.display()))?;
            claims.insert(claim.id.clone(), claim);
        }
    }
    Ok(claims)
}

fn tally(verdicts: &Verdicts) -> String {
    let count =
        |wanted: Verdict| verdicts.claims.values().filter(|claim| claim.verdict == wanted).count();
    let parts: Vec<String> =
        [Verdict::Supported, Verdict::Contradicted, Verdict::Inconclusive, Verdict::NotMeasured]
            .map(|verdict| format!("{} {verdict}", count(verdict)))
            .into();
    format!("Of {} claims: {}.\n\n", verdicts.claims.len(), parts.join(", "))
}

/// Decided claims, one chapter after the other, so that no chapter fills the list. What was
/// not known before comes first; regression tests of the status quo fill what is left. What is
/// true by definition, or about ourselves, is no finding.
fn choose<'a>(
    claims: &'a BTreeMap<String, Claim>,
    verdicts: &'a Verdicts,
) -> Vec<(&'a Claim, &'a ClaimVerdict)> {
    let mut chosen = Vec::new();
    for regression in [false, true] {
        let mut chapters: BTreeMap<&str, VecDeque<(&Claim, &ClaimVerdict)>> = BTreeMap::new();
        for (id, claim) in claims {
            let Some(verdict) = verdicts.claims.get(id) else { continue };
            let decided = matches!(verdict.verdict, Verdict::Supported | Verdict::Contradicted);
            let ours = claim.chapter == "method";
            if decided && !ours && !claim.by_definition && claim.regression == regression {
                chapters.entry(&claim.chapter).or_default().push_back((claim, verdict));
            }
        }
        while chosen.len() < SHOWN && chapters.values().any(|queue| !queue.is_empty()) {
            let round: Vec<_> = chapters.values_mut().filter_map(VecDeque::pop_front).collect();
            chosen.extend(round.into_iter().take(SHOWN - chosen.len()));
        }
    }
    chosen.sort_by(|a, b| a.0.id.cmp(&b.0.id));
    chosen
}
