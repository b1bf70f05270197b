//! The site as a reader sees it: in a browser, by clicks and keys, over the tree's own records.
//!
//! What is expected is read from the data of the site and from `rfc cite`, so that a new record
//! changes no test.

mod browser;
mod compare;
mod links;
mod look;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The tree's root: this package lies one folder below it.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a parent").to_owned()
}

/// A command of the tool as a reader types it. It is built as the tool is and not as a test: the
/// intervals of a whole record take minutes without optimisation.
fn xtask(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    command.args(["--quiet", "xtask"]).args(args).current_dir(root());
    xtask_repo::without_git_variables(&mut command);
    command.output().expect("started")
}

/// The folder of the site, built once for all tests.
fn site() -> &'static Path {
    static SITE: OnceLock<PathBuf> = OnceLock::new();
    SITE.get_or_init(|| {
        let output = xtask(&["report", "--site", "--json"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        root().join("target/site")
    })
}

/// Files of the site that end so, in order of path.
fn files(end: &str) -> Vec<PathBuf> {
    fn walk(dir: &Path, end: &str, into: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, end, into);
            } else if path.to_string_lossy().ends_with(end) {
                into.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(site(), end, &mut found);
    found.sort();
    found
}
