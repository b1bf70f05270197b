//! A small tree with everything that planning looks at, and a runner without dependencies.

use std::path::{Path, PathBuf};
use std::process::Command;

use xtask_bench::Tree;

/// Answers requests with lines; what a cell does is in its case id.
const RUNNER: &str = include_str!("runner.rs");

const FIRST: &str = r#"
id = "first"
title = "First"
clock = "virtual"
receipt = "equal"
targets = ["sim", "linux"]
schedules = "random(8, 3)"
jitter = 20
[[case]]
id = "a"
role = "hazard"
[[case]]
id = "b"
role = "control"
[params.sim]
n = [1, 7, 9, 13]
[params.linux]
n = [1]
[measure]
instr = true
wall = true
"#;

const SECOND: &str = r#"
id = "second"
title = "Second"
clock = "virtual"
receipt = "per-design"
targets = ["sim"]
[[case]]
id = "a"
role = "hazard"
[[case]]
id = "b"
role = "control"
[[case]]
id = "peers-only"
role = "hazard"
holder = ["futures"]
n = [2]
"#;

const CLAIM: &str = r#"
id = "C001"
title = "A claim"
[[check]]
of = { workload = "first", case = "a", design = "poll", metric = "allocs", at = { n = [7, 9] } }
vs = { design = "scoped" }
compare = "ratio"
targets = ["sim"]
"#;

/// The axes of a design without modes.
pub(crate) const AXES: &str = r#"
[axes.default]
drop = "may"
drive = "awaited"
cancel = "drop"
buffer = "copied"
wake = "root"
share = "borrow"
workers = "one"
"#;

/// Writes the tree and commits it.
fn make(root: &Path) {
    let put = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    let package = |name: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n")
    };
    put(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"workloads/targets/linux\"]\n\
         [profile.fast]\ninherits = \"release\"\n",
    );
    put(".gitignore", "target/\nreports/local/\n");
    put("workloads/suite/first.toml", FIRST);
    put("workloads/suite/first.rs", "// Case { id: \"a\" } Case { id: \"b\" }\n");
    put("workloads/suite/second.toml", SECOND);
    put("workloads/suite/second.rs", "// Case { id: \"a\" } Case { id: \"b\" }\n");
    put("workloads/contract/src/lib.rs", "// contract\n");
    put("prototypes/kernel/src/lib.rs", "// kernel\n");
    put(
        "prototypes/poll/design.toml",
        &format!("id = \"poll\"\nsummary = \"polled\"\nmarker = \"mark_poll\"\n{AXES}"),
    );
    put("prototypes/poll/src/lib.rs", "// poll\n");
    put(
        "prototypes/scoped/design.toml",
        &format!(
            "id = \"scoped\"\nmarker = \"mark_scoped\"\n[unsupported]\n\
             second = {{ reason = \"no borrowing\", error = \"E0521\" }}\n{AXES}"
        ),
    );
    put("prototypes/scoped/src/lib.rs", "// scoped\n");
    put("workloads/mounts/poll/Cargo.toml", &package("suite-poll"));
    put("workloads/mounts/scoped/Cargo.toml", &package("suite-scoped"));
    put("workloads/peers/futures/src/second.rs", "// peer, case id: \"peers-only\"\n");
    put("rfc/claims/C001-a-claim.toml", CLAIM);
    let runner = format!(
        "{}[features]\ncount = []\nsuite-poll = []\nsuite-scoped = []\n",
        package("runner-linux")
    );
    put("workloads/targets/linux/Cargo.toml", &runner);
    put("workloads/targets/linux/src/main.rs", RUNNER);
    sh(root, "cargo generate-lockfile --offline -q");
    xtask_repo::commit_all(root);
}

/// The tree, and the folder that keeps it alive.
pub(crate) fn tree() -> (tempfile::TempDir, Tree) {
    // Some users have a space in their paths.
    let dir = tempfile::Builder::new().prefix("a tree ").tempdir().expect("a folder");
    let root: PathBuf = dir.path().canonicalize().expect("a path");
    make(&root);
    let tree = Tree::at(&root).expect("a tree");
    (dir, tree)
}

fn sh(root: &Path, script: &str) {
    let status = Command::new("sh").args(["-c", script]).current_dir(root).status();
    assert!(status.expect("sh").success(), "{script}");
}
