//! Small faults of the surroundings: a reader that leaves, files that an editor left.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a parent").to_owned()
}

/// What `head -c 1` does to a long answer.
#[test]
fn a_reader_that_leaves_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["bench", "--profile", "full", "--list", "--json"])
        .current_dir(root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let mut first = [0_u8];
    let mut out = child.stdout.take().expect("piped");
    out.read_exact(&mut first).expect("a byte");
    drop(out);
    let mut said = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
    let status = child.wait().expect("ended");
    assert!(!said.contains("panicked"), "{said}");
    assert!(status.success(), "{status}: {said}");
}

#[test]
fn files_that_an_editor_left_are_no_workloads() {
    let dir = tempfile::tempdir().expect("a folder");
    let put = |path: &str, text: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    };
    for path in xtask_repo::tracked(&root()).expect("a repository") {
        let relative = path.strip_prefix(root()).expect("below the root");
        if !relative.starts_with("reports") {
            let to = dir.path().join(relative);
            fs::create_dir_all(to.parent().expect("a folder")).expect("made");
            fs::copy(&path, to).expect("copied");
        }
    }
    xtask_repo::commit_all(dir.path());
    let tidy = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(args).current_dir(dir.path());
        xtask_repo::without_git_variables(&mut command);
        let output = command.output().expect("started");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let before = tidy(&["tidy"]);
    put("workloads/suite/.futurelock.rs.swp", "x");
    put("workloads/suite/.#futurelock.rs", "x");
    put("workloads/suite/futurelock.rs~", "x");
    put("workloads/suite/futurelock.toml.orig", "x");
    assert_eq!(tidy(&["tidy"]), before);
    put("workloads/suite/new_one.rs", "//! A source without a description.\n");
    assert!(tidy(&["tidy"]).contains("has no `new_one.toml` beside it"));
}
