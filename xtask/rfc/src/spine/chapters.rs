//! A page for each problem and each topic: wholly generated, and a chapter like any other.

use std::collections::BTreeMap;

use crate::book::{Book, Chapter, Citation};
use crate::doc::Document;
use crate::marker::assertion;

use super::data::Spine;
use super::read::PROBLEMS;

/// Folder of the pages of topics.
pub(crate) const TOPIC_PAGES: &str = "rfc/topics";

/// Pages that are not on disk yet, as empty blocks to fill.
pub(crate) fn missing_pages(spine: &Spine, book: &Book) -> Vec<Chapter> {
    let page = |(path, table): (String, String)| {
        let text = format!("<!-- ev:begin {table} -->\n<!-- ev:end -->\n");
        book.chapter(&path).is_none().then(|| Chapter { path, doc: Document::parse(&text) })
    };
    pages(spine).filter_map(page).collect()
}

/// Path and block of every page.
pub(crate) fn pages(spine: &Spine) -> impl Iterator<Item = (String, String)> {
    let problem = |id: &str| (format!("{PROBLEMS}/{id}.md"), format!("table=problem problem={id}"));
    let topic = |id: &str| (format!("{TOPIC_PAGES}/{id}.md"), format!("table=topic topic={id}"));
    let problems = spine.problems.iter().map(move |one| problem(&one.it.id));
    problems.chain(spine.topics.iter().map(move |one| topic(&one.it.id)))
}

/// Adds what problems and topics rest on to who cites what: their pages are generated, so no
/// link of theirs is one that a person wrote.
pub(crate) fn cite(spine: &Spine, cited: &mut BTreeMap<String, Vec<Citation>>) {
    let problems = spine.problems.iter().map(|problem| {
        let it = &problem.it;
        let of_remedies = it.remedy.iter().flat_map(|one| one.fixes_by.iter().chain(&one.price_by));
        let of_advice = it.recommend.iter().flat_map(|one| &one.holds);
        let words: Vec<&String> = it.evidence.iter().chain(of_remedies).chain(of_advice).collect();
        (format!("{PROBLEMS}/{}.md", it.id), &it.title, words)
    });
    let topics = spine.topics.iter().map(|topic| {
        let words = topic.it.claims.iter().chain(&topic.it.counter).collect();
        (format!("{TOPIC_PAGES}/{}.md", topic.it.id), &topic.it.title, words)
    });
    for (file, heading, words) in problems.chain(topics) {
        let citation = Citation { file, heading: heading.clone() };
        for said in words.into_iter().filter_map(|words| assertion(words).ok()) {
            let places = cited.entry(said.claim).or_default();
            if !places.contains(&citation) {
                places.push(citation.clone());
            }
        }
    }
}
