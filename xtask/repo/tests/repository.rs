//! A tree that is no repository of its own, names that git would quote, and a caller's `GIT_*`.

use std::fs;
use std::path::Path;
use std::process::Command;

use xtask_repo::{NoRepository, commit_all, revision, scratch, tracked, without_git_variables};

fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("a.rs"), "// a\n").expect("written");
    dir
}

#[test]
fn an_archive_is_refused_with_what_to_do() {
    let dir = folder();
    let error = revision(dir.path()).expect_err("no repository");
    assert!(error.is::<NoRepository>(), "an input that is wrong: {error:#}");
    assert!(error.to_string().contains("clone the repository with git"), "{error:#}");
    assert!(tracked(dir.path()).is_err());
}

#[test]
fn a_tree_inside_another_repository_is_refused() {
    let dir = folder();
    let inner = dir.path().join("inner");
    fs::create_dir(&inner).expect("made");
    fs::write(inner.join("b.rs"), "// b\n").expect("written");
    commit_all(dir.path());
    let error = format!("{:#}", revision(&inner).expect_err("the outer repository's"));
    assert!(error.contains("inside another git repository"), "{error}");
    assert!(tracked(&inner).is_err());
}

#[test]
fn a_file_that_git_does_not_know_makes_the_tree_dirty_whatever_the_configuration() {
    let dir = folder();
    commit_all(dir.path());
    assert!(!revision(dir.path()).expect("a revision").dirty);
    let hide = ["config", "status.showUntrackedFiles", "no"];
    assert!(scratch(dir.path()).args(hide).status().expect("git").success());
    fs::write(dir.path().join("new.rs"), "// new\n").expect("written");
    assert!(revision(dir.path()).expect("a revision").dirty);
}

#[test]
fn names_outside_of_ascii_are_files_too() {
    let dir = folder();
    let path = dir.path().join("größe \"x\".rs");
    fs::write(&path, "// c\n").expect("written");
    commit_all(dir.path());
    assert!(tracked(dir.path()).expect("a list").contains(&path));
}

#[test]
fn variables_of_the_caller_do_not_reach_git() {
    let names = |command: &Command| -> Vec<String> {
        let removed = command.get_envs().filter(|(_, value)| value.is_none());
        removed.map(|(name, _)| name.to_string_lossy().into_owned()).collect()
    };
    let mut command = Command::new("true");
    without_git_variables(&mut command);
    let set: Vec<String> = std::env::vars_os()
        .map(|(name, _)| name.to_string_lossy().into_owned())
        .filter(|name| name.starts_with("GIT_"))
        .collect();
    let mut removed = names(&command);
    removed.sort();
    let mut set = set;
    set.sort();
    assert_eq!(removed, set);
}

/// The whole file again, as from a hook of another repository: nothing is written into it.
#[test]
fn a_repository_that_the_caller_points_to_stays_as_it_is() {
    if std::env::var_os("GIT_DIR").is_some() {
        return;
    }
    let outer = folder();
    commit_all(outer.path());
    let head = |dir: &Path| revision(dir).expect("a revision");
    let before = head(outer.path());
    let own = std::env::current_exe().expect("this test");
    let status = Command::new(own)
        .env("GIT_DIR", outer.path().join(".git"))
        .env("GIT_WORK_TREE", outer.path())
        .env("GIT_INDEX_FILE", outer.path().join(".git/index"))
        .status();
    assert!(status.expect("started").success());
    assert_eq!(head(outer.path()), before);
}
