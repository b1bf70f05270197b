//! What a problem has to say; the rest is in `objections` and `others`.

mod objections;
mod others;
mod stories;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use xtask_judge::axes::AXES;

use super::data::{ECOSYSTEM, Filed, Gap, OWNERS, Problem};
use super::holes::{asserted, claims, stands, typed};
use super::read::PROBLEMS;
use crate::book::Book;
use crate::facts::{Facts, nearest};
use crate::finding::{Finding, Rule};
use crate::number::Units;
use crate::table::Sources;

/// Everything that is wrong with the data.
pub(crate) fn check(sources: &Sources<'_>, units: &Units, book: &Book) -> Vec<Finding> {
    let spine = &sources.facts.spine;
    let mut out = Out { findings: spine.wrong.clone(), facts: sources.facts, units };
    out.twice(&spine.problems, |problem| &problem.id);
    out.twice(&spine.goals, |goal| &goal.id);
    out.twice(&spine.bullets, |bullet| &bullet.id);
    out.twice(&spine.upstream, |item| &item.id);
    out.twice(&spine.topics, |topic| &topic.id);
    out.twice(&spine.planned, |workload| &workload.id);
    out.twice(&spine.stories, |story| &story.id);
    out.stories();
    for workload in &spine.planned {
        out.planned(workload);
    }
    for problem in &spine.problems {
        out.problem(problem);
    }
    for goal in &spine.goals {
        out.goal(goal);
    }
    for bullet in &spine.bullets {
        out.bullet(bullet, book);
    }
    for item in &spine.upstream {
        out.item(item);
    }
    for topic in &spine.topics {
        out.topic(topic, sources.root);
    }
    for dispute in &spine.disputes {
        out.dispute(dispute);
    }
    for replication in &spine.replications {
        out.replication(replication);
    }
    out.pages(book);
    out.findings
}

pub(super) struct Out<'a> {
    findings: Vec<Finding>,
    pub(super) facts: &'a Facts,
    units: &'a Units,
}

impl Out<'_> {
    pub(super) fn say<T>(
        &mut self,
        at: &Filed<T>,
        near: &str,
        rule: Rule,
        what: String,
        repair: &str,
    ) {
        let line = if near.is_empty() { at.line } else { at.line_of(near) };
        self.findings.push(Finding::new(&at.file, line, rule, what, repair));
    }

    pub(super) fn bad<T>(&mut self, at: &Filed<T>, near: &str, what: String, repair: &str) {
        self.say(at, near, Rule::BadData, what, repair);
    }

    fn twice<T>(&mut self, all: &[Filed<T>], id: fn(&T) -> &str) {
        let mut seen: BTreeMap<&str, &Filed<T>> = BTreeMap::new();
        for one in all {
            if let Some(first) = seen.insert(id(&one.it), one) {
                let what = format!("`{}` exists already in {}", id(&one.it), first.file);
                self.bad(one, "", what, "ids name one thing each; choose another");
            }
        }
    }

    /// `word` has to be one of `known`.
    pub(super) fn known<T>(&mut self, at: &Filed<T>, what: &str, word: &str, known: &[String]) {
        if !known.iter().any(|one| one == word) {
            let near = nearest(word, known.iter()).join(", ");
            let said = format!("no {what} `{word}`; near: {near}");
            self.say(at, &format!("\"{word}\""), Rule::UnknownId, said, "correct the name");
        }
    }

    fn problem(&mut self, at: &Filed<Problem>) {
        let it = &at.it;
        let file = format!("{PROBLEMS}/{}.toml", it.id);
        if at.file != file {
            let what = format!("the problem `{}` lies in {}, expected {file}", it.id, at.file);
            self.bad(at, "", what, "rename the file or the id");
        }
        if it.evidence.is_empty() && it.gap.is_empty() {
            let what = format!("`{}` has neither evidence nor a gap that names a workload", it.id);
            self.bad(at, "", what, "add `evidence = [\"C0nn supported\"]` or a `[[gap]]`");
        }
        for (list, name) in [(it.remedy.len(), "remedy"), (it.ask.len(), "ask")] {
            if list == 0 {
                self.bad(at, "", format!("`{}` has no {name}", it.id), "add one");
            }
        }
        self.names(at);
        let mut said = self.assertions(at, &it.evidence, true);
        for remedy in &it.remedy {
            said.extend(self.assertions(at, &remedy.fixes_by, true));
            said.extend(self.assertions(at, &remedy.price_by, true));
            let shown = !remedy.fixes_by.is_empty() && !remedy.price_by.is_empty();
            if !shown && remedy.gap.is_none() {
                let what =
                    format!("the remedy `{}` has no evidence for fix and price", remedy.name);
                let repair = "name claims in fixes_by and price_by, or the workload in `gap`";
                self.bad(at, &remedy.name, what, repair);
            }
            let what = format!("the remedy `{}`", remedy.name);
            let of = (what.as_str(), remedy.name.as_str(), remedy.owner.as_str());
            self.tracked(at, of, (&remedy.upstream, remedy.no_upstream.as_deref()));
        }
        for ask in &it.ask {
            let what = format!("the ask to {}", ask.team);
            let of = (what.as_str(), ask.what.as_str(), ask.team.as_str());
            self.tracked(at, of, (&ask.upstream, ask.no_upstream.as_deref()));
        }
        for recommend in &it.recommend {
            said.extend(self.assertions(at, &recommend.holds, false));
            if recommend.holds.is_empty() {
                let what = "a recommendation without a claim is a winner".to_owned();
                self.bad(at, &recommend.prefer, what, "say in `holds` which verdict it needs");
            }
        }
        let gaps = it.gap.iter().map(|gap| &gap.workload);
        for workload in it.remedy.iter().filter_map(|remedy| remedy.gap.as_ref()).chain(gaps) {
            self.workload(at, workload);
        }
        self.figures(at);
        for text in texts(it) {
            self.words(at, text, Some(&said));
        }
    }

    fn names(&mut self, at: &Filed<Problem>) {
        let it = &at.it;
        let axes: Vec<String> = AXES.iter().map(|axis| axis.id.to_owned()).collect();
        for axis in &it.axes {
            self.known(at, "axis", axis, &axes);
        }
        for bullet in &it.seed {
            self.known(at, "bullet of rfc/seed.toml", bullet, &self.bullets());
        }
        let asked = it.ask.iter().map(|ask| &ask.team);
        for owner in it.remedy.iter().map(|remedy| &remedy.owner).chain(asked) {
            self.known(at, "owner", owner, &OWNERS.map(str::to_owned));
        }
        let items: Vec<String> =
            self.facts.spine.upstream.iter().map(|item| item.it.id.clone()).collect();
        let asked = it.ask.iter().flat_map(|ask| &ask.upstream);
        for id in it.remedy.iter().flat_map(|remedy| &remedy.upstream).chain(asked) {
            self.known(at, "item of rfc/upstream.toml", id, &items);
        }
    }

    /// A gap names a workload that is built or planned.
    fn workload<T>(&mut self, at: &Filed<T>, id: &str) {
        let spine = &self.facts.spine;
        let planned = spine.planned.iter().map(|workload| &workload.it.id);
        let known: Vec<String> = spine.built.iter().chain(planned).cloned().collect();
        self.known(at, "workload in the suite or in rfc/planned.toml", id, &known);
    }

    fn bullets(&self) -> Vec<String> {
        self.facts.spine.bullets.iter().map(|bullet| bullet.it.id.clone()).collect()
    }

    /// Claims that are named with a verdict; with `bind`, the verdict has to be today's.
    fn assertions<T>(&mut self, at: &Filed<T>, list: &[String], bind: bool) -> Vec<String> {
        let mut ids = Vec::new();
        for words in list {
            match asserted(words, self.facts) {
                Err(what) => {
                    let repair = "cargo xtask list claims";
                    self.say(at, words, Rule::UnknownId, what, repair);
                }
                Ok(said) => {
                    if bind && !stands(&said, self.facts) {
                        let today = self.facts.claims.get(&said.claim).map(|c| c.verdict.as_str());
                        let today = today.unwrap_or_default();
                        let what = format!("written for `{words}`, the verdict is {today}");
                        let repair = "rewrite what was written for it, then the verdict";
                        self.say(at, words, Rule::AssertionContradicted, what, repair);
                    }
                    let claim = self.facts.claims.get(&said.claim);
                    if let Some(claim) = claim.filter(|claim| !claim.stands()) {
                        let (what, repair) = claim.succeeded();
                        self.say(at, words, Rule::Superseded, what, &repair);
                    }
                    ids.push(said.claim);
                }
            }
        }
        ids
    }

    /// What a Rust team would own names where it is tracked, or the day on which nothing that
    /// tracks it was found.
    fn tracked(
        &mut self,
        at: &Filed<Problem>,
        (what, near, owner): (&str, &str, &str),
        (upstream, none): (&[String], Option<&str>),
    ) {
        match (upstream.is_empty(), none) {
            (true, None) if owner != ECOSYSTEM => {
                let what = format!("{what} names no issue or goal of {owner}");
                let repair = "name items of rfc/upstream.toml in `upstream`, or in `no_upstream` \
                              the day on which none was found";
                self.bad(at, near, what, repair);
            }
            (false, Some(_)) => {
                let what = format!("{what} names upstream and says that there is none");
                self.bad(at, near, what, "remove `no_upstream`");
            }
            (true, Some(_)) => self.dated(at, near, &format!("no upstream of {what}"), none),
            _ => {}
        }
    }

    fn figures(&mut self, at: &Filed<Problem>) {
        for figure in &at.it.external {
            let near = figure.text.lines().next().unwrap_or_default();
            self.dated(at, near, "the external figure", figure.date.as_deref());
        }
    }

    pub(super) fn dated<T>(&mut self, at: &Filed<T>, near: &str, what: &str, date: Option<&str>) {
        static DATE: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"^\d{4}(-\d{2}){0,2}$").expect("a constant pattern"));
        if !date.is_some_and(|date| DATE.is_match(date)) {
            let shown = date.map_or("no date".to_owned(), |date| format!("the date `{date}`"));
            let what = format!("{what} has {shown}, expected YYYY, YYYY-MM or YYYY-MM-DD");
            self.bad(at, near, what, "say when it was published or looked at");
        }
    }

    /// Holes that nothing asserts, and measurements that were typed.
    fn words<T>(&mut self, at: &Filed<T>, text: &str, said: Option<&[String]>) {
        let near = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        for claim in claims(text) {
            if said.is_some_and(|said| !said.contains(&claim)) {
                let what = format!("{claim} is quoted and nothing asserts its verdict");
                let repair = format!("add `{claim} supported` to `evidence`, if that is so");
                self.say(at, near, Rule::AssertionMissing, what, &repair);
            }
        }
        for naked in self.units.naked(&typed(text)) {
            let what = format!("`{}` looks like a measurement that no claim carries", naked.text);
            let repair = "quote it as {C0nn#value}, or make it an [[external]] with its date";
            self.say(at, near, Rule::NakedMeasurement, what, repair);
        }
    }
}

/// Every sentence of a problem that a person typed, figures of others left out.
fn texts(it: &Problem) -> Vec<&str> {
    let mut texts = vec![&it.answer, &it.users, &it.cause, &it.shows];
    texts.extend(it.gap.iter().map(|gap: &Gap| &gap.question));
    for remedy in &it.remedy {
        texts.extend([&remedy.fixes, &remedy.price]);
        texts.extend(remedy.needs.iter().chain(&remedy.blocks));
    }
    texts.extend(it.recommend.iter().flat_map(|one| [&one.when, &one.prefer]));
    texts.extend(it.ask.iter().map(|ask| &ask.what));
    texts.into_iter().map(String::as_str).collect()
}
