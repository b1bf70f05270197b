//! Blocks that gather from all problems and claims: asks, advice for today, open questions,
//! what was known before, what changed.

use std::fmt::Write as _;

use super::chapters::TOPIC_PAGES;
use super::data::{Level, OWNERS, Remedy};
use super::holes::{asserted, fill};
use super::links::{claim_link, problem_link, workload};
use super::objection::Dispute;
use crate::book::link_between;
use crate::facts::PastFacts;
use crate::table::{Place, Sources, head, prose, row};

/// What is asked, by team.
pub(crate) fn asks(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut text = String::new();
    let spine = &sources.facts.spine;
    for team in OWNERS {
        let _ = writeln!(text, "**{team}**\n");
        for problem in &spine.problems {
            for ask in problem.it.ask.iter().filter(|ask| ask.team == team) {
                let what = fill(&ask.what, sources.facts, place.file)?;
                let on = problem_link(place, &problem.it.id, &problem.it.title);
                let _ = write!(text, "- {what} On: {on}");
                let known = |id: &String| spine.upstream.iter().find(|item| item.it.id == *id);
                for item in ask.upstream.iter().filter_map(known) {
                    let _ = write!(text, "; upstream: [{}]({})", item.it.title, item.it.url);
                }
                if let Some(day) = &ask.no_upstream {
                    let _ = write!(text, "; upstream: none found ({day})");
                }
                text.push_str(".\n");
            }
        }
        text.push('\n');
    }
    Ok(text)
}

/// Which asks and which options each project goal would carry.
pub(crate) fn carried(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut text = head(&["goal", "what is asked of it", "options that it would carry"]);
    let spine = &sources.facts.spine;
    for item in spine.upstream.iter().filter(|item| item.it.kind == "goal") {
        let here = |list: &[String]| list.contains(&item.it.id);
        let (mut asks, mut options) = (Vec::new(), Vec::new());
        for problem in &spine.problems {
            let on = problem_link(place, &problem.it.id, &problem.it.id);
            let asked = problem.it.ask.iter().filter(|ask| here(&ask.upstream));
            asks.extend(asked.map(|ask| format!("{} on {on}", ask.team)));
            let remedies = problem.it.remedy.iter().filter(|remedy| here(&remedy.upstream));
            options.extend(remedies.map(|it| format!("{} ({on})", prose(&it.name))));
        }
        let list = |list: Vec<String>| match list.is_empty() {
            true => "–".to_owned(),
            false => list.join("; "),
        };
        let goal = format!("[{}]({})", prose(&item.it.title), item.it.url);
        row(&mut text, &[goal, list(asks), list(options)]);
    }
    Ok(text)
}

/// What a program can do today about each problem.
pub(crate) fn today(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut text = head(&["problem", "what to write today", "shown by", "price shown by"]);
    for problem in &sources.facts.spine.problems {
        let library = |remedy: &&Remedy| remedy.level == Level::Library;
        for remedy in problem.it.remedy.iter().filter(library) {
            let ids = |list: &[String]| {
                let id =
                    |words: &String| Ok(claim_link(place, &asserted(words, sources.facts)?.claim));
                list.iter().map(id).collect::<Result<Vec<_>, String>>()
            };
            let or_gap = |list: Vec<String>| match (list.is_empty(), &remedy.gap) {
                (true, Some(gap)) => format!("open: `{gap}`"),
                _ => list.join(", "),
            };
            let fields = [
                problem_link(place, &problem.it.id, &problem.it.title),
                prose(&remedy.name),
                or_gap(ids(&remedy.fixes_by)?),
                or_gap(ids(&remedy.price_by)?),
            ];
            row(&mut text, &fields);
        }
    }
    Ok(text)
}

/// Every open question with the workload that would settle it.
pub(crate) fn gaps(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut text = String::new();
    let spine = &sources.facts.spine;
    for problem in spine.problems.iter().filter(|problem| !problem.it.gap.is_empty()) {
        let _ = writeln!(text, "{}\n", problem_link(place, &problem.it.id, &problem.it.title));
        for gap in &problem.it.gap {
            let question = fill(&gap.question, sources.facts, place.file)?;
            let _ = writeln!(text, "- {question} {}", workload(spine, &gap.workload));
        }
        text.push('\n');
    }
    Ok(text)
}

/// How many claims were open before they were measured, and what became of those.
pub(crate) fn openness(sources: &Sources<'_>, _: &Place<'_>) -> Result<String, String> {
    let claims = sources.facts.claims.values();
    let counted: Vec<_> = claims.filter(|claim| claim.counts()).collect();
    let open: Vec<_> = counted.iter().filter(|claim| !claim.regression).collect();
    let with = |verdict: &str| open.iter().filter(|claim| claim.verdict == verdict).count();
    let known = counted.len() - open.len();
    Ok(format!(
        "Of {} claims that do not follow from a definition, the outcome of {known} was known or \
         had been built for before it was measured; they are regression tests.\n\
         {} were open: {} came out supported, {} contradicted, {} neither.\n",
        counted.len(),
        open.len(),
        with("supported"),
        with("contradicted"),
        open.len() - with("supported") - with("contradicted"),
    ))
}

/// Claims whose verdict was another one in an earlier record.
pub(crate) fn changes(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut text = String::new();
    for claim in sources.facts.claims.values() {
        let other = |was: &str| was != claim.verdict && was != "not measured";
        for past in claim.history.iter().filter(|past| other(&past.verdict)) {
            let (link, now) = (claim_link(place, &claim.id), &claim.verdict);
            let PastFacts { record, verdict, .. } = past;
            let _ = writeln!(text, "- {link} was {verdict} in {record} and is {now} today.");
        }
    }
    if text.is_empty() {
        text.push_str("No verdict differs from that of an earlier record that is listed.\n");
    }
    Ok(text)
}

/// The pages of topics.
pub(crate) fn topics(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut text = String::new();
    for topic in &sources.facts.spine.topics {
        let page = format!("{TOPIC_PAGES}/{}.md", topic.it.id);
        let _ = writeln!(text, "- [{}]({})", topic.it.title, link_between(place.file, &page));
    }
    Ok(text)
}

/// What the workloads that are not built would do.
pub(crate) fn planned(sources: &Sources<'_>, _: &Place<'_>) -> Result<String, String> {
    let mut text = head(&["workload", "what it would do"]);
    for workload in &sources.facts.spine.planned {
        row(&mut text, &[format!("`{}`", workload.it.id), prose(&workload.it.does)]);
    }
    Ok(text)
}

/// All objections, those that are open first.
pub(crate) fn disputes(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut all: Vec<&Dispute> =
        sources.facts.spine.disputes.iter().map(|dispute| &dispute.it).collect();
    if all.is_empty() {
        return Ok("No claim is disputed, and none was.\n".to_owned());
    }
    all.sort_by_key(|one| (one.closed.is_some(), one.closed.clone(), one.opened.clone()));
    let mut text = head(&["claim", "part", "objection", "state"]);
    for one in all {
        let what = format!("[{}]({})", prose(&one.what), one.url);
        row(&mut text, &[claim_link(place, &one.claim), one.part.clone(), what, one.state()]);
    }
    Ok(text)
}

/// Contradictions that are known and justified in writing.
pub(crate) fn waivers(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let claims = sources.facts.claims.values();
    let mut text = String::new();
    for (claim, waiver) in claims.filter_map(|claim| Some((claim, claim.waiver.as_ref()?))) {
        text.push_str(&format!("- {}: {}\n", claim_link(place, &claim.id), prose(waiver)));
    }
    match text.is_empty() {
        true => Ok("No contradiction is waived.\n".to_owned()),
        false => Ok(text),
    }
}
