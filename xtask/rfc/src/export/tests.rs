//! The export of the tree that this is compiled in, read by a CommonMark parser.

use std::collections::BTreeSet;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::*;
use crate::doc::Document;

/// Words on two printed pages, tables included.
const TWO_PAGES: usize = 1_100;

fn tree() -> Documents {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("a root");
    documents(root).expect("a tree that can be exported")
}

/// The text of each heading, with its level.
fn headings(text: &str) -> Vec<(HeadingLevel, String)> {
    let mut all: Vec<(HeadingLevel, String)> = Vec::new();
    let mut inside = false;
    for event in Parser::new_ext(text, crate::doc::options()) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                all.push((level, String::new()));
                inside = true;
            }
            Event::End(TagEnd::Heading(_)) => inside = false,
            Event::Text(words) | Event::Code(words) if inside => {
                all.last_mut().expect("a heading").1.push_str(&words);
            }
            _ => {}
        }
    }
    all
}

#[test]
fn the_export_renders_without_raw_html_in_the_order_of_the_template() {
    let documents = tree();
    for text in [&documents.text, documents.brief.as_ref().expect("a brief")] {
        for options in [Options::empty(), crate::doc::options()] {
            for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
                let html = matches!(event, Event::Html(_) | Event::InlineHtml(_));
                assert!(!html, "raw HTML: {}", &text[range]);
            }
        }
    }
    let sections: Vec<String> = headings(&documents.text)
        .into_iter()
        .filter_map(|(level, words)| (level == HeadingLevel::H1).then_some(words))
        .collect();
    let template: Vec<&str> = SECTIONS.iter().map(|(section, _)| *section).collect();
    assert_eq!(sections, template);
    assert!(documents.missing.is_empty(), "{:?}", documents.missing);
}

#[test]
fn tables_of_the_export_are_tables_and_its_own_links_lead_somewhere() {
    let documents = tree();
    let anchors: BTreeSet<String> = anchors::in_file(&documents.text).into_iter().collect();
    let mut wrong = Vec::new();
    let mut code = false;
    for event in Parser::new_ext(&documents.text, crate::doc::options()) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(TagEnd::CodeBlock) => code = false,
            Event::Text(words) if !code && words.starts_with("| ") => wrong.push(words.to_string()),
            Event::Start(Tag::Link { dest_url, .. }) => {
                let own = dest_url.strip_prefix('#');
                if own.is_some_and(|anchor| !anchors.contains(anchor)) {
                    wrong.push(dest_url.to_string());
                }
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_brief_has_two_pages() {
    let brief = tree().brief.expect("a brief");
    let words: usize = Parser::new_ext(&brief, crate::doc::options())
        .map(|event| match event {
            Event::Text(words) | Event::Code(words) => words.split_whitespace().count(),
            _ => 0,
        })
        .sum();
    assert!(words <= TWO_PAGES, "{words} words; at most {TWO_PAGES} fit on two pages");
}

#[test]
fn a_chapter_loses_markers_and_gains_addresses() {
    let text = "# Scaling\n\nSee [4](../evidence/C047.md#a).\n<!-- ev:says C047 supported -->\n\n## More\n";
    let chapter = Chapter { path: "rfc/status-quo/x.md".into(), doc: Document::parse(text) };
    let links = Links::Permanent { repository: "https://h/o/r".into(), commit: "0a".into() };
    assert_eq!(
        embed(&chapter, &links, &Anchors::default(), Heads::Demoted),
        "## Scaling\n\nSee [4](https://h/o/r/blob/0a/rfc/evidence/C047.md#a).\n\n### More\n"
    );
    assert!(
        embed(&chapter, &Links::Relative, &Anchors::default(), Heads::WithoutTitle)
            .starts_with("\n\nSee [4](rfc/evidence/")
    );
}
