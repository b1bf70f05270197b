//! `prototypes/<design>/design.toml`: what a design says of itself.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::InputError;

/// What a design may offer and a workload may need, each with its meaning.
pub(crate) const CAPABILITIES: [(&str, &str); 7] = [
    ("BORROW_SPAWN", "a child may borrow from the frames around its scope"),
    ("PROGRESS", "a child moves while its parent awaits something else"),
    ("ASYNC_CLEANUP", "clean-up may await, also when it is cancelled"),
    ("BORROWED_IO", "an operation in flight may use borrowed memory"),
    ("NO_ALLOC", "everything but boxed forms works without an allocator"),
    ("DYNAMIC_SPAWN", "the number of children need not be known beforehand"),
    ("IO", "sockets and files of the system"),
];

/// A workload that the design cannot express.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Unsupported {
    /// Why, for a reader.
    pub reason: String,
    /// The compiler's error code, checked on target `host`.
    pub error: Option<String>,
}

/// The parts of a design file that planning needs; reports read more of it.
#[derive(Clone, Debug, Deserialize)]
pub struct Design {
    /// Id, equal to the folder's name.
    pub id: String,
    /// Name for headings.
    #[serde(default)]
    pub name: String,
    /// One sentence.
    #[serde(default)]
    pub summary: String,
    /// Modes, when it has several semantics behind one dialect.
    #[serde(default)]
    pub modes: Vec<String>,
    /// What it can do, as workloads name it in `needs`.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// The function by which a profile knows that this design ran.
    #[serde(default)]
    pub marker: String,
    /// Workloads that it cannot express.
    #[serde(default)]
    pub unsupported: BTreeMap<String, Unsupported>,
}

impl Design {
    /// Reads a file.
    ///
    /// # Errors
    /// An [`InputError`] naming file and line.
    pub fn read(path: &Path) -> Result<Design> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let design: Design = toml::from_str(&text)
            .map_err(|error| InputError::new(format!("{}: {error}", path.display())))?;
        let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        if design.id != folder {
            let id = &design.id;
            let text = format!("{}: id `{id}` differs from the folder's name", path.display());
            return Err(InputError::new(text).into());
        }
        Ok(design)
    }
}
