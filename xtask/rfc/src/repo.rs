//! Where the repository lives, so that a quotation links to the text that was quoted.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use xtask_repo::git;

/// Makes links to files of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    /// Frozen at a commit of the public repository.
    Permanent {
        /// Without a slash at the end.
        repository: String,
        /// The full commit.
        commit: String,
    },
    /// The repository has no address yet: paths from its root.
    Relative,
}

impl Links {
    /// Reads `workspace.package.repository` and the current commit.
    pub(crate) fn of_tree(root: &Path) -> Result<Links> {
        let path = root.join("Cargo.toml");
        let Ok(text) = fs::read_to_string(&path) else { return Ok(Links::Relative) };
        let manifest: toml::Table =
            toml::from_str(&text).with_context(|| path.display().to_string())?;
        let repository = manifest
            .get("workspace")
            .and_then(|workspace| workspace.get("package"))
            .and_then(|package| package.get("repository"))
            .and_then(toml::Value::as_str);
        let Some(repository) = repository else { return Ok(Links::Relative) };
        let commit = git(root, &["rev-parse", "HEAD"])?;
        Ok(Links::Permanent {
            repository: repository.trim_end_matches('/').trim_end_matches(".git").to_owned(),
            commit: commit.trim().to_owned(),
        })
    }

    /// The address of a repository-relative path, with its fragment if it has one.
    pub(crate) fn to(&self, path: &str) -> String {
        match self {
            Links::Permanent { repository, commit } => format!("{repository}/blob/{commit}/{path}"),
            Links::Relative => path.to_owned(),
        }
    }

    /// Whether a permanent link to the file would show something else than the file.
    pub(crate) fn differs_from_commit(&self, root: &Path, path: &str) -> Result<bool> {
        match self {
            Links::Permanent { .. } => {
                Ok(!git(root, &["status", "--porcelain", "--", path])?.trim().is_empty())
            }
            Links::Relative => Ok(false),
        }
    }
}
