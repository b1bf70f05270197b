//! One chapter as it should read. `fill` writes the result, `check` compares it.

use std::ops::Range;

use crate::blocks::block;
use crate::book::{Chapter, EVIDENCE};
use crate::doc::EvidenceLink;
use crate::facts::nearest;
use crate::finding::{FILL, Finding, Rule};
use crate::marker::{Marker, MarkerKind, checksum};
use crate::table::{Place, Sources, escape};

/// One replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    /// In the source.
    pub(crate) range: Range<usize>,
    /// What stands there.
    pub(crate) old: String,
    /// What should.
    pub(crate) new: String,
    /// For a person: which value or block.
    pub(crate) about: String,
}

/// What the tool changes in a chapter, and what its author has to change.
#[derive(Debug, Default)]
pub(crate) struct Rendering {
    /// In order of place.
    pub(crate) edits: Vec<Edit>,
    /// Errors of the input: `fill` writes nothing while there are any.
    pub(crate) wrong: Vec<Finding>,
}

impl Rendering {
    /// The chapter with all edits made.
    pub(crate) fn apply(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for edit in &self.edits {
            out.push_str(&text[from..edit.range.start]);
            out.push_str(&edit.new);
            from = edit.range.end;
        }
        out.push_str(&text[from..]);
        out
    }
}

/// Compares a chapter with the facts.
pub(crate) fn render(chapter: &Chapter, sources: &Sources<'_>, force: bool) -> Rendering {
    let mut out = Rendering::default();
    for link in &chapter.doc.links {
        match link_edit(chapter, link, sources) {
            Ok(edit) => out.edits.extend(edit),
            Err((rule, what, repair)) => {
                let line = chapter.doc.line(link.range.start);
                out.wrong.push(Finding::new(&chapter.path, line, rule, what, repair));
            }
        }
    }
    blocks(chapter, sources, force, &mut out);
    out.edits.sort_by_key(|edit| edit.range.start);
    out
}

type Wrong = (Rule, String, String);

fn link_edit(
    chapter: &Chapter,
    link: &EvidenceLink,
    sources: &Sources<'_>,
) -> Result<Option<Edit>, Wrong> {
    let page = format!("{EVIDENCE}/{}.md", link.claim);
    if chapter.resolve(&link.dest).as_deref() != Some(page.as_str()) {
        let right = chapter.link_to(&page);
        let what = format!("`{}` does not lead to {page}", link.dest);
        return Err((Rule::BrokenLink, what, format!("write `{right}`")));
    }
    let Some(claim) = sources.facts.claims.get(&link.claim) else {
        let near = nearest(&link.claim, sources.facts.claims.keys()).join(", ");
        let what = format!("unknown claim {}; near: {near}", link.claim);
        return Err((Rule::UnknownId, what, "cargo xtask list claims".to_owned()));
    };
    if !link.inline {
        let what = format!("the link to {} is a shortcut reference, whose text is its name", page);
        return Err((Rule::BadMarker, what, "write it as `[?](address)`".to_owned()));
    }
    let expected = claim.shown(link.key.as_deref()).map_err(|near| {
        let key = link.key.as_deref().unwrap_or_default();
        let what = format!("{} has no value `{key}`; near: {}", claim.id, near.join(", "));
        (Rule::UnknownId, what, format!("see [values] in {}", claim.file))
    })?;
    if link.shown == expected {
        return Ok(None);
    }
    Ok(Some(Edit {
        range: link.words.clone(),
        old: link.shown.clone(),
        new: escape(&expected),
        about: link.dest.clone(),
    }))
}

/// Pairs the markers and regenerates what stands between them.
fn blocks(chapter: &Chapter, sources: &Sources<'_>, force: bool, out: &mut Rendering) {
    let mut open: Option<&Marker> = None;
    let bad = |marker: &Marker, what: String| {
        let line = chapter.doc.line(marker.range.start);
        Finding::new(&chapter.path, line, Rule::BadMarker, what, "correct the marker")
    };
    for marker in &chapter.doc.markers {
        match (&marker.kind, open) {
            (Err(what), _) => out.wrong.push(bad(marker, what.clone())),
            (Ok(MarkerKind::Begin(_)), None) => open = Some(marker),
            (Ok(MarkerKind::Begin(_)), Some(_)) => {
                out.wrong.push(bad(marker, "a block begins inside a block".to_owned()));
            }
            (Ok(MarkerKind::End(sum)), Some(begin)) => {
                open = None;
                match regenerate(chapter, begin, marker, sum.as_deref(), sources, force) {
                    Ok(edit) => out.edits.extend(edit),
                    Err(finding) => out.wrong.push(*finding),
                }
            }
            (Ok(MarkerKind::End(_)), None) => {
                out.wrong.push(bad(marker, "`ev:end` without `ev:begin`".to_owned()));
            }
            (Ok(MarkerKind::Says(_) | MarkerKind::Free), _) => {}
        }
    }
    if let Some(begin) = open {
        out.wrong.push(bad(begin, "`ev:begin` without `ev:end`".to_owned()));
    }
}

fn regenerate(
    chapter: &Chapter,
    begin: &Marker,
    end: &Marker,
    sum: Option<&str>,
    sources: &Sources<'_>,
    force: bool,
) -> Result<Option<Edit>, Box<Finding>> {
    let Ok(MarkerKind::Begin(asks)) = &begin.kind else { return Ok(None) };
    let line = chapter.doc.line(begin.range.start);
    let finding = |rule, what: String, repair: &str| {
        Box::new(Finding::new(&chapter.path, line, rule, what, repair))
    };
    let range = begin.range.end..end.range.end;
    let body = &chapter.doc.text[begin.range.end..end.range.start];
    let untouched = match sum {
        Some(sum) => checksum(body) == sum,
        None => body.trim().is_empty(),
    };
    if !untouched && !force {
        let what = "the generated block was edited by hand".to_owned();
        let repair = "move the words out of the block, then `cargo xtask rfc fill --force`";
        return Err(finding(Rule::HandEdited, what, repair));
    }
    let place = Place { file: &chapter.path, asks };
    let table = block(sources, &place)
        .map_err(|what| finding(Rule::UnknownId, what, "correct the marker"))?;
    let body = table.trim();
    let new = format!("\n\n{body}\n\n<!-- ev:end sum={} -->", checksum(body));
    let old = &chapter.doc.text[range.clone()];
    if *old == new {
        return Ok(None);
    }
    let name = asks.get("table").cloned().unwrap_or_default();
    Ok(Some(Edit { range, old: old.to_owned(), new, about: format!("block {name}, {FILL}") }))
}
