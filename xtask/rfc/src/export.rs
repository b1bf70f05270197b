//! The chapters that go into the RFC, joined into one file in the order of its template.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Serialize;

use crate::anchors::{self, Anchors};
use crate::book::{Book, Chapter};
use crate::marker::MarkerKind;
use crate::repo::Links;

/// Where the file is written.
const TARGET: &str = "target/rfc/0000-async-rust-evaluation.md";
/// The brief for a meeting, and where it is written.
const BRIEF: [&str; 2] = ["rfc/brief.md", "target/rfc/brief.md"];

/// Sections of the RFC template and the chapters that they are made of.
const SECTIONS: &[(&str, &[&str])] = &[
    ("Summary", &["summary"]),
    (
        "Motivation",
        &[
            "motivation",
            "status-quo/works",
            "status-quo/starting",
            "status-quo/reliability",
            "status-quo/clean-up",
            "status-quo/borrowing",
            "status-quo/scaling",
            "status-quo/size-and-speed",
            "embedded-to-cloud",
        ],
    ),
    ("Guide-level explanation", &["goals", "guide", "what-should-i-use"]),
    ("Reference-level explanation", &["design-space", "designs", DESIGN_PAGES]),
    ("Drawbacks", &["drawbacks"]),
    ("Rationale and alternatives", &["problems", PROBLEM_PAGES, "alternatives", "faq"]),
    ("Prior art", &["prior-art"]),
    ("Unresolved questions", &["unresolved", "asks"]),
    ("Future possibilities", &["future", "upstream"]),
];

/// Stands for the page of every design, in the order of the design space.
const DESIGN_PAGES: &str = "designs/*";
/// Stands for the page of every problem, in their order.
const PROBLEM_PAGES: &str = "problems/*";

/// A joined document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// The file, repository-relative.
    pub path: String,
    /// Chapters that went in.
    pub chapters: Vec<String>,
    /// Chapters of the template that are not written yet.
    pub missing: Vec<String>,
    /// The brief, if there is one.
    pub brief: Option<String>,
    /// Whether links are frozen at a commit; without a public address they are paths.
    pub permanent_links: bool,
}

/// The documents as text.
struct Documents {
    text: String,
    brief: Option<String>,
    chapters: Vec<String>,
    missing: Vec<String>,
    links: Links,
}

/// Writes the single file, and the brief beside it.
///
/// # Errors
/// When a chapter cannot be read or holds raw HTML, or a file cannot be written.
pub fn export(root: &Path) -> Result<Exported> {
    let documents = documents(root)?;
    let write = |path: &str, text: &str| -> Result<()> {
        let full = root.join(path);
        fs::create_dir_all(full.parent().unwrap_or(root)).with_context(|| path.to_owned())?;
        fs::write(&full, text).with_context(|| path.to_owned())
    };
    write(TARGET, &documents.text)?;
    if let Some(brief) = &documents.brief {
        write(BRIEF[1], brief)?;
    }
    Ok(Exported {
        path: TARGET.to_owned(),
        chapters: documents.chapters,
        missing: documents.missing,
        brief: documents.brief.map(|_| BRIEF[1].to_owned()),
        permanent_links: documents.links != Links::Relative,
    })
}

fn documents(root: &Path) -> Result<Documents> {
    let book = Book::read(root)?;
    let links = Links::of_tree(root)?;
    let spine = crate::spine::read(root)?;
    let problems = spine.problems.iter().map(|problem| problem.it.id.as_str());
    let mut pages: Vec<String> = problems.map(|id| format!("problems/{id}")).collect();
    let mut designs: Vec<_> = xtask_judge::design::designs(root)?.into_values().collect();
    designs.sort_by_key(|design| (design.order.unwrap_or(u32::MAX), design.id.clone()));
    let designs = designs.iter().map(|design| format!("designs/{}", design.id));
    // A design may be there before anything is written about it.
    pages.extend(designs.filter(|name| book.chapter(&format!("rfc/{name}.md")).is_some()));
    let (text, chapters, missing) = join(&book, &links, &pages);
    for path in &chapters {
        book.chapter(path).map_or(Ok(()), plain)?;
    }
    let brief = book.chapter(BRIEF[0]);
    brief.map_or(Ok(()), plain)?;
    let brief = brief.map(|it| tidied(&embed(it, &links, &Anchors::default(), Heads::Kept)));
    Ok(Documents { text, brief, chapters, missing, links })
}

fn join(book: &Book, links: &Links, pages: &[String]) -> (String, Vec<String>, Vec<String>) {
    let mut text = String::new();
    let (mut chapters, mut missing) = (Vec::new(), Vec::new());
    let sections = sections(pages);
    let anchors_of = Anchors::of(book, &sections);
    for (section, paths) in &sections {
        text.push_str(&format!("# {section}\n\n"));
        for path in paths {
            match book.chapter(path) {
                Some(chapter) => {
                    let heads = match anchors::takes_over(section, paths.len(), chapter) {
                        true => Heads::WithoutTitle,
                        false => Heads::Demoted,
                    };
                    text.push_str(embed(chapter, links, &anchors_of, heads).trim());
                    text.push_str("\n\n");
                    chapters.push(path.clone());
                }
                None => missing.push(path.clone()),
            }
        }
    }
    (tidied(&text), chapters, missing)
}

/// Without the blank lines and the spaces that the markers leave behind. Code keeps its own.
fn tidied(text: &str) -> String {
    let (mut out, mut blank, mut code) = (String::new(), false, false);
    for line in text.lines() {
        code ^= line.starts_with("```");
        let line = if code { line } else { line.trim_end() };
        if code || !line.is_empty() || !blank {
            out.push_str(line);
            out.push('\n');
        }
        blank = line.is_empty();
    }
    out
}

/// GitHub and cmark-gfm show raw HTML in different ways, so an exported chapter has none but
/// the markers, which are taken out.
fn plain(chapter: &Chapter) -> Result<()> {
    let text = &chapter.doc.text;
    let parser = pulldown_cmark::Parser::new_ext(text, crate::doc::options());
    for (event, range) in parser.into_offset_iter() {
        use pulldown_cmark::Event;
        let (Event::Html(html) | Event::InlineHtml(html)) = event else { continue };
        if !html.trim().is_empty() && !html.contains("<!-- ev:") {
            let line = chapter.doc.line(range.start);
            bail!("{}:{line}: raw HTML `{}`; write it as Markdown", chapter.path, html.trim());
        }
    }
    Ok(())
}

/// The sections with the files that they are made of.
fn sections(all: &[String]) -> Vec<(&'static str, Vec<String>)> {
    let pages = |name: &&str| match *name {
        PROBLEM_PAGES | DESIGN_PAGES => {
            let folder = name.trim_end_matches('*');
            all.iter().filter(|page| page.starts_with(folder)).cloned().collect()
        }
        name => vec![name.to_owned()],
    };
    let paths = |names: &[&str]| -> Vec<String> {
        names.iter().flat_map(|name| pages(&name)).map(|name| format!("rfc/{name}.md")).collect()
    };
    SECTIONS.iter().map(|(section, names)| (*section, paths(names))).collect()
}

/// What becomes of the headings of a chapter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heads {
    /// One level down, below the heading of the section.
    Demoted,
    /// As they are, without the title: the section has it already.
    WithoutTitle,
    /// As they are: a document of its own.
    Kept,
}

/// A chapter without markers, with addresses that hold anywhere.
fn embed(chapter: &Chapter, links: &Links, anchors: &Anchors, heads: Heads) -> String {
    let doc = &chapter.doc;
    let mut edits: Vec<(std::ops::Range<usize>, String)> = Vec::new();
    for marker in &doc.markers {
        let end = marker.range.end;
        let line = doc.text[end..].starts_with('\n') && marker.kind != Ok(MarkerKind::Free);
        edits.push((marker.range.start..end + usize::from(line), String::new()));
    }
    for heading in &doc.headings {
        if heads == Heads::WithoutTitle && heading.level == 1 {
            let end =
                doc.text[heading.at..].find('\n').map_or(doc.text.len(), |at| heading.at + at);
            edits.push((heading.at..end, String::new()));
        } else if doc.text[heading.at..].starts_with('#') && heads == Heads::Demoted {
            edits.push((heading.at..heading.at, "#".to_owned()));
        }
    }
    edits.extend(addresses(chapter, links, anchors));
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let mut out = String::new();
    let mut from = 0;
    for (range, new) in edits {
        if range.start >= from {
            out.push_str(&doc.text[from..range.start]);
            out.push_str(&new);
            from = range.end;
        }
    }
    out.push_str(&doc.text[from..]);
    out
}

/// Every relative address, generated blocks included.
fn addresses(
    chapter: &Chapter,
    links: &Links,
    anchors: &Anchors,
) -> Vec<(std::ops::Range<usize>, String)> {
    let text = &chapter.doc.text;
    let mut edits = Vec::new();
    let parser = pulldown_cmark::Parser::new_ext(text, crate::doc::options());
    for (event, range) in parser.into_offset_iter() {
        use pulldown_cmark::{Event, Tag};
        let (Event::Start(Tag::Link { dest_url, .. }) | Event::Start(Tag::Image { dest_url, .. })) =
            event
        else {
            continue;
        };
        let Some(target) = chapter.resolve(&dest_url) else { continue };
        let fragment = dest_url.split_once('#').map_or(String::new(), |(_, f)| format!("#{f}"));
        let source = &text[range.clone()];
        let Some(at) = source.rfind(&format!("({dest_url}")) else { continue };
        let start = range.start + at + 1;
        let address = match anchors.of_chapter(&target) {
            Some(anchor) => format!("#{anchor}"),
            None => links.to(&format!("{target}{fragment}")),
        };
        edits.push((start..start + dest_url.len(), address));
    }
    edits
}

#[cfg(test)]
mod tests;
