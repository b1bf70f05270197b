//! What a goal, a bullet, a topic and a dated fact have to say.

use std::path::Path;

use super::Out;
use crate::book::Book;
use crate::facts::ClaimFacts;
use crate::finding::{Finding, Rule};
use crate::marker::assertion;
use crate::spine::chapters::{TOPIC_PAGES, pages};
use crate::spine::data::{AXIOMS, Bullet, Filed, Goal, Planned, Topic, Upstream};
use crate::spine::read::PROBLEMS;

impl Out<'_> {
    pub(super) fn goal(&mut self, at: &Filed<Goal>) {
        let it = &at.it;
        if it.wants.is_empty() {
            let what = format!("the goal `{}` names no claim", it.id);
            self.bad(at, "", what, "add `wants = [\"C0nn contradicted\"]`");
        }
        for id in self.assertions(at, &it.wants, false) {
            if self.facts.claims.get(&id).is_some_and(|claim| claim.by_definition) {
                let what = format!("{id} follows from a definition and counts in no goal");
                self.bad(at, &id, what, "name a claim that a record can contradict");
            }
        }
        self.conjunctions(at);
        for axiom in &it.axioms {
            self.known(at, "axiom", axiom, &AXIOMS.map(str::to_owned));
        }
        for bullet in &it.seed {
            self.known(at, "bullet of rfc/seed.toml", bullet, &self.bullets());
        }
        for gap in &it.gap {
            self.workload(at, &gap.workload);
        }
        for text in [&it.reached].into_iter().chain(it.gap.iter().map(|gap| &gap.question)) {
            self.words(at, text, None);
        }
    }

    /// A claim of several checks is contradicted when one of them fails; which one the goal
    /// needs has to be said.
    fn conjunctions(&mut self, at: &Filed<Goal>) {
        for words in &at.it.wants {
            let Ok(said) = assertion(words) else { continue };
            let parts = self.facts.claims.get(&said.claim).map(ClaimFacts::parts);
            let parts = parts.unwrap_or_default();
            if said.verdict == "contradicted" && said.part.is_none() && parts.len() > 1 {
                let what = format!(
                    "{} has {} checks, and the goal does not say which has to fail",
                    said.claim,
                    parts.len()
                );
                let repair = format!("name it, as `{}/{} contradicted`", said.claim, parts[0]);
                self.bad(at, words, format!("{what}: {}", parts.join(", ")), &repair);
            }
        }
    }

    pub(super) fn bullet(&mut self, at: &Filed<Bullet>, book: &Book) {
        let (it, spine) = (&at.it, &self.facts.spine);
        let here = |words: &[String]| words.contains(&it.id);
        let covered = spine.problems.iter().any(|problem| here(&problem.it.seed))
            || spine.goals.iter().any(|goal| here(&goal.it.seed) || here(&goal.it.axioms));
        if !covered && it.chapters.is_empty() {
            let what = format!("no problem, goal or chapter treats `{}`", it.id);
            self.bad(at, "", what, "name it in `seed` of a problem or a goal, or add a chapter");
        }
        for name in &it.chapters {
            if book.chapter(&format!("rfc/{name}.md")).is_none() {
                let what = format!("`{}` names rfc/{name}.md, which is not there", it.id);
                self.say(at, name, Rule::BrokenLink, what, "correct the path");
            }
        }
    }

    pub(super) fn topic(&mut self, at: &Filed<Topic>, root: &Path) {
        let it = &at.it;
        let mut said = self.assertions(at, &it.claims, true);
        said.extend(self.assertions(at, &it.counter, true));
        for text in [&it.answer, &it.against] {
            self.words(at, text, Some(&said));
        }
        let spine = &self.facts.spine;
        let problems: Vec<String> = spine.problems.iter().map(|one| one.it.id.clone()).collect();
        for problem in &it.problems {
            self.known(at, "problem", problem, &problems);
        }
        let items: Vec<String> = spine.upstream.iter().map(|item| item.it.id.clone()).collect();
        for id in &it.upstream {
            self.known(at, "item of rfc/upstream.toml", id, &items);
        }
        for file in it.source.iter().filter(|file| !root.join(file).is_file()) {
            let what = format!("`{}` names {file}, which is not there", it.id);
            self.say(at, file, Rule::BrokenLink, what, "correct the path");
        }
    }

    pub(super) fn planned(&mut self, at: &Filed<Planned>) {
        if self.facts.spine.built.contains(&at.it.id) {
            let what = format!("`{}` is built", at.it.id);
            self.bad(at, "", what, "remove it here; its gaps are settled by a claim on it");
        }
        self.words(at, &at.it.does, None);
    }

    /// Pages of problems and topics that are gone.
    pub(super) fn pages(&mut self, book: &Book) {
        let spine = &self.facts.spine;
        let known: Vec<String> = pages(spine).map(|(path, _)| path).collect();
        for chapter in &book.chapters {
            let path = &chapter.path;
            let generated = [PROBLEMS, TOPIC_PAGES]
                .iter()
                .any(|dir| path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/')));
            if generated && !known.contains(path) && spine.wrong.is_empty() {
                let what = "no problem and no topic has this id; the folder is generated";
                let repair = "write its entry, or remove the page";
                self.findings.push(Finding::new(path, 1, Rule::BadData, what, repair));
            }
        }
    }

    pub(super) fn item(&mut self, at: &Filed<Upstream>) {
        let what = format!("`{}`", at.it.id);
        self.dated(at, "", &what, at.it.checked.as_deref());
        if at.it.archive.is_some() {
            self.dated(at, "archive", &what, at.it.archive.as_deref());
        }
        for bullet in &at.it.seed {
            self.known(at, "bullet of rfc/seed.toml", bullet, &self.bullets());
        }
    }
}
