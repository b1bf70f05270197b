//! A page for each problem and each topic: wholly generated, and a chapter like any other.

use crate::book::{Book, Chapter};
use crate::doc::Document;

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
