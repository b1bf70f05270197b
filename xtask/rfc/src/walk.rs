//! One pass over the parser's events, which fills a [`Document`].

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Parser, Tag, TagEnd};

use crate::doc::{
    Block, Document, EvidenceLink, Heading, OtherLink, Words, evidence_target, options,
};
use crate::marker::scan_markers;

impl Document {
    /// Parses `text`.
    pub(crate) fn parse(text: &str) -> Document {
        let mut doc = Document {
            text: text.to_owned(),
            links: Vec::new(),
            others: Vec::new(),
            markers: Vec::new(),
            blocks: Vec::new(),
            headings: Vec::new(),
            words: Words::default(),
        };
        let code = Walk::new(&mut doc).run();
        doc.markers = scan_markers(text, &code);
        let generated = doc.generated();
        let inside = |at: usize| generated.iter().any(|range| range.contains(&at));
        doc.links.retain(|link| !inside(link.range.start));
        doc.others.retain(|link| !inside(link.at));
        doc
    }
}

/// State while the events of one document go by.
pub(crate) struct Walk<'a> {
    doc: &'a mut Document,
    code: Vec<Range<usize>>,
    depth: usize,
    in_code: bool,
    link: Option<OpenLink>,
    heading: Option<Heading>,
}

struct OpenLink {
    link: EvidenceLink,
    pieces: Vec<(Range<usize>, usize)>,
    nesting: usize,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(doc: &'a mut Document) -> Walk<'a> {
        Walk { doc, code: Vec::new(), depth: 0, in_code: false, link: None, heading: None }
    }

    /// Returns where the code is.
    pub(crate) fn run(mut self) -> Vec<Range<usize>> {
        let text = self.doc.text.clone();
        for (event, range) in Parser::new_ext(&text, options()).into_offset_iter() {
            match event {
                Event::Start(tag) => self.start(&tag, range),
                Event::End(tag) => self.end(tag, &range),
                Event::Text(_) if self.in_code => {}
                Event::Text(words) => self.words(&words, range),
                Event::SoftBreak | Event::HardBreak => self.words(" ", range),
                Event::Code(_) => {
                    self.code.push(range.clone());
                    self.opaque(range);
                }
                Event::Rule => self.top(&range, false),
                _ => {}
            }
        }
        self.code
    }

    fn top(&mut self, range: &Range<usize>, html: bool) {
        if self.depth == 0 {
            self.doc.blocks.push(Block { range: range.clone(), html });
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: Range<usize>) {
        self.top(&range, matches!(tag, Tag::HtmlBlock));
        self.depth += 1;
        match tag {
            Tag::CodeBlock(_) => {
                self.in_code = true;
                self.code.push(range);
            }
            Tag::Link { link_type, dest_url, .. } => self.open(*link_type, dest_url, range),
            Tag::Heading { level, .. } => {
                let level = *level as usize;
                self.heading = Some(Heading { at: range.start, level, text: String::new() });
            }
            _ if self.link.is_some() => {
                if let Some(open) = &mut self.link {
                    open.nesting += 1;
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, kind: LinkType, dest: &str, range: Range<usize>) {
        let Some((claim, key)) = evidence_target(dest) else {
            self.doc.others.push(OtherLink { dest: dest.to_owned(), at: range.start });
            return;
        };
        let empty = range.start + 1..range.start + 1;
        self.link = Some(OpenLink {
            link: EvidenceLink {
                claim,
                key,
                dest: dest.to_owned(),
                range,
                words: empty,
                shown: String::new(),
                inline: matches!(kind, LinkType::Inline | LinkType::Reference),
            },
            pieces: Vec::new(),
            nesting: 0,
        });
    }

    fn words(&mut self, words: &str, range: Range<usize>) {
        if let Some(heading) = &mut self.heading {
            heading.text.push_str(words);
        }
        match &mut self.link {
            Some(open) => {
                open.link.shown.push_str(words);
                open.pieces.push((range, open.nesting));
            }
            None => self.doc.words.push(words, range.start),
        }
    }

    /// Inline code: not words, but part of a link's text if it stands in one.
    fn opaque(&mut self, range: Range<usize>) {
        let source = self.doc.text[range.clone()].to_owned();
        if let Some(heading) = &mut self.heading {
            heading.text.push_str(source.trim_matches('`'));
        }
        match &mut self.link {
            Some(open) => {
                open.link.shown.push_str(&source);
                open.pieces.push((range, open.nesting));
            }
            None => self.doc.words.cut(range.start),
        }
    }

    fn end(&mut self, tag: TagEnd, range: &Range<usize>) {
        self.depth = self.depth.saturating_sub(1);
        match tag {
            TagEnd::Link => {
                if let Some(open) = self.link.take() {
                    self.doc.words.cut(open.link.range.start);
                    self.doc.links.push(close(open, &self.doc.text));
                }
                return;
            }
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => {
                if let Some(open) = &mut self.link {
                    open.nesting = open.nesting.saturating_sub(1);
                }
                return;
            }
            TagEnd::CodeBlock => self.in_code = false,
            TagEnd::Heading(_) => self.doc.headings.extend(self.heading.take()),
            _ => {}
        }
        self.doc.words.cut(range.end.saturating_sub(1));
    }
}

/// Words of one depth are replaced in place; mixed ones from the first to the last mark.
fn close(open: OpenLink, text: &str) -> EvidenceLink {
    let OpenLink { mut link, pieces, .. } = open;
    let Some((first, last)) = pieces.first().zip(pieces.last()) else { return link };
    link.words = first.0.start..last.0.end;
    let mixed = pieces.iter().any(|(_, nesting)| *nesting != first.1)
        || text[link.words.clone()].contains(['*', '`']);
    if mixed {
        let inner = link.range.start + 1;
        let end = text[inner..link.range.end].rfind("](").map_or(link.words.end, |at| inner + at);
        link.words = inner..end.max(link.words.end);
    }
    link
}
