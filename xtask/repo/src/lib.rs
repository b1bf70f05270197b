//! What git says of the repository, whatever the caller's environment says to git.
//!
//! A hook, a rebase or an editor sets `GIT_DIR` and its kin for the programs that it starts,
//! and a git that inherits them answers for another repository, or writes into it. Every git
//! of the tool is started here, without them, and its exit status is looked at.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Without the caller's `GIT_*`: for any command that may start git itself.
pub fn without_git_variables(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") {
            command.env_remove(name);
        }
    }
}

/// Runs git in a folder and returns what it printed.
///
/// # Errors
/// When git cannot be started, fails, or prints what is not UTF-8.
pub fn git(dir: &Path, args: &[&str]) -> Result<String> {
    let line = || format!("git {}", args.join(" "));
    let mut command = Command::new("git");
    command.args(args).current_dir(dir).stdin(Stdio::null());
    without_git_variables(&mut command);
    let output = command
        .output()
        .with_context(|| format!("`{}` cannot be started; is git installed?", line()))?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` failed in {} ({}): {}", line(), dir.display(), output.status, error.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` prints UTF-8", line()))
}

/// What the tree is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Full hash of the commit.
    pub full: String,
    /// Whether the tree differs from it, files that git does not know included.
    pub dirty: bool,
}

/// The commit of a tree that is a repository of its own.
///
/// # Errors
/// When it is none: an archive, or a folder inside another repository, whose revision would
/// say nothing of the tree.
pub fn revision(root: &Path) -> Result<Revision> {
    is_top_level(root)?;
    let full = git(root, &["rev-parse", "HEAD"])?.trim().to_owned();
    let status = git(root, &["status", "--porcelain", "--untracked-files=normal"])?;
    Ok(Revision { full, dirty: !status.trim().is_empty() })
}

/// Files that git tracks or would track, as absolute paths.
///
/// # Errors
/// When the tree is not a repository of its own.
pub fn tracked(root: &Path) -> Result<Vec<PathBuf>> {
    is_top_level(root)?;
    let list = git(root, &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
    let names = list.split('\0').filter(|name| !name.is_empty());
    Ok(names.map(|name| root.join(name)).filter(|path| path.is_file()).collect())
}

/// A tree that is no repository of its own: an input that is wrong, and no failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoRepository(String);

impl std::fmt::Display for NoRepository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoRepository {}

/// That a tree is a repository of its own, before git is asked about its files.
///
/// # Errors
/// A [`NoRepository`] when it is none, with what to do.
pub fn is_top_level(root: &Path) -> Result<()> {
    let advice = "clone the repository with git and run the command there";
    let top = git(root, &["rev-parse", "--show-toplevel"])
        .map_err(|error| NoRepository(refused(root, advice, &format!("{error:#}"))))?;
    let top = PathBuf::from(top.trim_end_matches(['\n', '\r']));
    let same = top.canonicalize().ok() == root.canonicalize().ok();
    if !same {
        let text = format!(
            "{} lies inside another git repository, {}, whose revision says nothing of it; {advice}",
            root.display(),
            top.display()
        );
        return Err(NoRepository(text).into());
    }
    Ok(())
}

/// What git's refusal comes to. A repository of another user is one all the same.
fn refused(root: &Path, advice: &str, said: &str) -> String {
    let root = root.display();
    match said.contains("dubious ownership") {
        true => format!(
            "{root} belongs to another user, so that git does not answer; \
             `git config --global --add safe.directory '{root}'`, if you trust it"
        ),
        false => format!("{root} is not a git repository; {advice} ({said})"),
    }
}

/// A git for tests: no configuration but this, no hooks, no signing, no repository but `dir`.
#[must_use]
pub fn scratch(dir: &Path) -> Command {
    let mut command = Command::new("git");
    without_git_variables(&mut command);
    command.current_dir(dir).stdin(Stdio::null());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for setting in [
        "user.name=test",
        "user.email=test@example.org",
        "commit.gpgsign=false",
        "core.hooksPath=/dev/null",
        "core.autocrlf=false",
        "init.defaultBranch=main",
    ] {
        command.args(["-c", setting]);
    }
    command
}

/// Makes `dir` a repository with one commit of all that is in it; for tests.
///
/// # Panics
/// When git fails.
pub fn commit_all(dir: &Path) {
    for args in [&["init", "-q"][..], &["add", "-A"], &["commit", "-q", "-m", "test"]] {
        let status = scratch(dir).args(args).status().expect("git is installed");
        assert!(status.success(), "git {args:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_of_another_user_is_not_called_none() {
        let said = "`git rev-parse` failed: fatal: detected dubious ownership in repository";
        let text = refused(Path::new("/tree"), "clone it", said);
        assert!(text.contains("safe.directory '/tree'") && !text.contains("clone"), "{text}");
        let text = refused(Path::new("/tree"), "clone it", "fatal: not a git repository");
        assert!(text.contains("is not a git repository; clone it"), "{text}");
    }
}
