//! What an objection and a replication have to say.

use super::super::data::Filed;
use super::super::objection::{Dispute, PARTS, Replication};
use super::Out;
use crate::finding::Rule;
use crate::marker::VERDICTS;

impl Out<'_> {
    pub(super) fn dispute(&mut self, at: &Filed<Dispute>) {
        let it = &at.it;
        self.claim(at, &it.claim);
        self.known(at, "part of a claim", &it.part, &PARTS.map(str::to_owned));
        self.dated(at, "", "the dispute", it.opened.as_deref());
        self.public(at, &it.url);
        if it.closed.is_some() {
            self.dated(at, "closed", "the end of the dispute", it.closed.as_deref());
        }
        if it.closed.is_some() != it.outcome.is_some() {
            let what = "a dispute that is closed says what came of it, and an open one does not";
            self.bad(at, "", what.to_owned(), "give both `closed` and `outcome`, or neither");
        }
    }

    pub(super) fn replication(&mut self, at: &Filed<Replication>) {
        let it = &at.it;
        self.claim(at, &it.claim);
        self.known(at, "verdict", &it.verdict, &VERDICTS.map(str::to_owned));
        self.dated(at, "", "the replication", it.date.as_deref());
        self.public(at, &it.url);
    }

    fn claim<T>(&mut self, at: &Filed<T>, id: &str) {
        let known: Vec<String> = self.facts.claims.keys().cloned().collect();
        self.known(at, "claim", id, &known);
    }

    fn public<T>(&mut self, at: &Filed<T>, url: &str) {
        if !url.starts_with("https://") {
            let what = format!("`{url}` is no public address, expected https://…");
            self.say(at, url, Rule::BadData, what, "link the discussion or the repository");
        }
    }
}
