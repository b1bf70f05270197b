//! Patterns of the command line: `*` stands for any text, `?` for one character, `[ab]` for one
//! of several, `{a,b}` for one of several texts.

/// A pattern, once for every choice in its braces.
#[derive(Clone, Debug)]
pub struct Glob(Vec<Choice>);

/// Most patterns are a plain id, and some thousand cells are asked about each.
#[derive(Clone, Debug)]
enum Choice {
    /// A text without special characters.
    Text(String),
    /// `*`.
    All,
    Parts(Vec<Part>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Any,
    One,
    Of(Vec<char>),
    Char(char),
}

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(pattern: &str) -> Result<Glob, String> {
        let read = |choice: String| match choice.as_str() {
            "*" => Ok(Choice::All),
            plain if !plain.contains(['*', '?', '[']) => Ok(Choice::Text(choice)),
            other => parts(other).map(Choice::Parts),
        };
        choices(pattern)?.into_iter().map(read).collect::<Result<_, _>>().map(Glob)
    }

    /// Whether the whole text is meant.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.0.iter().any(|choice| match choice {
            Choice::Text(plain) => plain == text,
            Choice::All => true,
            Choice::Parts(parts) => matches(parts, &text.chars().collect::<Vec<char>>()),
        })
    }
}

/// The pattern without braces, once per choice.
fn choices(pattern: &str) -> Result<Vec<String>, String> {
    let Some(open) = pattern.find('{') else {
        return match pattern.contains('}') {
            true => Err("a `}` without `{`".to_owned()),
            false => Ok(vec![pattern.to_owned()]),
        };
    };
    let (before, rest) = (&pattern[..open], &pattern[open + 1..]);
    let (inside, after) = rest.split_once('}').ok_or("a `{` without `}`")?;
    if before.contains('}') || inside.contains('{') {
        return Err("braces in braces".to_owned());
    }
    let tails = choices(after)?;
    let each = inside.split(',');
    Ok(each.flat_map(|one| tails.iter().map(move |tail| format!("{before}{one}{tail}"))).collect())
}

fn parts(pattern: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        parts.push(match c {
            '*' => Part::Any,
            '?' => Part::One,
            '[' => {
                let (inside, after) = rest.as_str().split_once(']').ok_or("a `[` without `]`")?;
                let of = inside.chars().collect();
                rest = after.chars();
                Part::Of(of)
            }
            c => Part::Char(c),
        });
    }
    Ok(parts)
}

fn matches(parts: &[Part], text: &[char]) -> bool {
    match parts.split_first() {
        None => text.is_empty(),
        Some((Part::Any, rest)) => (0..=text.len()).any(|from| matches(rest, &text[from..])),
        Some((part, rest)) => text.split_first().is_some_and(|(c, text)| {
            let fits = match part {
                Part::Of(of) => of.contains(c),
                Part::Char(wanted) => wanted == c,
                Part::One | Part::Any => true,
            };
            fits && matches(rest, text)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_the_whole_text() {
        for (pattern, yes, no) in [
            ("poll", "poll", "poller"),
            ("tcp-*", "tcp-echo", "my-tcp-echo"),
            ("*cancel*", "inflight-buffer-cancel", "futurelock"),
            ("own-?poll", "own-epoll", "own-poll"),
            ("C01[78]", "C017", "C019"),
            ("{poll,rent}*", "rent/owned", "scoped"),
            ("a{b,c}{d,e}", "ace", "abc"),
            ("**", "", "anything but nothing is fine too, so this never fails\u{0}"),
        ] {
            let glob = Glob::new(pattern).expect("a pattern");
            assert!(glob.is_match(yes), "{pattern} {yes}");
            assert_eq!(glob.is_match(no), pattern == "**", "{pattern} {no}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_said() {
        for pattern in ["[ab", "{a,b", "a}", "{a{b}}"] {
            assert!(Glob::new(pattern).is_err(), "{pattern}");
        }
    }
}
