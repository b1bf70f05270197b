//! Which records stay in the tree.
//!
//! The pinned ones do, and the one directly before each as long as all of them stay within their
//! bar. What all others said is in `rfc/history.toml`, and git has the records themselves.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use xtask_judge::history::{HISTORY, History, MOST, bytes_below, bytes_of_reports};
use xtask_judge::pins::{DATA, Pins};
use xtask_repo::git;

/// What left the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pruned {
    /// Names of the records that were removed.
    pub removed: Vec<String>,
    /// Bytes of all records afterwards.
    pub bytes: u64,
}

/// Removes the records that only the history needs, and notes which commit holds each.
///
/// # Errors
/// When the history does not know a record yet, or git does not hold it as it stands; nothing
/// was removed then.
pub fn prune(root: &Path) -> Result<Pruned> {
    let pins = Pins::read(root)?;
    let mut history = History::read(root)?;
    let leaving = leaving(root, &pins)?;
    for name in &leaving {
        let Some(kept) = history.records.get_mut(name) else {
            bail!("{HISTORY} does not know {name} yet; cargo xtask rfc eval, then again");
        };
        kept.held_by = Some(holder(root, name)?);
    }
    if !leaving.is_empty() {
        // Before anything is removed: a name without its commit would be a dead end.
        fs::write(root.join(HISTORY), history.to_toml()).with_context(|| HISTORY.to_owned())?;
    }
    for name in &leaving {
        fs::remove_dir_all(Pins::dir(root, name)).with_context(|| format!("{DATA}/{name}"))?;
    }
    Ok(Pruned { removed: leaving, bytes: bytes_below(&root.join(DATA))? })
}

/// All but the last of each history, and of those the largest until the rest is small enough.
fn leaving(root: &Path, pins: &Pins) -> Result<Vec<String>> {
    let there = |name: &&String| Pins::dir(root, name).is_dir();
    let mut leaving: Vec<String> = Vec::new();
    let mut before: Vec<(u64, String)> = Vec::new();
    let mut bytes = bytes_of_reports(root)?;
    for pin in pins.0.values() {
        let Some((last, older)) = pin.history.split_last() else { continue };
        for name in older.iter().filter(there) {
            bytes -= bytes_below(&Pins::dir(root, name))?;
            leaving.push(name.clone());
        }
        if there(&last) {
            before.push((bytes_below(&Pins::dir(root, last))?, last.clone()));
        }
    }
    before.sort();
    while bytes > MOST
        && let Some((size, name)) = before.pop()
    {
        bytes -= size;
        leaving.push(name);
    }
    leaving.sort();
    Ok(leaving)
}

/// The commit whose tree holds a record as it stands.
fn holder(root: &Path, name: &str) -> Result<String> {
    let path = format!("{DATA}/{name}");
    if !git(root, &["status", "--porcelain", "--untracked-files=normal", "--", &path])?.is_empty() {
        bail!("{path} differs from what git has, which would lose it; commit it, then again");
    }
    let commit = git(root, &["log", "-1", "--format=%H", "--", &path])?;
    match commit.trim() {
        "" => bail!("{path} is not in git, which would lose it; commit it, then again"),
        commit => Ok(commit.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        dir
    }

    fn commit(root: &Path) {
        for args in [&["init", "-q"][..], &["add", "-A"], &["commit", "-qm", "records"]] {
            let done = xtask_repo::scratch(root).args(args).status().expect("git runs");
            assert!(done.success(), "git {args:?}");
        }
    }

    const PINS: &str = "[sim]\njudge = \"sim/c\"\nhistory = [\"sim/a\", \"sim/b\"]\n";
    const KNOWN: &str = "format = 1\n[records]\n\"sim/a\" = { date = \"d\", revision = \"r\", machine = \"m\" }\n\
                         \"sim/b\" = { date = \"d\", revision = \"r\", machine = \"m\" }\n";

    #[test]
    fn what_only_the_history_needs_leaves_and_its_commit_is_noted() {
        let dir = tree(&[
            (xtask_judge::pins::PINS, PINS),
            (HISTORY, KNOWN),
            ("reports/data/sim/a/run.json", "old"),
            ("reports/data/sim/b/run.json", "before"),
            ("reports/data/sim/c/run.json", "pinned"),
        ]);
        let root = dir.path();
        commit(root);
        let pruned = prune(root).expect("all of it is committed");
        assert_eq!(pruned, Pruned { removed: vec!["sim/a".into()], bytes: 12 });
        let kept = History::read(root).expect("a history").records;
        let held_by = kept["sim/a"].held_by.clone().expect("a commit");
        assert_eq!(kept["sim/b"].held_by, None);
        let shown = git(root, &["show", &format!("{held_by}:reports/data/sim/a/run.json")]);
        assert_eq!(shown.expect("git has it"), "old");
        assert_eq!(prune(root).expect("again").removed, Vec::<String>::new());
    }

    #[test]
    fn the_largest_of_those_before_leaves_where_all_are_too_much() {
        let large = "x".repeat(usize::try_from(MOST).expect("fits"));
        let pins = "[linux]\njudge = \"linux/b\"\nhistory = [\"linux/a\"]\n\
                    [sim]\njudge = \"sim/b\"\nhistory = [\"sim/a\"]\n";
        let dir = tree(&[
            (xtask_judge::pins::PINS, pins),
            ("reports/data/linux/a/run.json", &large),
            ("reports/data/linux/b/run.json", "pinned"),
            ("reports/data/sim/a/run.json", "before"),
        ]);
        let pins = Pins::read(dir.path()).expect("pins");
        assert_eq!(leaving(dir.path(), &pins).expect("counted"), ["linux/a"]);
    }

    #[test]
    fn nothing_leaves_that_git_or_the_history_does_not_have() {
        let files = |history| {
            let record = ("reports/data/sim/a/run.json", "old");
            tree(&[(xtask_judge::pins::PINS, PINS), (HISTORY, history), record])
        };
        for (history, committed, why) in [
            ("format = 1\n", true, "does not know sim/a yet"),
            (KNOWN, false, "differs from what git has"),
        ] {
            let dir = files(history);
            let record = dir.path().join("reports/data/sim/a/run.json");
            commit(dir.path());
            if !committed {
                fs::write(&record, "edited").expect("a file");
            }
            let refused = prune(dir.path()).expect_err(why).to_string();
            assert!(refused.contains(why), "{refused}");
            assert!(record.is_file(), "{why}");
        }
    }
}
