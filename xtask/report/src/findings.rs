//! The README's blocks: the overview of hazards, the curated findings, and how many claims
//! stand where.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Result, anyhow};
use xtask_judge::findings::{self, Finding};
use xtask_judge::verdicts::{Verdict, Verdicts};

use crate::claims::Claims;

/// Name of the block with the findings.
pub(crate) const BLOCK: &str = "findings";
/// Name of the block with the overview of hazards.
pub(crate) const HAZARDS: &str = "hazards";

/// The block's content, for a file at the root of the tree.
///
/// # Errors
/// When the verdicts, a claim or the findings cannot be read, or a finding is not carried by
/// its claims any more.
pub(crate) fn block(root: &Path) -> Result<String> {
    let claims = Claims::read(root)?;
    let Some(verdicts) = &claims.verdicts else {
        return Ok("No claim has been judged yet: `cargo xtask rfc eval` does it.\n".to_owned());
    };
    let mut out = String::new();
    let all = findings::read(root)?;
    for finding in all.iter().filter(|finding| !finding.surprise) {
        let _ = writeln!(out, "- {}", sentence(finding, verdicts)?);
    }
    for finding in all.iter().filter(|finding| finding.surprise) {
        let _ = writeln!(out, "\nA surprise: {}", sentence(finding, verdicts)?);
    }
    let _ = writeln!(out, "\n{}", tally(&claims, verdicts));
    Ok(out)
}

fn sentence(finding: &Finding, verdicts: &Verdicts) -> Result<String> {
    let link = |id: &str, key: &str, value: &str| format!("[{value}](rfc/evidence/{id}.md#{key})");
    let text = finding.filled_from(verdicts, link).map_err(|wrong| anyhow!("{wrong}"))?;
    let chip = |(id, said): (&String, &String)| {
        let marks = verdicts.claims.get(id).map_or(&[][..], |claim| &claim.marks);
        let marks: String = marks.iter().map(|mark| format!(", {}", mark.word())).collect();
        format!("[{id}](rfc/evidence/{id}.md) {said}{marks}")
    };
    let chips: Vec<String> = finding.claims.iter().map(chip).collect();
    Ok(format!("{text} ({})", chips.join("; ")))
}

/// How many claims there are, what became of them, and of those that were open before they
/// were measured. One that another has superseded is told of on its own page alone, as in the
/// chapters.
fn tally(claims: &Claims, verdicts: &Verdicts) -> String {
    let words =
        [Verdict::Supported, Verdict::Contradicted, Verdict::Inconclusive, Verdict::NotMeasured];
    let stands = |id: &str| claims.claims.get(id).is_none_or(|claim| claim.superseded_by.is_none());
    let parts = |wanted: &dyn Fn(&str) -> bool| {
        let count = |verdict: Verdict| {
            let mine =
                verdicts.claims.iter().filter(|(id, claim)| wanted(id) && claim.verdict == verdict);
            mine.count()
        };
        let said: Vec<String> = words
            .map(|verdict| (count(verdict), verdict))
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, verdict)| format!("{number} {verdict}"))
            .collect();
        said.join(", ")
    };
    let is_open = |id: &str| {
        let is_open = claims.claims.get(id).is_some_and(|it| !it.regression && !it.by_definition);
        is_open && stands(id)
    };
    let open = verdicts.claims.keys().filter(|id| is_open(id)).count();
    let standing = verdicts.claims.keys().filter(|id| stands(id)).count();
    let all = format!("Of {standing} claims: {}.", parts(&stands));
    let rest = "The others reproduce a known outcome, follow from a definition, or wait for a \
        record.";
    if open == 0 {
        return format!("{all}\nThe outcome of none was open when its bounds were written. {rest}");
    }
    format!(
        "{all}\nThe outcome of {open} was open when their bounds were written: {}.\n{rest}",
        parts(&is_open)
    )
}
