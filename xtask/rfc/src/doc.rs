//! One Markdown file, seen through the parser: where its evidence links, markers, blocks
//! and plain words are, as byte ranges of the source.
//!
//! Everything here reads; rewriting is `fill.rs`. Code spans and code blocks are left out
//! by the parser, so an example of the syntax is never taken for a use of it.

use std::ops::Range;
use std::path::Path;

use pulldown_cmark::Options;

use crate::marker::Marker;

/// A link to an evidence page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EvidenceLink {
    /// Claim id as written in the address.
    pub(crate) claim: String,
    /// The fragment; a link without one is the verdict chip.
    pub(crate) key: Option<String>,
    /// The address as written.
    pub(crate) dest: String,
    /// Where the whole link is.
    pub(crate) range: Range<usize>,
    /// What is replaced when the text changes: the words, with emphasis around them kept.
    pub(crate) words: Range<usize>,
    /// The words as a reader sees them.
    pub(crate) shown: String,
    /// Whether the words can be rewritten (a shortcut reference cannot).
    pub(crate) inline: bool,
}

/// A link to anything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OtherLink {
    /// The address as written.
    pub(crate) dest: String,
    /// Where the link starts.
    pub(crate) at: usize,
}

/// A heading, list, table or paragraph at the top level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Its source.
    pub(crate) range: Range<usize>,
    /// Whether it is raw HTML, as the markers are.
    pub(crate) html: bool,
}

/// A heading with the offset at which it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heading {
    /// Start in the source.
    pub(crate) at: usize,
    /// 1 for the title.
    pub(crate) level: usize,
    /// Its words.
    pub(crate) text: String,
}

/// A parsed file.
#[derive(Debug)]
pub(crate) struct Document {
    /// The source.
    pub(crate) text: String,
    /// Links to evidence pages outside generated blocks, in order.
    pub(crate) links: Vec<EvidenceLink>,
    /// All further links outside generated blocks.
    pub(crate) others: Vec<OtherLink>,
    /// Markers outside code, in order.
    pub(crate) markers: Vec<Marker>,
    /// Top-level blocks, in order.
    pub(crate) blocks: Vec<Block>,
    /// Headings, in order.
    pub(crate) headings: Vec<Heading>,
    /// The words of the text; `\u{1}` stands where a block, code or an evidence link was.
    pub(crate) words: Words,
}

/// Plain words with the way back to the source.
#[derive(Debug, Default)]
pub(crate) struct Words {
    /// The words.
    pub(crate) text: String,
    /// (offset in `text`, offset in the source), ascending.
    map: Vec<(usize, usize)>,
}

/// Ends a stretch of words.
pub(crate) const BREAK: char = '\u{1}';

impl Words {
    pub(crate) fn push(&mut self, text: &str, source: usize) {
        self.map.push((self.text.len(), source));
        self.text.push_str(text);
    }

    pub(crate) fn cut(&mut self, source: usize) {
        self.push("\u{1}", source);
    }

    /// Offset in the source of an offset in the words.
    pub(crate) fn source(&self, at: usize) -> usize {
        let index = self.map.partition_point(|&(words, _)| words <= at);
        match index.checked_sub(1).map(|i| self.map[i]) {
            Some((words, source)) => source + (at - words),
            None => 0,
        }
    }
}

impl Document {
    /// Line number of an offset, from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        self.text.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count() + 1
    }

    /// The source between each begin marker and its end marker, both included, and the
    /// blocks that `cargo xtask report` owns.
    pub(crate) fn generated(&self) -> Vec<Range<usize>> {
        let mut open = None;
        let mut ranges = Vec::new();
        for marker in &self.markers {
            match (marker.is_begin(), marker.is_end(), open) {
                (true, _, _) => open = Some(marker.range.start),
                (_, true, Some(start)) => {
                    ranges.push(start..marker.range.end);
                    open = None;
                }
                _ => {}
            }
        }
        let mut from = 0;
        while let Some(start) = self.text[from..].find("<!-- report:begin").map(|at| from + at) {
            let end = self.text[start..].find("<!-- report:end");
            from = end.map_or(self.text.len(), |len| start + len + 1);
            ranges.push(start..from);
        }
        ranges
    }

    /// The nearest heading above an offset.
    pub(crate) fn heading(&self, at: usize) -> Option<&Heading> {
        self.headings.iter().rev().find(|heading| heading.at <= at)
    }

    /// The source from the block that holds `at` up to the next block that is not HTML: an
    /// assertion anywhere in it binds the block.
    pub(crate) fn bound(&self, at: usize) -> Range<usize> {
        let index = self.blocks.partition_point(|block| block.range.start <= at);
        let start = index.checked_sub(1).map_or(0, |i| self.blocks[i].range.start);
        let rest = &self.blocks[index..];
        let end = rest.iter().find(|block| !block.html).map_or(self.text.len(), |b| b.range.start);
        start..end
    }
}

/// The extensions that GitHub and mdBook share.
pub(crate) fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES
}

/// `evidence/C047.md#key`, `../evidence/C047.md`: the claim and the fragment.
pub(crate) fn evidence_target(dest: &str) -> Option<(String, Option<String>)> {
    let (path, key) = match dest.split_once('#') {
        Some((path, key)) => (path, Some(key.to_owned())),
        None => (dest, None),
    };
    let path = Path::new(path);
    if dest.contains("://") || path.extension()? != "md" {
        return None;
    }
    if path.parent()?.file_name()? != "evidence" {
        return None;
    }
    Some((path.file_stem()?.to_str()?.to_owned(), key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(String, String)> {
        let doc = Document::parse(text);
        doc.links.iter().map(|l| (l.shown.clone(), text[l.words.clone()].to_owned())).collect()
    }

    fn pair(shown: &str, source: &str) -> Vec<(String, String)> {
        vec![(shown.to_owned(), source.to_owned())]
    }

    #[test]
    fn links_are_found_wherever_prose_can_hold_them() {
        for text in [
            "[41 ns](evidence/C047.md#a) at the start of a line\n",
            "text\n[41 ns](../evidence/C047.md#a) after a wrap\n",
            "| a | b |\n|---|---|\n| x | [41 ns](evidence/C047.md#a) |\n",
            "- [41 ns](evidence/C047.md#a)\n",
            "> [41 ns](evidence/C047.md#a)\n",
            "*[41 ns](evidence/C047.md#a)*\n",
            "[**41 ns**](evidence/C047.md#a)\n",
            "# [41 ns](evidence/C047.md#a)\n",
        ] {
            assert_eq!(shown(text), pair("41 ns", "41 ns"), "{text}");
        }
    }

    #[test]
    fn mixed_emphasis_is_replaced_as_a_whole() {
        assert_eq!(shown("[**41** ns](evidence/C047.md)"), pair("41 ns", "**41** ns"));
        assert_eq!(shown("[`41` ns](evidence/C047.md)"), pair("`41` ns", "`41` ns"));
        assert_eq!(shown("[](evidence/C047.md)"), pair("", ""));
        assert_eq!(shown("[a\nb](evidence/C047.md)"), pair("a b", "a\nb"));
    }

    #[test]
    fn code_holds_no_links_and_other_addresses_are_not_evidence() {
        for text in [
            "`[41 ns](evidence/C047.md#a)`\n",
            "```\n[41 ns](evidence/C047.md#a)\n```\n",
            "    [41 ns](evidence/C047.md#a)\n",
            "[x](https://example.org/evidence/C047.md)\n",
            "[x](evidence/C047.svg)\n",
        ] {
            assert!(shown(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn links_of_a_generated_block_belong_to_the_block() {
        let text =
            "<!-- ev:begin table=claims -->\n\n[x](evidence/C047.md)\n\n<!-- ev:end sum=0 -->\n";
        let doc = Document::parse(text);
        assert!(doc.links.is_empty());
        assert_eq!(doc.generated(), vec![0..text.len() - 1]);
    }

    #[test]
    fn an_assertion_binds_the_block_before_it() {
        let text = "One [x](evidence/C001.md).\n<!-- ev:says C001 supported -->\n\nTwo.\n";
        let doc = Document::parse(text);
        let bound = doc.bound(doc.links[0].range.start);
        assert!(text[bound.clone()].contains("ev:says"));
        assert!(!text[bound].contains("Two"));
    }

    #[test]
    fn words_lead_back_to_their_source() {
        let text = "# Title\n\nfoo **bar** baz\n";
        let doc = Document::parse(text);
        let at = doc.words.text.find("baz").expect("a word of the text");
        assert_eq!(&text[doc.words.source(at)..][..3], "baz");
        assert_eq!(doc.line(doc.words.source(at)), 3);
    }
}
