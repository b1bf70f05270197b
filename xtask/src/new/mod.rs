//! `cargo xtask new`: skeletons that build, so that an addition starts from a green tree.

mod claim;
mod design;
mod driver;
mod peer;
mod runtime;
mod skeleton;
mod target;
mod workload;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use xtask_bench::{InputError, Tree};

use crate::ids;
use skeleton::{Skeleton, insert, plain};

/// Where ARCHITECTURE.md lists the files that may hold `unsafe`.
const LIST_END: &str = "<!-- unsafe:end -->";

/// Write the skeleton of a design, a workload, a target, a claim, a peer, a runtime or a driver
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
    /// The design whose dialect a new one starts from, or the runtime whose adapter
    #[arg(long, value_name = "ID")]
    like: Option<String>,
    /// A design that exists outside of the tree: link its folder instead of writing one
    #[arg(long, value_name = "FOLDER", conflicts_with = "like")]
    design_path: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A prototype design; its mount is generated
    Design,
    /// A workload with its description
    Workload,
    /// A bare-metal target, from the one that exists
    Target,
    /// A claim
    Claim,
    /// A public crate that is measured beside the designs
    Peer,
    /// A foreign runtime: its adapter, and a facade on it
    Runtime,
    /// A driver of the kernel, and the runtime that it is
    Driver,
}

/// What is written: new files, files that name them, and a row of ARCHITECTURE.md.
#[derive(Default)]
struct Written {
    files: Skeleton,
    changed: Skeleton,
    row: Option<String>,
}

/// Writes the files and returns them; refuses to overwrite.
///
/// # Errors
/// An [`InputError`] for an id that is none, or that is taken.
pub(crate) fn run(args: &NewArgs, root: &Path) -> Result<Vec<PathBuf>> {
    if args.slug.is_some() && args.kind != Kind::Claim {
        return Err(InputError::new("only a claim has a slug; leave the second name out").into());
    }
    if let Some(path) = &args.design_path {
        if args.kind != Kind::Design {
            return Err(InputError::new("--design-path is for a design").into());
        }
        free(&Tree::at(root)?, plain(&args.id)?)?;
        return Ok(vec![design::link(root, &args.id, path)?]);
    }
    let Written { files, changed, row } = written(args, root)?;
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
        let text = format!("{} exists already; choose another id", path.display());
        return Err(InputError::new(text).into());
    }
    let mut written = Vec::new();
    for (path, text) in files.into_iter().chain(changed) {
        let dir = path.parent().context("a file has a folder")?;
        fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
        fs::write(&path, text).with_context(|| path.display().to_string())?;
        written.push(path);
    }
    if let Some(row) = row {
        let map = root.join("ARCHITECTURE.md");
        let text = fs::read_to_string(&map).with_context(|| map.display().to_string())?;
        fs::write(&map, insert(&text, LIST_END, &row)?)
            .with_context(|| map.display().to_string())?;
        written.push(map);
    }
    Ok(written)
}

fn written(args: &NewArgs, root: &Path) -> Result<Written> {
    let id = args.id.as_str();
    let like = args.like.as_deref();
    let new = |files: Skeleton| Written { files, ..Written::default() };
    Ok(match args.kind {
        Kind::Claim => new(claim::skeleton(root, id, args.slug.as_deref())?),
        Kind::Workload => new(workload::skeleton(root, plain(id)?)),
        Kind::Design => {
            let tree = Tree::at(root)?;
            free(&tree, plain(id)?)?;
            let first = ids::first(root)?;
            new(design::skeleton(&tree, id, like.unwrap_or(&first))?)
        }
        Kind::Target => {
            let row = Some(target::unsafe_row(id));
            Written { row, ..new(target::skeleton(root, plain(id)?)?) }
        }
        Kind::Peer => {
            let tree = Tree::at(root)?;
            free(&tree, plain(id)?)?;
            Written { row: Some(peer::unsafe_row(id)), ..new(peer::skeleton(&tree, id)?) }
        }
        Kind::Runtime => {
            free(&Tree::at(root)?, plain(id)?)?;
            let (files, changed) = runtime::skeleton(root, id, like, &ids::first(root)?)?;
            Written { files, changed, row: None }
        }
        Kind::Driver => {
            let tree = Tree::at(root)?;
            let (files, changed) = driver::skeleton(&tree, plain(id)?)?;
            Written { files, changed, row: None }
        }
    })
}

/// That nothing that a cell key may name has this id.
fn free(tree: &Tree, id: &str) -> Result<()> {
    let mut taken: BTreeSet<&str> = tree.owners();
    taken.extend(tree.runtimes());
    if taken.contains(id) {
        let text = format!("`{id}` is a design, peer or runtime already; choose another id");
        return Err(InputError::new(text).into());
    }
    Ok(())
}
