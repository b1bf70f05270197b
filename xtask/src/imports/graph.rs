//! What the rules are asked of, and what they answer.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What one file takes from another, by the two files.
pub(super) type Graph = BTreeMap<PathBuf, BTreeMap<PathBuf, BTreeSet<String>>>;

/// A file and what is wrong with its imports.
pub(crate) type Wrong = (PathBuf, String);

/// A file as the tree's root sees it.
pub(super) fn short(root: &Path, file: &Path) -> String {
    file.strip_prefix(root).unwrap_or(file).display().to_string()
}
