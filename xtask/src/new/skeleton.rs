//! What skeletons are made of: files with their text, ids, and folders that are copied.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use xtask_bench::InputError;

/// A file and its text, before it is written.
pub(super) type Skeleton = Vec<(PathBuf, String)>;

/// What every package takes from the workspace.
pub(super) const WORKSPACE: &str = "version.workspace = true\nedition.workspace = true\n\
    rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n";

/// A text with more before the first place where it says something.
///
/// # Errors
/// When it does not say it.
pub(super) fn insert(text: &str, before: &str, more: &str) -> Result<String> {
    let at = text.find(before).with_context(|| format!("no `{}` any more", before.trim()))?;
    Ok(format!("{}{more}{}", &text[..at], &text[at..]))
}

/// `my-driver` as the name of a type.
pub(super) fn camel(id: &str) -> String {
    let mut name = String::new();
    for word in id.split('-') {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

/// Words that cannot name a module or a package.
const KEYWORDS: [&str; 6] = [
    "abstract as async await become box break const continue crate do dyn else enum extern false",
    "final fn for gen if impl in let loop macro match mod move mut override priv pub ref return",
    "self static struct super trait true try type typeof unsafe unsized use virtual where while",
    "yield",
    // Crates that every package sees.
    "alloc core std",
    "test",
];

/// The id, if it can be a folder, a module and a part of a package's name.
pub(super) fn plain(id: &str) -> Result<&str> {
    let letters = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let edges = id.starts_with(|first: char| first.is_ascii_lowercase()) && !id.ends_with('-');
    let text = if !letters || !edges || id.contains("--") {
        format!("`{id}` is not an id; use lower-case letters, digits and single hyphens")
    } else if KEYWORDS.iter().flat_map(|line| line.split(' ')).any(|word| word == id) {
        format!("`{id}` is a word of Rust and cannot name a module; choose another id")
    } else {
        return Ok(id);
    };
    Err(InputError::new(text).into())
}

/// Text files below a folder, build output left out.
pub(super) fn walk(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                files.extend(walk(&path)?);
            }
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_can_be_a_folder_a_module_and_a_part_of_a_name() {
        for good in ["my-design", "a1", "select-recreate-loss"] {
            assert!(plain(good).is_ok(), "{good}");
        }
        for bad in ["", "fn", "async", "My", "a_b", "-a", "a-", "a--b", "1a", "a/b", "../x"] {
            assert!(plain(bad).is_err(), "{bad}");
        }
    }
}
