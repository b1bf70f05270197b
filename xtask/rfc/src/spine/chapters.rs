//! A page for each problem: wholly generated, and a chapter like any other.

use crate::book::{Book, Chapter};
use crate::doc::Document;

use super::data::Spine;
use super::read::PROBLEMS;

/// Pages of problems that are not on disk yet, as empty blocks to fill.
pub(crate) fn missing_pages(spine: &Spine, book: &Book) -> Vec<Chapter> {
    let page = |id: &str| {
        let path = format!("{PROBLEMS}/{id}.md");
        let text = format!("<!-- ev:begin table=problem problem={id} -->\n<!-- ev:end -->\n");
        book.chapter(&path).is_none().then(|| Chapter { path, doc: Document::parse(&text) })
    };
    spine.problems.iter().filter_map(|problem| page(&problem.it.id)).collect()
}
