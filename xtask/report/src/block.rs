//! Generated blocks inside files that are written by hand.
//!
//! `<!-- report:begin <name> -->` and `<!-- report:end <name> -->` stand on lines of their
//! own; what lies between them belongs to the tool, the rest to the author.

use anyhow::{Result, bail};

/// A file's text with the block's content replaced, or the reason why it cannot be.
///
/// # Errors
/// When one of the two marks is missing, doubled, or in the wrong order.
pub(crate) fn splice(text: &str, name: &str, content: &str) -> Result<String> {
    let (begin, end) =
        (format!("<!-- report:begin {name} -->"), format!("<!-- report:end {name} -->"));
    let at = |mark: &str| {
        let mut found = text.match_indices(mark).map(|(at, _)| at);
        match (found.next(), found.next()) {
            (Some(at), None) => Ok(at),
            (None, _) => bail!("no line `{mark}`"),
            (Some(_), Some(_)) => bail!("more than one line `{mark}`"),
        }
    };
    let (from, to) = (at(&begin)? + begin.len(), at(&end)?);
    if from > to {
        bail!("`{end}` stands before `{begin}`");
    }
    Ok(format!("{}\n{}\n{}", &text[..from], content.trim_end(), &text[to..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_block_changes_and_twice_is_once() {
        let text = "a\n<!-- report:begin x -->\nold\n<!-- report:end x -->\nb\n";
        let once = splice(text, "x", "new\n\n").expect("splices");
        assert_eq!(once, "a\n<!-- report:begin x -->\nnew\n<!-- report:end x -->\nb\n");
        assert_eq!(splice(&once, "x", "new").expect("splices"), once);
    }

    #[test]
    fn half_a_block_is_refused() {
        for text in [
            "<!-- report:begin x -->\n",
            "<!-- report:end x -->\n<!-- report:begin x -->\n",
            "<!-- report:begin x --><!-- report:begin x --><!-- report:end x -->",
        ] {
            assert!(splice(text, "x", "").is_err(), "{text}");
        }
    }
}
