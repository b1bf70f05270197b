//! Where a chapter begins in the joined file, as GitHub names its headings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use crate::book::{Book, Chapter};
use crate::doc::Document;

/// The anchor of every chapter that was joined.
#[derive(Debug, Default)]
pub(crate) struct Anchors {
    by_path: BTreeMap<String, String>,
}

impl Anchors {
    /// Goes through all headings in the order of the joined file, because a heading that
    /// stands there twice gets a number.
    pub(crate) fn of(book: &Book, sections: &[(&str, Vec<String>)]) -> Anchors {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut name = |heading: &str| {
            let slug = slug(heading);
            let count = seen.entry(slug.clone()).or_default();
            *count += 1;
            if *count == 1 { slug } else { format!("{slug}-{}", *count - 1) }
        };
        let mut anchors = Anchors::default();
        for (section, paths) in sections {
            let top = name(section);
            for chapter in paths.iter().filter_map(|path| book.chapter(path)) {
                let fills = takes_over(section, paths.len(), chapter);
                for heading in &chapter.doc.headings {
                    // The title of a chapter that fills its section is left out there.
                    let alone = fills && heading.level == 1;
                    let anchor = if alone { top.clone() } else { name(&heading.text) };
                    if heading.level == 1 {
                        anchors.by_path.entry(chapter.path.clone()).or_insert(anchor);
                    }
                }
            }
        }
        anchors
    }

    pub(crate) fn of_chapter(&self, path: &str) -> Option<&str> {
        self.by_path.get(path).map(String::as_str)
    }
}

/// Whether a chapter has no title of its own in its section: it is alone there, or it is
/// called as the section is.
pub(crate) fn takes_over(section: &str, chapters: usize, chapter: &Chapter) -> bool {
    let title = chapter.doc.headings.first().map(|heading| heading.text.as_str());
    chapters == 1 || title == Some(section)
}

/// The anchors of one Markdown file: its headings, and `<a id="…">` where it names them itself.
pub(crate) fn in_file(text: &str) -> BTreeSet<String> {
    static NAMED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"<a (?:id|name)="([^"]+)""#).expect("a constant pattern"));
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut anchors: BTreeSet<String> =
        NAMED.captures_iter(text).map(|named| named[1].to_owned()).collect();
    for heading in &Document::parse(text).headings {
        let slug = slug(&heading.text);
        let count = seen.entry(slug.clone()).or_default();
        anchors.insert(if *count == 0 { slug.clone() } else { format!("{slug}-{count}") });
        *count += 1;
    }
    anchors
}

/// Lower case, without punctuation, spaces as hyphens.
fn slug(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter(kept)
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_that_stands_twice_gets_a_number() {
        let chapter =
            |path: &str, text: &str| Chapter { path: path.to_owned(), doc: Document::parse(text) };
        let chapters = vec![
            chapter("rfc/a.md", "# What `poll` is, and why\n\n## Cause\n"),
            chapter("rfc/b.md", "# Cause\n"),
            chapter("rfc/c.md", "# Alone\n"),
        ];
        let book = Book { root: std::path::PathBuf::new(), chapters };
        let sections =
            [("One", vec!["rfc/a.md".into(), "rfc/b.md".into()]), ("Two", vec!["rfc/c.md".into()])];
        let anchors = Anchors::of(&book, &sections);
        assert_eq!(anchors.of_chapter("rfc/a.md"), Some("what-poll-is-and-why"));
        assert_eq!(anchors.of_chapter("rfc/b.md"), Some("cause-1"));
        assert_eq!(anchors.of_chapter("rfc/c.md"), Some("two"));
        assert_eq!(anchors.of_chapter("rfc/d.md"), None);
    }
}
