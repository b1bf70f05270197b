//! Blocks over all problems, goals and dated facts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::age;
use super::data::{AXIOMS, Bullet, Goal};
use super::holes::{asserted, fill, link, stands};
use super::links::{claim_link, problem_link, workload};
use super::lists;
use super::problem;
use super::source;
use super::story;
use super::topic;
use crate::book::link_between;
use crate::facts::{ClaimFacts, Facts};
use crate::marker::assertion;
use crate::table::{Place, Sources, Table, head, prose, row};

/// The blocks that `<!-- ev:begin table=… -->` can ask for.
pub(crate) const TABLES: &[(&str, Table)] = &[
    ("asks", lists::asks),
    ("carried", lists::carried),
    ("axes", source::axes),
    ("axis-values", source::axis_values),
    ("axioms", axioms),
    ("coverage", coverage),
    ("changes", lists::changes),
    ("disputes", lists::disputes),
    ("gaps", lists::gaps),
    ("goal-list", goal_list),
    ("goals", goals),
    ("neighbours", source::neighbours),
    ("openness", lists::openness),
    ("planned", lists::planned),
    ("problem", problem::page),
    ("problems", problems),
    ("source", source::source),
    ("stories", story::stories),
    ("story-count", story::count),
    ("today", lists::today),
    ("topic", topic::page),
    ("topics", lists::topics),
    ("upstream", upstream),
    ("upstream-age", age::aged),
    ("waivers", lists::waivers),
];

/// One row for each problem.
fn problems(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut text = head(&["problem", "axis", "claims", "options", "open", "asked of"]);
    for problem in &sources.facts.spine.problems {
        let it = &problem.it;
        let axes = if it.axes.is_empty() { "none".to_owned() } else { it.axes.join(", ") };
        let mut teams: Vec<&str> = it.ask.iter().map(|ask| ask.team.as_str()).collect();
        teams.sort_unstable();
        teams.dedup();
        let fields = [
            problem_link(place, &it.id, &it.title),
            axes,
            it.evidence.len().to_string(),
            it.remedy.len().to_string(),
            it.gap.len().to_string(),
            teams.join(", "),
        ];
        row(&mut text, &fields);
    }
    Ok(text)
}

/// How many verdicts of a goal are as they have to be: k of n.
fn state(goal: &Goal, facts: &Facts) -> Result<(usize, usize), String> {
    let mut reached = 0;
    for words in &goal.wants {
        reached += usize::from(stands(&asserted(words, facts)?, facts));
    }
    Ok((reached, goal.wants.len()))
}

fn goals(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut text = head(&["goal", "axioms", "today", "verdicts wanted", "not covered"]);
    for goal in &sources.facts.spine.goals {
        let (reached, all) = state(&goal.it, sources.facts)?;
        let mut wanted = Vec::new();
        for words in &goal.it.wants {
            let said = asserted(words, sources.facts)?;
            let part = said.part.map_or(String::new(), |part| format!(" `{part}`"));
            wanted.push(format!("{}{part} {}", claim_link(place, &said.claim), said.verdict));
        }
        let fields = [
            prose(&goal.it.title),
            goal.it.axioms.join(", "),
            format!("{reached} of {all}"),
            wanted.join(", "),
            goal.it.gap.len().to_string(),
        ];
        row(&mut text, &fields);
    }
    Ok(text)
}

/// A section for each goal.
fn goal_list(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut text = String::new();
    let facts = sources.facts;
    for goal in &facts.spine.goals {
        let it = &goal.it;
        let (reached, all) = state(it, facts)?;
        let _ = writeln!(text, "### {}\n\n{}\n", it.title, fill(&it.reached, facts, place.file)?);
        let (axioms, seed) = (it.axioms.join(", "), it.seed.join(", "));
        let _ = writeln!(text, "Today {reached} of {all} verdicts stand. Axioms: {axioms}.");
        let _ = writeln!(text, "What it answers: {seed}.\n");
        for words in &it.wants {
            let said = asserted(words, facts)?;
            let moves = if stands(&said, facts) { "has to hold" } else { "has to flip" };
            let chip = link(&said.claim, None, facts, place.file)?;
            let claim = &facts.claims[&said.claim];
            let (title, wanted) = (prose(&claim.title), &said.verdict);
            let what = match &said.part {
                None => format!("wanted {wanted}"),
                Some(part) => {
                    let today = claim.verdict_of(Some(part), None).unwrap_or_default();
                    format!("its part `{part}` wanted {wanted}, today {today}")
                }
            };
            let _ = writeln!(text, "- {chip} {moves}: {what}. {title}.");
        }
        for gap in &it.gap {
            let question = fill(&gap.question, facts, place.file)?;
            let _ = writeln!(
                text,
                "- Not covered: {question} {}",
                workload(&facts.spine, &gap.workload)
            );
        }
        text.push('\n');
    }
    Ok(text)
}

/// Goals and verdicts by axiom, in the order in which axioms win.
fn axioms(sources: &Sources<'_>, _: &Place<'_>) -> Result<String, String> {
    let mut text = head(&["order", "axiom", "goals", "verdicts as wanted"]);
    for (at, axiom) in AXIOMS.iter().enumerate() {
        let (mut reached, mut all, mut count) = (0, 0, 0);
        let here = |goal: &&super::data::Filed<Goal>| goal.it.axioms.iter().any(|a| a == axiom);
        for goal in sources.facts.spine.goals.iter().filter(here) {
            let (k, n) = state(&goal.it, sources.facts)?;
            (reached, all, count) = (reached + k, all + n, count + 1);
        }
        let order = (at + 1).to_string();
        row(
            &mut text,
            &[order, (*axiom).to_owned(), count.to_string(), format!("{reached} of {all}")],
        );
    }
    Ok(text)
}

/// What treats each line of what was asked.
fn coverage(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut text =
        head(&["bullet", "what it says", "problems", "goals", "claims", "open", "chapters"]);
    let wanted = |kind: &str| place.asks.get("kind").is_none_or(|asked| asked == kind);
    for bullet in sources.facts.spine.bullets.iter().filter(|bullet| wanted(&bullet.it.kind)) {
        row(&mut text, &covered(&bullet.it, sources.facts, place));
    }
    Ok(text)
}

fn covered(it: &Bullet, facts: &Facts, place: &Place<'_>) -> [String; 7] {
    let dash = |list: Vec<String>| if list.is_empty() { "–".to_owned() } else { list.join(", ") };
    let here = |words: &[String]| words.contains(&it.id);
    let spine = &facts.spine;
    let problems = || spine.problems.iter().filter(|problem| here(&problem.it.seed));
    let goals = || spine.goals.iter().filter(|g| here(&g.it.seed) || here(&g.it.axioms));
    let gaps = problems().flat_map(|problem| &problem.it.gap);
    let mut open: Vec<String> = gaps
        .chain(goals().flat_map(|goal| &goal.it.gap))
        .map(|gap| &gap.workload)
        .filter(|workload| !spine.built.contains(*workload))
        .map(|workload| format!("`{workload}`"))
        .collect();
    open.sort();
    open.dedup();
    let chapter = |name: &String| {
        format!("[{name}]({})", link_between(place.file, &format!("rfc/{name}.md")))
    };
    [
        it.id.clone(),
        prose(&it.text),
        dash(problems().map(|p| problem_link(place, &p.it.id, &p.it.id)).collect()),
        dash(goals().map(|goal| goal.it.id.clone()).collect()),
        judged(it, facts),
        dash(open),
        dash(it.chapters.iter().map(chapter).collect()),
    ]
}

/// Claims that speak of a line, by verdict: those that name it, and those on which the problems
/// and goals rest that treat it.
fn judged(it: &Bullet, facts: &Facts) -> String {
    let here = |words: &[String]| words.contains(&it.id);
    let spine = &facts.spine;
    let evidence = spine.problems.iter().filter(|problem| here(&problem.it.seed));
    let wants = spine.goals.iter().filter(|goal| here(&goal.it.seed) || here(&goal.it.axioms));
    let rest = evidence.flat_map(|one| &one.it.evidence).chain(wants.flat_map(|g| &g.it.wants));
    let rest: BTreeSet<String> = rest.filter_map(|it| Some(assertion(it).ok()?.claim)).collect();
    let speaks = |c: &&ClaimFacts| here(&c.seed) || here(&c.axioms) || rest.contains(&c.id);
    let mut by: BTreeMap<&str, usize> = BTreeMap::new();
    for claim in facts.claims.values().filter(speaks).filter(|claim| claim.stands()) {
        *by.entry(&claim.verdict).or_default() += 1;
    }
    if by.is_empty() {
        return "none".to_owned();
    }
    // What speaks for a claim comes first.
    let said = by.iter().rev().map(|(verdict, count)| format!("{count} {verdict}"));
    said.collect::<Vec<_>>().join(", ")
}

/// Dated facts, all or of one `kind=`.
fn upstream(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let mut text = head(&["what", "status", "looked at", "archive", "concerns"]);
    for item in &sources.facts.spine.upstream {
        let it = &item.it;
        if place.asks.get("kind").is_some_and(|kind| *kind != it.kind) {
            continue;
        }
        let checked = it.checked.clone().unwrap_or_default();
        let archive = it.archive.clone().unwrap_or_else(|| "–".to_owned());
        let link = format!("[{}]({})", prose(&it.title), it.url);
        row(&mut text, &[link, prose(&it.status), checked, archive, it.seed.join(", ")]);
    }
    Ok(text)
}
