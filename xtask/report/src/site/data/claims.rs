//! Every claim with its verdict.

use serde_json::{Value, json};
use xtask_judge::claim::Claim;

use crate::page::Source;

/// All claims in order of id.
pub(super) fn claims(source: Source<'_>) -> Value {
    source.claims.claims.values().map(|claim| one(source, claim)).collect()
}

fn one(source: Source<'_>, claim: &Claim) -> Value {
    let judged = source.claims.verdict(&claim.id);
    let targets: Vec<Value> = judged
        .into_iter()
        .flat_map(|judged| &judged.targets)
        .map(|(target, on)| json!([target, on.verdict]))
        .collect();
    let marks: Vec<&str> =
        judged.into_iter().flat_map(|judged| &judged.marks).map(|mark| mark.word()).collect();
    json!({
        "id": claim.id,
        "title": claim.title,
        "sentence": claim.sentence,
        "about": claim.about,
        "class": claim.class,
        "stance": claim.stance,
        "verdict": judged.map_or(json!("not judged"), |judged| json!(judged.verdict)),
        "targets": targets,
        "marks": marks,
        "old": claim.superseded_by.is_some(),
    })
}
