//! `cargo xtask new`: skeletons that build, so that an addition starts from a green tree.

mod claim;
mod design;
mod target;
mod workload;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use xtask_bench::{InputError, Tree};

/// A file and its text, before it is written.
type Skeleton = Vec<(PathBuf, String)>;

/// Write the skeleton of a design, a workload, a target or a claim
///
/// A design re-exports the dialect of a sibling and is changed item by item:
///   cargo xtask new design my-design --like poll
///   cargo xtask tidy --fix
///   cargo xtask bench --profile smoke --design my-design --target sim
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct NewArgs {
    /// What to add
    #[arg(value_enum)]
    kind: Kind,
    /// Its id: lower case with hyphens; a claim's is C0nn
    id: String,
    /// A claim's slug: lower case with hyphens
    slug: Option<String>,
    /// The design whose dialect a new one starts from
    #[arg(long, value_name = "DESIGN", default_value = "poll")]
    like: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A prototype design with its mount
    Design,
    /// A workload with its description
    Workload,
    /// A bare-metal target, from the one that exists
    Target,
    /// A claim
    Claim,
}

/// Writes the files and returns them; refuses to overwrite.
///
/// # Errors
/// An [`InputError`] for an id that is none, or that is taken.
pub(crate) fn run(args: &NewArgs, root: &Path) -> Result<Vec<PathBuf>> {
    let id = args.id.as_str();
    if args.slug.is_some() && args.kind != Kind::Claim {
        return Err(InputError::new("only a claim has a slug; leave the second name out").into());
    }
    let files = match args.kind {
        Kind::Claim => claim::skeleton(root, id, args.slug.as_deref())?,
        Kind::Workload => workload::skeleton(root, plain(id)?),
        Kind::Design => {
            let tree = Tree::at(root)?;
            let mut taken: BTreeSet<&str> = tree.owners();
            taken.extend(tree.runtimes());
            if taken.contains(plain(id)?) {
                let text =
                    format!("`{id}` is a design, peer or runtime already; choose another id");
                return Err(InputError::new(text).into());
            }
            design::skeleton(&tree, id, &args.like)?
        }
        Kind::Target => target::skeleton(root, plain(id)?)?,
    };
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
        let text = format!("{} exists already; choose another id", path.display());
        return Err(InputError::new(text).into());
    }
    for (path, text) in &files {
        let dir = path.parent().context("a file has a folder")?;
        fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
        fs::write(path, text).with_context(|| path.display().to_string())?;
    }
    let mut written: Vec<PathBuf> = files.into_iter().map(|(path, _)| path).collect();
    if args.kind == Kind::Target {
        written.push(target::name_in_the_map(root, id)?);
    }
    Ok(written)
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
fn plain(id: &str) -> Result<&str> {
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
fn walk(dir: &Path) -> Result<Vec<PathBuf>> {
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
