//! The recipes of CONTRIBUTING.md, word for word, in a copy of the tree.
//!
//! A command that measures is asked for its plan (`--list`), so that nothing is built here; all
//! others are run as they are printed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The tree's root: this package lies one folder below it.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a parent").to_owned()
}

/// A copy of what a recipe may touch, as a repository of its own.
fn copy() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for path in xtask_repo::tracked(&root()).expect("a repository") {
        let relative = path.strip_prefix(root()).expect("below the root");
        let to = dir.path().join(relative);
        fs::create_dir_all(to.parent().expect("a folder")).expect("made");
        fs::copy(&path, to).expect("copied");
    }
    xtask_repo::commit_all(dir.path());
    dir
}

/// Commands in backticks that start with `cargo xtask`, in order, by recipe.
fn recipes() -> Vec<(String, Vec<String>)> {
    let text = fs::read_to_string(root().join("CONTRIBUTING.md")).expect("the document");
    let mut recipes: Vec<(String, Vec<String>)> = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            recipes.push((title.to_owned(), Vec::new()));
        }
        let Some((_, commands)) = recipes.last_mut() else { continue };
        let quoted = line.split('`').skip(1).step_by(2);
        commands.extend(quoted.filter(|code| code.starts_with("cargo xtask ")).map(str::to_owned));
    }
    recipes.retain(|(_, commands)| !commands.is_empty());
    recipes
}

fn run(dir: &Path, command: &str) -> Output {
    let words: Vec<&str> = command.split(' ').skip(2).collect();
    let mut process = Command::new(env!("CARGO_BIN_EXE_xtask"));
    process.args(&words).current_dir(dir);
    if words[0] == "bench" {
        process.arg("--list");
    }
    xtask_repo::without_git_variables(&mut process);
    process.output().expect("started")
}

/// With an id and two records in the places of the reader's own.
fn typed(dir: &Path, command: &str) -> String {
    let records = fs::read_dir(dir.join("reports/data/sim")).expect("the records of a target");
    let record = records.map(|entry| entry.expect("an entry").path()).next().expect("one of them");
    let record = record.strip_prefix(dir).expect("below the root").to_string_lossy().into_owned();
    let typed = command.replace("C0nn", "C999");
    typed.replace("BEFORE", &record).replace("AFTER", &record)
}

#[test]
fn every_recipe_runs_as_it_is_printed() {
    let recipes = recipes();
    assert!(recipes.len() >= 4, "{recipes:?}");
    let mut wrong = Vec::new();
    let dir = copy();
    for (title, commands) in &recipes {
        // Each recipe starts from a clean clone.
        for args in [&["reset", "-q", "--hard"][..], &["clean", "-q", "-fdx"]] {
            let status = xtask_repo::scratch(dir.path()).args(args).status();
            assert!(status.expect("git is installed").success(), "git {args:?}");
        }
        for command in commands {
            // The gate, a record and its pin are no part of a plan.
            if command.contains("xtask test") || command.contains("--record") {
                continue;
            }
            let typed = typed(dir.path(), command);
            let output = run(dir.path(), &typed);
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stderr);
                let out = String::from_utf8_lossy(&output.stdout);
                wrong.push(format!("{title}: `{typed}`: {}\n{said}{out}", output.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
