//! The comment markers of a chapter: `ev:begin`, `ev:end`, `ev:says` and `ev:free`.
//!
//! The first three stand on a line of their own, because a comment at the start of a line
//! turns the whole line into raw HTML. `ev:free` may end any line.

use std::collections::BTreeMap;
use std::ops::Range;

/// One marker with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    /// The comment, from `<!--` to `-->`.
    pub(crate) range: Range<usize>,
    /// What it says, or why it cannot be read.
    pub(crate) kind: Result<MarkerKind, String>,
}

/// What a marker says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MarkerKind {
    /// Start of a generated block with `key=value` words.
    Begin(BTreeMap<String, String>),
    /// End of a generated block and the checksum of what the tool wrote.
    End(Option<String>),
    /// What the prose before it asserts.
    Says(Vec<Assertion>),
    /// A bare number is meant on this line.
    Free,
}

/// `C050 supported on linux`, or of a part of a claim: `C130/lock-* contradicted`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assertion {
    /// Claim id.
    pub(crate) claim: String,
    /// The checks that are meant, all of them with the same verdict; `*` stands for anything.
    pub(crate) part: Option<String>,
    /// `supported`, `contradicted`, `inconclusive` or `not measured`.
    pub(crate) verdict: String,
    /// On one target only, instead of all folded.
    pub(crate) target: Option<String>,
}

/// The verdicts, in the words that prose and markers use.
pub(crate) const VERDICTS: [&str; 4] =
    ["supported", "contradicted", "inconclusive", "not measured"];

impl Marker {
    pub(crate) fn is_begin(&self) -> bool {
        matches!(self.kind, Ok(MarkerKind::Begin(_)))
    }

    pub(crate) fn is_end(&self) -> bool {
        matches!(self.kind, Ok(MarkerKind::End(_)))
    }
}

/// All markers of `text` outside of the `code` ranges, in order.
pub(crate) fn scan_markers(text: &str, code: &[Range<usize>]) -> Vec<Marker> {
    let mut markers = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find("<!--").map(|at| from + at) {
        let Some(end) = text[at..].find("-->").map(|len| at + len + 3) else { break };
        from = end;
        let inner = text[at + 4..end - 3].trim();
        let Some(said) = inner.strip_prefix("ev:") else { continue };
        if code.iter().any(|range| range.contains(&at)) {
            continue;
        }
        let start = text[..at].rfind('\n').map_or(0, |line| line + 1);
        let alone = text[start..at].trim().is_empty();
        markers.push(Marker { range: at..end, kind: read(said, alone) });
    }
    markers
}

fn read(said: &str, alone: bool) -> Result<MarkerKind, String> {
    let (word, rest) = said.split_once(char::is_whitespace).unwrap_or((said, ""));
    if word != "free" && !alone {
        return Err(format!("`ev:{word}` has to stand on a line of its own"));
    }
    match word {
        "begin" => pairs(rest).map(MarkerKind::Begin),
        "end" => Ok(MarkerKind::End(pairs(rest)?.remove("sum"))),
        "says" => rest.split(';').map(assertion).collect::<Result<_, _>>().map(MarkerKind::Says),
        "free" => Ok(MarkerKind::Free),
        _ => Err(format!("unknown marker `ev:{word}`; known: begin, end, says, free")),
    }
}

fn pairs(rest: &str) -> Result<BTreeMap<String, String>, String> {
    rest.split_whitespace()
        .map(|word| match word.split_once('=') {
            Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
            None => Err(format!("`{word}` is not of the form key=value")),
        })
        .collect()
}

pub(crate) fn assertion(text: &str) -> Result<Assertion, String> {
    let text = text.trim();
    let wrong =
        || format!("`{text}` is not of the form `C047 supported` or `C047 supported on sim`");
    let (claim, rest) = text.split_once(' ').ok_or_else(wrong)?;
    let (verdict, target) = match rest.split_once(" on ") {
        Some((verdict, target)) => (verdict.trim(), Some(target.trim().to_owned())),
        None => (rest.trim(), None),
    };
    if !VERDICTS.contains(&verdict) {
        return Err(format!("`{verdict}` is no verdict; the verdicts are {}", VERDICTS.join(", ")));
    }
    let (claim, part) = match claim.split_once('/') {
        Some((claim, part)) => (claim, Some(part.to_owned())),
        None => (claim, None),
    };
    Ok(Assertion { claim: claim.to_owned(), part, verdict: verdict.to_owned(), target })
}

/// Checksum of a generated block: an edit by hand breaks it.
pub(crate) fn checksum(body: &str) -> String {
    blake3::hash(body.trim().as_bytes()).to_hex()[..8].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Result<MarkerKind, String> {
        scan_markers(text, &[]).remove(0).kind
    }

    #[test]
    fn assertions_name_claim_verdict_and_target() {
        let says = one("<!-- ev:says C047 supported; C050/lock-* not measured on linux -->");
        let expected = vec![
            Assertion {
                claim: "C047".into(),
                part: None,
                verdict: "supported".into(),
                target: None,
            },
            Assertion {
                claim: "C050".into(),
                part: Some("lock-*".into()),
                verdict: "not measured".into(),
                target: Some("linux".into()),
            },
        ];
        assert_eq!(says, Ok(MarkerKind::Says(expected)));
    }

    #[test]
    fn damaged_markers_are_reported_and_not_skipped() {
        for text in [
            "<!-- ev:says C047 proven -->",
            "<!-- ev:says C047 -->",
            "<!-- ev:said C047 supported -->",
            "<!-- ev:begin table -->",
            "words <!-- ev:says C047 supported -->",
        ] {
            assert!(one(text).is_err(), "{text}");
        }
        assert_eq!(one("9 ms <!-- ev:free -->"), Ok(MarkerKind::Free));
    }

    #[test]
    fn a_checksum_does_not_depend_on_the_space_around() {
        assert_eq!(checksum("\na\n"), checksum("a"));
        assert_ne!(checksum("a"), checksum("b"));
    }
}
