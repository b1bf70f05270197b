//! `{C017}` and `{C017#lost-sim}` in the words of a problem or a goal become links, as the
//! words of evidence links in prose do.

use std::sync::LazyLock;

use regex::Regex;

use crate::book::link_between;
use crate::facts::{ClaimFacts, Facts, nearest};
use crate::marker::{Assertion, assertion};
use crate::table::escape;

static HOLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\{(C\d+)(?:#([a-z0-9_-]+))?\}").expect("a constant pattern"));

/// The claims that `text` quotes.
pub(crate) fn claims(text: &str) -> Vec<String> {
    HOLE.captures_iter(text).map(|hole| hole[1].to_owned()).collect()
}

/// The text without its holes: what a person typed.
pub(crate) fn typed(text: &str) -> String {
    HOLE.replace_all(text, "`hole`").into_owned()
}

/// The text as Markdown for `file`, on one line for each sentence as it was written.
///
/// # Errors
/// A claim or a value that does not exist, with the nearest names.
pub(crate) fn fill(text: &str, facts: &Facts, file: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut from = 0;
    for hole in HOLE.captures_iter(text) {
        let whole = hole.get(0).expect("the whole match");
        out.push_str(&text[from..whole.start()]);
        from = whole.end();
        let key = hole.get(2).map(|key| key.as_str());
        out.push_str(&link(&hole[1], key, facts, file)?);
    }
    out.push_str(&text[from..]);
    Ok(out.trim().to_owned())
}

/// A link to a claim's page that shows its verdict, or one of its values.
pub(crate) fn link(
    id: &str,
    key: Option<&str>,
    facts: &Facts,
    file: &str,
) -> Result<String, String> {
    let Some(claim) = facts.claims.get(id) else { return Err(unknown(id, facts)) };
    let shown = claim.shown(key).map_err(|near| {
        let key = key.unwrap_or_default();
        format!("{id} has no value `{key}`; near: {}", near.join(", "))
    })?;
    let page = link_between(file, &format!("rfc/evidence/{id}.md"));
    let anchor = key.map_or(String::new(), |key| format!("#{key}"));
    Ok(format!("[{}]({page}{anchor})", escape(&shown)))
}

/// `C017 supported` as an assertion about a claim that exists.
///
/// # Errors
/// Words that are no assertion, or an unknown claim with the nearest ids.
pub(crate) fn asserted(words: &str, facts: &Facts) -> Result<Assertion, String> {
    let said = assertion(words)?;
    let Some(claim) = facts.claims.get(&said.claim) else {
        return Err(unknown(&said.claim, facts));
    };
    match &said.part {
        Some(part) if claim.verdict_of(Some(part), None).is_none() => {
            let near = nearest(part, claim.parts().iter()).join(", ");
            Err(format!("{} has no check `{part}`; near: {near}", said.claim))
        }
        _ => Ok(said),
    }
}

/// Whether the records say today what was asserted.
pub(crate) fn stands(said: &Assertion, facts: &Facts) -> bool {
    let claim = facts.claims.get(&said.claim);
    let verdict = |claim: &ClaimFacts| {
        let (part, target) = (said.part.as_deref(), said.target.as_deref());
        claim.verdict_of(part, target).map(str::to_owned)
    };
    claim.and_then(verdict).as_deref() == Some(&said.verdict)
}

fn unknown(id: &str, facts: &Facts) -> String {
    let near = nearest(id, facts.claims.keys()).join(", ");
    format!("unknown claim {id}; near: {near}")
}
