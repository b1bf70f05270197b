//! Which cells exist where mounts and workloads name runtimes and modes.

mod common;

use std::path::Path;

use xtask_bench::plan::{jobs, plan};
use xtask_bench::{BenchArgs, Tree};

const ECHO: &str = r#"
id = "echo"
title = "Echo"
clock = "real"
receipt = "equal"
targets = ["linux"]
runtimes = ["own-epoll", "own-uring", "tokio"]
[[case]]
id = "a"
role = "hazard"
[[case]]
id = "b"
role = "control"
runtimes = ["own-uring"]
[params.linux]
n = [1]
"#;

fn put(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    std::fs::write(path, text).expect("written");
}

fn mount(root: &Path, path: &str, name: &str, table: &str) {
    let text = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n[package.metadata.mount]\n{table}\n"
    );
    put(root, &format!("workloads/{path}/Cargo.toml"), &text);
}

/// `poll` on three drivers and on tokio, `scoped` in a second mode, a peer on its own runtime.
fn tree() -> (tempfile::TempDir, Tree) {
    let (dir, tree) = common::tree();
    let root = &tree.root;
    put(root, "workloads/suite/echo.toml", ECHO);
    put(root, "workloads/suite/echo.rs", "// Case { id: \"a\" } Case { id: \"b\" }\n");
    put(root, "workloads/peers/tokio/src/echo.rs", "// echo, case id: \"a\"\n");
    let own = "runtimes = [\"own\", \"own-epoll\", \"own-uring\"]";
    mount(root, "mounts/poll", "suite-poll", own);
    let tokio = "design = \"poll\"\nruntimes = [\"tokio\"]\nclock = \"real\"";
    mount(root, "mounts/poll-tokio", "suite-poll-tokio", tokio);
    let second = "design = \"scoped\"\nmode = \"anchored\"";
    mount(root, "mounts/scoped-anchored", "suite-scoped-anchored", second);
    let [local, anchored] = ["local", "anchored"].map(|mode| common::AXES.replace("default", mode));
    let design = format!(
        "id = \"scoped\"\nmarker = \"mark_scoped\"\nmodes = [\"local\", \"anchored\"]\n{local}{anchored}"
    );
    put(root, "prototypes/scoped/design.toml", &design);
    mount(root, "peers/tokio", "peer-tokio", "runtimes = [\"tokio\"]");
    let tree = Tree::at(root).expect("a tree");
    (dir, tree)
}

fn cells(tree: &Tree, args: &BenchArgs) -> Vec<String> {
    let plan = plan(tree, args).expect("a plan");
    let mut cells: Vec<String> =
        plan.cells.iter().map(|planned| planned.cell.to_string()).collect();
    cells.sort();
    cells.dedup();
    cells
}

fn only(workload: &str, target: &str) -> BenchArgs {
    BenchArgs {
        workload: vec![workload.to_owned()],
        target: vec![target.to_owned()],
        peers: true,
        ..BenchArgs::default()
    }
}

#[test]
fn a_cell_exists_where_mount_workload_and_case_name_its_runtime() {
    let (_dir, tree) = tree();
    assert_eq!(
        cells(&tree, &only("echo", "linux")),
        [
            "echo/a,n=1@poll:own-epoll",
            "echo/a,n=1@poll:own-uring",
            "echo/a,n=1@poll:tokio",
            "echo/a,n=1@tokio:tokio",
            "echo/b,n=1@poll:own-uring",
        ]
    );
    assert!(cells(&tree, &only("echo", "host")).is_empty(), "nothing of it runs on `own`");
}

#[test]
fn on_the_machines_clock_rivals_of_all_runtimes_are_timed_together() {
    let (_dir, tree) = tree();
    let groups = |workload: &str| {
        let plan = plan(&tree, &only(workload, "linux")).expect("a plan");
        let mut groups: Vec<String> = plan.cells.iter().map(|planned| planned.group()).collect();
        groups.dedup();
        groups
    };
    assert!(groups("echo").iter().all(|group| group.ends_with(",n=1:*")));
    assert!(groups("first").iter().all(|group| group.ends_with(",n=1:own")));
}

#[test]
fn memory_is_taken_beside_counts_and_latency_instead_of_them() {
    let (_dir, tree) = tree();
    let loaded = format!(
        "{ECHO}[[case]]\nid = \"idle\"\nrole = \"hazard\"\nmeasure = {{ rss = true }}\n\
         [[case]]\nid = \"serve\"\nrole = \"hazard\"\n\
         measure = {{ latency = {{ rate = 2000, seconds = 5 }} }}\n"
    );
    // A table of parameters ends the list of cases, so it goes to the end.
    let (params, cases) =
        ("[params.linux]\nn = [1]\n", loaded.replacen("[params.linux]\nn = [1]\n", "", 1));
    put(&tree.root, "workloads/suite/echo.toml", &format!("{cases}{params}"));
    let source: String =
        ["a", "b", "idle", "serve"].map(|id| format!("// Case {{ id: \"{id}\" }}\n")).concat();
    put(&tree.root, "workloads/suite/echo.rs", &source);
    let tree = Tree::at(&tree.root).expect("a tree");
    let mut args = only("echo", "linux");
    args.design = vec!["poll".to_owned()];
    args.runtime = vec!["own-uring".to_owned()];
    args.profile = Some(xtask_bench::Profile::Standard);
    let planned = plan(&tree, &args).expect("a plan");
    let of = |case: &str| -> Vec<(&str, u32, bool)> {
        let cells = planned.cells.iter().filter(|planned| planned.cell.case == case);
        cells.map(|planned| (planned.kind.word(), planned.launches, planned.rss)).collect()
    };
    assert_eq!(of("idle"), [("exact", 3, true)]);
    assert_eq!(of("serve"), [("latency", 3, false)]);
    let jobs = jobs(&planned, "linux");
    let job = jobs.iter().find(|job| job.cell().case == "serve").expect("a job");
    let request = serde_json::to_value(job.request()).expect("a request");
    assert_eq!((&request["kind"], &request["rate"]), (&"latency".into(), &2000.into()));
    assert_eq!((&request["seconds"], &request["schedule"]), (&5.into(), &"poisson".into()));
    args.profile = Some(xtask_bench::Profile::Smoke);
    let smoke = plan(&tree, &args).expect("a plan");
    assert!(smoke.cells.iter().all(|planned| planned.kind.word() == "exact" && !planned.rss));
}

#[test]
fn virtual_time_stays_on_the_simulated_driver_and_every_mode_has_its_mount() {
    let (_dir, tree) = tree();
    assert_eq!(
        cells(&tree, &only("first", "linux")),
        [
            "first/a,n=1@poll:own",
            "first/a,n=1@scoped/anchored:own",
            "first/a,n=1@scoped/local:own",
            "first/b,n=1@poll:own",
            "first/b,n=1@scoped/anchored:own",
            "first/b,n=1@scoped/local:own",
        ]
    );
    let host = cells(&tree, &only("first", "host"));
    assert!(host.iter().all(|cell| !cell.contains("anchored")), "{host:?}");
}

#[test]
fn runtimes_are_found_and_filtered_by_glob() {
    let (_dir, tree) = tree();
    let all: Vec<&str> = tree.runtimes().into_iter().collect();
    assert_eq!(all, ["own", "own-epoll", "own-uring", "tokio"]);
    let mut args = only("echo", "linux");
    args.runtime = vec!["own-*".to_owned()];
    assert_eq!(cells(&tree, &args).len(), 3);
    args.runtime = vec!["glommio".to_owned()];
    let error = plan(&tree, &args).expect_err("unknown");
    assert!(error.to_string().contains("no runtime is called"), "{error}");
}

#[test]
fn a_mount_of_an_unknown_design_is_an_input_error() {
    let (_dir, tree) = tree();
    mount(&tree.root, "mounts/other", "suite-other", "design = \"pol\"");
    let error = Tree::at(&tree.root).expect_err("unknown");
    assert!(error.to_string().contains("no design is called `pol`"), "{error}");
}

#[test]
fn a_baseline_has_the_cases_that_it_names_on_its_target_alone() {
    let (dir, tree) = tree();
    let package = "targets/linux/baselines/bare";
    mount(&tree.root, package, "baseline-bare", "runtimes = [\"io-uring\"]");
    let file = format!("workloads/{package}/src/echo.rs");
    put(&tree.root, &file, "// echo, case id: \"a\"\n");
    let tree = Tree::at(dir.path()).expect("a tree");
    let of_baseline = |target| {
        let mut cells = cells(&tree, &only("echo", target));
        cells.retain(|cell| cell.contains("@bare"));
        cells
    };
    assert_eq!(of_baseline("linux"), ["echo/a,n=1@bare:io-uring"]);
    assert!(of_baseline("sim").is_empty());
}
