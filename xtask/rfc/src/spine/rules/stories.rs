//! What a story has to say.

use std::collections::BTreeSet;

use super::Out;
use crate::finding::Rule;
use crate::spine::data::{Filed, Story};

impl Out<'_> {
    /// A story is executed, or says what it waits for, or why nothing can execute it.
    pub(super) fn stories(&mut self) {
        let facts = self.facts;
        let spine = &facts.spine;
        for at in &spine.stories {
            self.story(at, spine.told.get(&at.it.id));
        }
        let known: Vec<String> = spine.stories.iter().map(|at| at.it.id.clone()).collect();
        let Some(first) = spine.stories.first() else { return };
        for (story, workloads) in spine.told.iter().filter(|(story, _)| !known.contains(story)) {
            let who: Vec<&str> = workloads.iter().map(String::as_str).collect();
            let what = format!("`{story}`, which {} names, is no story here", who.join(" and "));
            let at = Filed { line: 1, ..first.clone() };
            self.say(
                &at,
                "",
                Rule::UnknownId,
                what,
                "correct `refs` of the workload, or add the story",
            );
        }
    }

    fn story(&mut self, at: &Filed<Story>, told: Option<&BTreeSet<String>>) {
        let it = &at.it;
        let said = usize::from(it.waits.is_some()) + usize::from(it.never.is_some());
        match (told, said) {
            (None, 1) | (Some(_), 0) => {}
            (None, 0) => {
                let what = format!("no workload names `{}`, and nothing says why", it.id);
                let repair = "name it in `refs` of a workload, or add `waits` or `never`";
                self.bad(at, "", what, repair);
            }
            (None, _) => {
                let what = format!("`{}` has `waits` and `never`", it.id);
                self.bad(at, "", what, "it waits for a workload or for none; keep one");
            }
            (Some(workloads), _) => {
                let who: Vec<&str> = workloads.iter().map(String::as_str).collect();
                let what = format!("`{}` is executed by {}", it.id, who.join(" and "));
                self.bad(at, "", what, "remove its `waits` or `never`");
            }
        }
        if let Some(workload) = &it.waits {
            self.workload(at, workload);
        }
        for text in [&it.tells].into_iter().chain(&it.never) {
            self.words(at, text, None);
        }
    }
}
