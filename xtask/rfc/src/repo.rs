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

/// The address at which a browser finds a remote: of a path on this machine there is none.
fn web(remote: &str) -> Option<String> {
    let remote = remote.trim();
    if let Some(rest) = remote.strip_prefix("git@") {
        let (host, path) = rest.split_once(':')?;
        return Some(format!("https://{host}/{path}"));
    }
    let rest = remote
        .strip_prefix("https://")
        .or_else(|| remote.strip_prefix("http://"))
        .or_else(|| remote.strip_prefix("ssh://"))?;
    // A user name or a password before the host is not to be published.
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    Some(format!("https://{rest}"))
}

impl Links {
    /// Reads `workspace.package.repository`, or the address of `origin` where that is not set,
    /// and the current commit.
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
        let repository = match repository {
            Some(repository) => Some(repository.to_owned()),
            None => git(root, &["remote", "get-url", "origin"]).ok().and_then(|url| web(&url)),
        };
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

/// What comes before a repository-relative path in a permanent link; nothing where links are
/// paths.
///
/// # Errors
/// When `Cargo.toml` cannot be read, or git does not say which commit this is.
pub fn address(root: &Path) -> Result<Option<String>> {
    let links = Links::of_tree(root)?;
    Ok((links != Links::Relative).then(|| links.to("")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_comes_before_origin_and_without_either_links_are_paths() {
        let dir = tempfile::tempdir().expect("a folder");
        let git = |args: &[&str]| {
            let done = xtask_repo::scratch(dir.path()).args(args).status().expect("git runs");
            assert!(done.success(), "git {args:?}");
        };
        let manifest =
            |text: &str| fs::write(dir.path().join("Cargo.toml"), text).expect("written");
        manifest("[workspace.package]\nversion = \"0.1.0\"\n");
        git(&["init", "-q"]);
        git(&["add", "-A"]);
        git(&["commit", "-qm", "a tree"]);
        let links = || Links::of_tree(dir.path()).expect("links").to("rfc/README.md");
        assert_eq!(links(), "rfc/README.md");
        git(&["remote", "add", "origin", "git@host.org:o/fork.git"]);
        let commit = crate::repo::git(dir.path(), &["rev-parse", "HEAD"]).expect("a commit");
        let at =
            |who: &str| format!("https://host.org/o/{who}/blob/{}/rfc/README.md", commit.trim());
        assert_eq!(links(), at("fork"));
        manifest("[workspace.package]\nrepository = \"https://host.org/o/r.git\"\n");
        assert_eq!(links(), at("r"));
    }

    #[test]
    fn a_remote_becomes_an_address_without_names_and_a_path_becomes_none() {
        for (remote, expected) in [
            ("git@host.org:o/r.git\n", Some("https://host.org/o/r.git")),
            ("https://user:word@host.org/o/r", Some("https://host.org/o/r")),
            ("ssh://git@host.org/o/r.git", Some("https://host.org/o/r.git")),
            ("/srv/git/r.git", None),
            ("../r", None),
        ] {
            assert_eq!(web(remote).as_deref(), expected, "{remote}");
        }
    }
}
