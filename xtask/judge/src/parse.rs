//! TOML with `file:line` in its errors.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::BadInput;

/// Parses TOML, with `file:line` in the error.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, BadInput> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        BadInput(format!("{}:{line}: {}", path.display(), error.message().trim()))
    })
}

/// The line, from 1, that holds a byte.
pub(crate) fn line_of(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|b| *b == b'\n').count() + 1
}

/// The first line on which a string literal stands.
pub(crate) fn line_with(text: &str, word: &str) -> usize {
    text.find(&format!("\"{word}\"")).map_or(1, |byte| line_of(text, byte))
}
