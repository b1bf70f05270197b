//! The index of stories: which story of the Async vision document a workload executes, what the
//! claims on it came to, and why nothing executes the others.
//!
//! A workload names its stories in `refs` of its `.toml`; `rfc/stories.toml` has every story.

use std::collections::{BTreeMap, BTreeSet};

use super::links::claim_link;
use crate::facts::{ClaimFacts, Facts};
use crate::table::{Place, Sources, head, prose, row};

const VISION: &str = "https://rust-lang.github.io/wg-async/vision/submitted_stories/status_quo";

/// How many stories are executed, wait, and cannot be.
pub(crate) fn count(sources: &Sources<'_>, _: &Place<'_>) -> Result<String, String> {
    let spine = &sources.facts.spine;
    let executed = spine.stories.iter().filter(|it| spine.told.contains_key(&it.it.id)).count();
    let waiting = spine.stories.iter().filter(|it| it.it.waits.is_some()).count();
    let never = spine.stories.iter().filter(|it| it.it.never.is_some()).count();
    let all = spine.stories.len();
    Ok(format!(
        "Of {all} stories and chapters, {executed} are executed by a workload, {waiting} wait for \
         one, and {never} have nothing in them that a workload could execute.\n"
    ))
}

/// The stories that `kind=executed`, `kind=waiting` or `kind=never` asks for.
pub(crate) fn stories(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let (facts, spine) = (sources.facts, &sources.facts.spine);
    let kind = place.asks.get("kind").map_or("executed", String::as_str);
    let mut text = match kind {
        "executed" => head(&["story", "what goes wrong", "workloads", "claims"]),
        "waiting" => head(&["story", "what goes wrong", "waits for"]),
        "never" => head(&["story", "why nothing executes it"]),
        other => return Err(format!("no kind `{other}`; there are executed, waiting, never")),
    };
    for at in &spine.stories {
        let it = &at.it;
        let link = format!("[{}]({VISION}/{}.html)", prose(&it.title), it.id);
        match (kind, spine.told.get(&it.id), &it.waits, &it.never) {
            ("executed", Some(workloads), ..) => {
                let names: Vec<String> = workloads.iter().map(|id| format!("`{id}`")).collect();
                let claims = verdicts(workloads, facts, place);
                row(&mut text, &[link, prose(&it.tells), names.join(", "), claims]);
            }
            ("waiting", None, Some(workload), _) => {
                let built = spine.built.contains(workload);
                let what = if built { "a case of" } else { "" };
                let waits = format!("{what} `{workload}`").trim_start().to_owned();
                row(&mut text, &[link, prose(&it.tells), waits]);
            }
            ("never", None, None, Some(why)) => row(&mut text, &[link, prose(why)]),
            _ => {}
        }
    }
    Ok(text)
}

/// The claims that read any of these workloads, by verdict.
fn verdicts(workloads: &BTreeSet<String>, facts: &Facts, place: &Place<'_>) -> String {
    let mut by: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let reads = |claim: &&ClaimFacts| {
        claim.stands() && claim.workloads.iter().any(|id| workloads.contains(id))
    };
    for claim in facts.claims.values().filter(reads) {
        by.entry(&claim.verdict).or_default().push(claim_link(place, &claim.id));
    }
    if by.is_empty() {
        return "none yet".to_owned();
    }
    // What speaks for a claim comes first.
    let said = by.iter().rev().map(|(verdict, ids)| format!("{verdict}: {}", ids.join(", ")));
    said.collect::<Vec<_>>().join("; ")
}
