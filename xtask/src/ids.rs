//! Ids of designs, crates, runtimes and baselines, and where the tool's own source names one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use xtask_judge::listing::{folders, paths};
use xtask_judge::runtimes::runtimes;

/// Files that may name one, with why.
pub(crate) const MAY_NAME: [(&str, &str); 1] = [(
    "xtask/report/src/pages/embedded.rs",
    "the image that does nothing is what the sizes of the others are held against",
)];
/// What the name of a package has before an id.
const PACKAGES: [&str; 8] =
    ["design-", "runtime-", "suite-", "idiomatic-", "expert-", "peer-", "baseline-", "image-"];
/// The runtime that a cell key leaves out: a word of the grammar.
const PLAIN: &str = "own";

/// Folders of designs.
pub(crate) fn designs(root: &Path) -> Vec<String> {
    folders_with(&root.join("prototypes"), "design.toml")
}

/// The first design in the order of pages.
///
/// # Errors
/// When a design cannot be read, and when none says an order.
pub(crate) fn first(root: &Path) -> Result<String> {
    let designs = xtask_judge::design::designs(root)?;
    let ordered = designs.into_values().filter_map(|design| Some((design.order?, design.id)));
    ordered.min().map(|(_, id)| id).context("no design.toml has an order")
}

/// All ids of a tree.
///
/// # Errors
/// When the list of runtimes or a folder of baselines cannot be read.
pub(crate) fn all(root: &Path) -> Result<BTreeSet<String>> {
    let mut ids: BTreeSet<String> = designs(root).into_iter().collect();
    ids.extend(folders_with(&root.join("workloads/peers"), "Cargo.toml"));
    ids.extend(runtimes(root)?.into_iter().map(|runtime| runtime.id));
    for target in paths(&root.join("workloads/targets"))? {
        ids.extend(folders(&target.join("baselines"))?);
    }
    ids.remove(PLAIN);
    Ok(ids)
}

fn folders_with(dir: &Path, file: &str) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().join(file).is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Whether a file holds tests only.
pub(crate) fn is_test(name: &str) -> bool {
    name.contains("/tests/") || name.ends_with("/tests.rs") || name.contains("/examples/")
}

/// Lines, from 1, on which a string is exactly an id, or the name of its package. What follows the
/// tests of a file, and comments, may name them.
pub(crate) fn named(text: &str, ids: &BTreeSet<String>) -> Vec<(usize, String)> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found = Vec::new();
    for (line, words) in code.lines().enumerate() {
        let words = words.split("//").next().unwrap_or_default();
        for word in words.split('"').skip(1).step_by(2) {
            let package = PACKAGES.iter().find_map(|kind| word.strip_prefix(kind));
            if ids.contains(word) || package.is_some_and(|id| ids.contains(id)) {
                found.push((line + 1, word.to_owned()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_in_code_is_found_and_one_in_a_comment_or_a_test_is_not() {
        let ids = BTreeSet::from(["poll".to_owned()]);
        let text = "let a = [\"poll\", \"polls\"];\n// \"poll\"\nlet b = \"design-poll\";\n\
            let c = \"no-poll\";\n#[cfg(test)]\nlet b = \"poll\";\n";
        let expected = [(1, "poll".to_owned()), (3, "design-poll".to_owned())];
        assert_eq!(named(text, &ids), expected);
    }

    #[test]
    fn the_ids_of_this_tree_are_known_and_its_tool_names_none() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let ids = all(&root).expect("reads");
        for id in ["poll", "tokio", "own-uring", "state-machine"] {
            assert!(ids.contains(id), "{id} is not in {ids:?}");
        }
        let source = fs::read_to_string(root.join("xtask/report/src/column.rs")).expect("reads");
        assert_eq!(named(&source, &ids), Vec::new());
    }
}
