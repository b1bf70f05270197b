//! The page of one topic, for a reader with two minutes in a thread.

use std::fmt::Write as _;

use super::data::Topic;
use super::holes::{asserted, fill, link};
use super::links::problem_link;
use crate::book::link_between;
use crate::table::{Place, Sources, prose};

/// The block `table=topic topic=<id>`.
pub(crate) fn page(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let id = place.asks.get("topic").ok_or("the marker names no `topic=`")?;
    let (facts, spine) = (sources.facts, &sources.facts.spine);
    let Some(topic) = spine.topics.iter().find(|topic| topic.it.id == *id) else {
        let known = spine.topics.iter().map(|topic| &topic.it.id);
        let near = crate::facts::nearest(id, known).join(", ");
        return Err(format!("no topic `{id}`; near: {near}"));
    };
    let it = &topic.it;
    let mut out = format!("# {}\n\n{}\n", it.title, fill(&it.answer, facts, place.file)?);
    let _ = writeln!(out, "\n## What speaks against it\n");
    let _ = writeln!(out, "{}", fill(&it.against, facts, place.file)?);
    claims(&mut out, sources, place, it)?;
    if !it.source.is_empty() {
        let _ = writeln!(out, "\n## Source, side by side\n");
        for file in &it.source {
            let _ = writeln!(out, "- [{file}]({})", link_between(place.file, file));
        }
    }
    let _ = writeln!(out, "\n## Problems\n");
    for problem in spine.problems.iter().filter(|problem| it.problems.contains(&problem.it.id)) {
        let _ = writeln!(out, "- {}", problem_link(place, &problem.it.id, &problem.it.title));
    }
    let known = |id: &String| spine.upstream.iter().find(|item| item.it.id == *id);
    if !it.upstream.is_empty() {
        let _ = writeln!(out, "\n## Upstream\n");
    }
    for item in it.upstream.iter().filter_map(known) {
        let checked = item.it.checked.as_deref().unwrap_or_default();
        let (title, url, status) = (&item.it.title, &item.it.url, &item.it.status);
        let _ = writeln!(out, "- [{title}]({url}), {status} ({checked})");
    }
    Ok(out)
}

fn claims(
    out: &mut String,
    sources: &Sources<'_>,
    place: &Place<'_>,
    it: &Topic,
) -> Result<(), String> {
    let facts = sources.facts;
    let lists = [("Claims", &it.claims), ("Claims to read beside them", &it.counter)];
    for (title, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        let _ = writeln!(out, "\n## {title}\n");
        for words in list {
            let id = asserted(words, facts)?.claim;
            let chip = link(&id, None, facts, place.file)?;
            let _ = writeln!(out, "- {chip}: {}", prose(&facts.claims[&id].sentence));
        }
    }
    if it.claims.is_empty() {
        let _ = writeln!(out, "\n## Claims\n\nNo claim is about this topic yet.");
    }
    if let Some(words) = it.claims.iter().chain(&it.counter).next() {
        let id = asserted(words, facts)?.claim;
        let _ = writeln!(out, "\nTo cite one: `cargo xtask rfc cite {id}`.");
    }
    Ok(())
}
