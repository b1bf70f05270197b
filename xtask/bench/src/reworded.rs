//! Sources that differ from those of a revision in comments alone.
//!
//! A comment is no input of a measurement. What a record was made of is stored as hashes of whole
//! files, so a file whose code is the same counts with the hash that it had.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use xtask_repo::git;

/// Hashes, as they were at `revision`, of those sources of the tree whose code has not changed
/// since. Empty where git knows no such revision: then every change counts.
pub(crate) fn reworded(root: &Path, revision: &str) -> BTreeMap<PathBuf, String> {
    let changed = ["diff", "--name-only", "--diff-filter=M", "-z", revision, "--"];
    let changed = git(root, &[&changed[..], &["prototypes", "workloads"]].concat());
    let changed = changed.unwrap_or_default();
    let sources = changed.split('\0').filter(|name| name.ends_with(".rs"));
    sources.filter_map(|name| as_it_was(root, revision, name)).collect()
}

fn as_it_was(root: &Path, revision: &str, name: &str) -> Option<(PathBuf, String)> {
    let path = root.join(name);
    let then = git(root, &["show", &format!("{revision}:{name}")]).ok()?;
    let now = std::fs::read_to_string(&path).ok()?;
    (code(&then)? == code(&now)?)
        .then(|| (path, blake3::hash(then.as_bytes()).to_hex().to_string()))
}

/// The tokens of a source without its documentation; nothing of what is no Rust.
fn code(text: &str) -> Option<Vec<String>> {
    let mut tokens = Vec::new();
    flatten(text.parse().ok()?, &mut tokens);
    Some(tokens)
}

fn flatten(stream: TokenStream, into: &mut Vec<String>) {
    for tree in stream {
        match tree {
            TokenTree::Group(group) => {
                if is_documentation(&group) {
                    // Its `#`, and the `!` of one that documents what it stands in.
                    while matches!(into.last().map(String::as_str), Some("#" | "!")) {
                        into.pop();
                    }
                    continue;
                }
                into.push(format!("open {:?}", group.delimiter()));
                flatten(group.stream(), into);
                into.push(format!("close {:?}", group.delimiter()));
            }
            other => into.push(other.to_string()),
        }
    }
}

/// `[doc = "…"]`, as which a doc comment is read.
fn is_documentation(group: &proc_macro2::Group) -> bool {
    let mut trees = group.stream().into_iter();
    group.delimiter() == Delimiter::Bracket
        && matches!(trees.next(), Some(TokenTree::Ident(name)) if name == "doc")
        && matches!(trees.next(), Some(TokenTree::Punct(sign)) if sign.as_char() == '=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_no_code_and_all_else_is() {
        let text = "//! A crate.\n/// One.\nfn f() -> u32 {\n    // Why.\n    1\n}\n";
        for same in [
            "fn f() -> u32 { 1 }",
            "//! Another word,\n//! in two lines.\n\n#[doc = \"One.\"]\nfn f() -> u32 { 1 }",
        ] {
            assert_eq!(code(text), code(same), "{same}");
        }
        for other in [
            "fn f() -> u32 { 2 }",
            "#[inline]\nfn f() -> u32 { 1 }",
            "#![allow(unused)]\nfn f() -> u32 { 1 }",
            "fn f() -> u32 { !1 }",
            "fn f() -> u32 { (1) }",
            "fn f() -> u32 { \"no Rust }",
        ] {
            assert_ne!(code(text), code(other), "{other}");
        }
    }

    #[test]
    fn a_source_keeps_its_hash_while_only_its_comments_change() {
        let dir = tempfile::tempdir().expect("a folder");
        let root = dir.path();
        let source = root.join("prototypes/poll/src/lib.rs");
        std::fs::create_dir_all(source.parent().expect("a folder")).expect("made");
        let write = |text: &str| std::fs::write(&source, text).expect("written");
        let first = "/// One.\nfn f() {}\n";
        write(first);
        xtask_repo::commit_all(root);
        let revision = xtask_repo::revision(root).expect("a revision").full;
        assert_eq!(reworded(root, &revision), BTreeMap::new(), "nothing has changed");

        write("/// The first.\nfn f() {}\n");
        let hash = blake3::hash(first.as_bytes()).to_hex().to_string();
        assert_eq!(reworded(root, &revision), BTreeMap::from([(source.clone(), hash)]));

        write("/// One.\nfn f() { f() }\n");
        assert_eq!(reworded(root, &revision), BTreeMap::new(), "its code has changed");
        assert_eq!(reworded(root, "no-revision"), BTreeMap::new());
    }
}
