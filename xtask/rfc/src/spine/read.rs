//! Reading the files; what is wrong with one is a finding with its line.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::data::{Bullet, Filed, Goal, Planned, Problem, Spine, Story, Told, Topic, Upstream};
use super::objection::{DISPUTES, Disputes, REPLICATIONS, Replications};
use crate::finding::{Finding, Rule};

pub(crate) const PROBLEMS: &str = "rfc/problems";
pub(crate) const GOALS: &str = "rfc/goals.toml";
pub(crate) const SEED: &str = "rfc/seed.toml";
pub(crate) const UPSTREAM: &str = "rfc/upstream.toml";
pub(crate) const TOPICS: &str = "rfc/topics.toml";
pub(crate) const PLANNED: &str = "rfc/planned.toml";
const STORIES: &str = "rfc/stories.toml";
const SUITE: &str = "workloads/suite";
/// What a reference of a workload to a story begins with.
const REFERENCE: &str = "wg-async: ";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Goals {
    goal: Vec<Goal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bullets {
    bullet: Vec<Bullet>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Items {
    item: Vec<Upstream>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Topics {
    topic: Vec<Topic>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Workloads {
    workload: Vec<Planned>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stories {
    story: Vec<Story>,
}

/// Reads what is there; a tree without these files has an empty spine.
///
/// # Errors
/// When a folder or a file cannot be opened.
pub(crate) fn read(root: &Path) -> Result<Spine> {
    let suite = names(&root.join(SUITE), "toml")?;
    let mut spine = Spine { built: built(&suite), told: told(root, &suite)?, ..Spine::default() };
    for name in names(&root.join(PROBLEMS), "toml")? {
        let file = format!("{PROBLEMS}/{name}");
        if let Some((problem, text)) = one::<Problem>(root, &file, &mut spine.wrong)? {
            let line = id_line(&text, &problem.id);
            spine.problems.push(Filed { it: problem, file, line, text });
        }
    }
    spine.problems.sort_by_key(|problem| (problem.it.order, problem.it.id.clone()));
    if let Some((goals, text)) = one::<Goals>(root, GOALS, &mut spine.wrong)? {
        spine.goals = filed(goals.goal, GOALS, &text, |goal| &goal.id);
    }
    if let Some((bullets, text)) = one::<Bullets>(root, SEED, &mut spine.wrong)? {
        spine.bullets = filed(bullets.bullet, SEED, &text, |bullet| &bullet.id);
    }
    if let Some((items, text)) = one::<Items>(root, UPSTREAM, &mut spine.wrong)? {
        spine.upstream = filed(items.item, UPSTREAM, &text, |item| &item.id);
    }
    if let Some((topics, text)) = one::<Topics>(root, TOPICS, &mut spine.wrong)? {
        spine.topics = filed(topics.topic, TOPICS, &text, |topic| &topic.id);
    }
    if let Some((planned, text)) = one::<Workloads>(root, PLANNED, &mut spine.wrong)? {
        spine.planned = filed(planned.workload, PLANNED, &text, |workload| &workload.id);
    }
    if let Some((stories, text)) = one::<Stories>(root, STORIES, &mut spine.wrong)? {
        spine.stories = filed(stories.story, STORIES, &text, |story| &story.id);
    }
    if let Some((disputes, text)) = one::<Disputes>(root, DISPUTES, &mut spine.wrong)? {
        spine.disputes = listed(disputes.dispute, DISPUTES, &text, "[[dispute]]");
    }
    if let Some((list, text)) = one::<Replications>(root, REPLICATIONS, &mut spine.wrong)? {
        spine.replications = listed(list.replication, REPLICATIONS, &text, "[[replication]]");
    }
    Ok(spine)
}

/// Entries without ids: each has the line of its own head.
fn listed<T>(items: Vec<T>, file: &str, text: &Arc<str>, head: &str) -> Vec<Filed<T>> {
    let lines = text.lines().enumerate().filter(|(_, line)| line.trim() == head);
    let filed =
        |(it, (at, _))| Filed { it, file: file.to_owned(), line: at + 1, text: Arc::clone(text) };
    items.into_iter().zip(lines).map(filed).collect()
}

#[cfg(test)]
pub(crate) fn upstream_of(text: &str) -> Vec<Filed<Upstream>> {
    let items: Items = toml::from_str(text).expect("right");
    filed(items.item, UPSTREAM, &text.into(), |item| &item.id)
}

fn filed<T>(items: Vec<T>, file: &str, text: &Arc<str>, id: fn(&T) -> &str) -> Vec<Filed<T>> {
    let file_of = |it: T| {
        let line = id_line(text, id(&it));
        Filed { it, file: file.to_owned(), line, text: Arc::clone(text) }
    };
    items.into_iter().map(file_of).collect()
}

fn one<T: DeserializeOwned>(
    root: &Path,
    file: &str,
    wrong: &mut Vec<Finding>,
) -> Result<Option<(T, Arc<str>)>> {
    let path = root.join(file);
    if !path.is_file() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).with_context(|| file.to_owned())?;
    match toml::from_str(&text) {
        Ok(value) => Ok(Some((value, text.into()))),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            let line = text[..at].matches('\n').count() + 1;
            let what = error.message().replace('\n', "; ");
            let repair = "correct the field; xtask/rfc/src/spine/data.rs has every one";
            wrong.push(Finding::new(file, line, Rule::BadData, what, repair));
            Ok(None)
        }
    }
}

/// The line that says `id = "…"`.
fn id_line(text: &str, id: &str) -> usize {
    let wanted = format!("\"{id}\"");
    let said = |line: &str| line.trim_start().starts_with("id") && line.contains(&wanted);
    text.lines().position(said).map_or(1, |at| at + 1)
}

/// Names of files with an extension, sorted; none where the folder is not there.
fn names(dir: &Path, extension: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    if dir.is_dir() {
        for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
            let path = entry?.path();
            if path.extension().is_some_and(|found| found == extension) {
                let name = path.file_name().unwrap_or_default();
                names.push(name.to_string_lossy().into_owned());
            }
        }
    }
    names.sort();
    Ok(names)
}

/// Workloads of the suite, by the files that describe them.
fn built(suite: &[String]) -> std::collections::BTreeSet<String> {
    suite.iter().map(|name| name.trim_end_matches(".toml").replace('_', "-")).collect()
}

/// Reads the references of the suite.
fn told(root: &Path, files: &[String]) -> Result<Told> {
    let mut told = Told::new();
    for name in files {
        let path = root.join(SUITE).join(name);
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let workload: toml::Table =
            toml::from_str(&text).with_context(|| path.display().to_string())?;
        let id = name.trim_end_matches(".toml").replace('_', "-");
        let refs = workload.get("refs").and_then(toml::Value::as_array).into_iter().flatten();
        for story in refs.filter_map(|it| it.as_str()?.strip_prefix(REFERENCE)) {
            told.entry(story.to_owned()).or_default().insert(id.clone());
        }
    }
    Ok(told)
}
