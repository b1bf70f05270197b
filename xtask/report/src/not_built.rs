//! What the matrix would have and nothing measures.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

/// `reports/not_built.toml`, written by hand: such a cell is in no record.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotBuilt {
    pub(crate) cell: Vec<Missing>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Missing {
    pub(crate) who: String,
    /// Workloads, or all of them.
    pub(crate) r#where: String,
    pub(crate) reason: String,
}

impl NotBuilt {
    /// Reads the file; an absent one misses nothing.
    ///
    /// # Errors
    /// When it is malformed.
    pub(crate) fn read(root: &Path) -> Result<NotBuilt> {
        let path = root.join("reports/not_built.toml");
        let Ok(text) = fs::read_to_string(&path) else { return Ok(NotBuilt::default()) };
        toml::from_str(&text).with_context(|| path.display().to_string())
    }
}
