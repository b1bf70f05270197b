//! `prototypes/runtimes/runtimes.toml`: the runtimes that a cell may name, in the order of tables.
//!
//! The one reader of this file.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::parse::parse;

/// Where the list lies, below the root.
pub const RUNTIMES: &str = "prototypes/runtimes/runtimes.toml";

/// A runtime.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runtime {
    /// As a cell names it.
    pub id: String,
    /// Whether it is our own executor, on whichever driver.
    #[serde(default)]
    pub ours: bool,
    /// Workloads in which it starts threads of its own; `*` is all of them.
    #[serde(default)]
    pub threads: Vec<String>,
    /// Whose plain program a form on it is held against, where it is not its own.
    #[serde(default)]
    pub program: String,
    /// What a reader has to know of it wherever it is named.
    #[serde(default)]
    pub note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    runtime: Vec<Runtime>,
}

/// The runtimes of a tree; none where there is no list.
///
/// # Errors
/// A [`BadInput`](crate::BadInput) naming file and line.
pub fn runtimes(root: &Path) -> Result<Vec<Runtime>> {
    let path = root.join(RUNTIMES);
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(&path).with_context(|| RUNTIMES.to_owned())?;
    let file: File = parse(&text, Path::new(RUNTIMES))?;
    Ok(file.runtime)
}
