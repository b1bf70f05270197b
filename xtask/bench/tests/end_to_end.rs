//! A whole run over a small tree: build, run, check, record.

mod common;

use std::collections::BTreeMap;

use record::{Line, Record};
use serde_json::Value;
use xtask_bench::plan::plan;
use xtask_bench::{After, BenchArgs, Exit, Hooks, Profile, Staleness, Tree, bench_in, exit_code};

fn smoke(target: &str) -> BenchArgs {
    BenchArgs {
        profile: Profile::Smoke,
        target: vec![target.to_owned()],
        json: true,
        ..BenchArgs::default()
    }
}

fn run(tree: &Tree, args: &BenchArgs) -> anyhow::Result<(Exit, Value)> {
    let mut out = Vec::new();
    let mut after = |written: &[xtask_bench::Written]| {
        assert_eq!(written.len(), 1);
        Ok(After { json: "judged".into(), ..After::default() })
    };
    let mut hooks = Hooks { aa_spread: &|_| None, after: &mut after };
    let exit = bench_in(tree, args, &mut hooks, &mut out)?;
    Ok((exit, serde_json::from_slice(&out).expect("JSON")))
}

fn lines(tree: &Tree, answer: &Value, target: &str) -> (Record, Vec<Line>) {
    let dir = answer["targets"][target]["record"].as_str().expect("a record");
    let record = Record::open(&tree.root.join(dir)).expect("a record");
    let mut lines = Vec::new();
    record
        .lines(|line| {
            lines.push(line);
            Ok(())
        })
        .expect("readable");
    (record, lines)
}

fn statuses(lines: &[Line]) -> BTreeMap<String, String> {
    lines.iter().map(|l| (format!("{:?} {}", l.kind, l.cell), l.status.to_string())).collect()
}

#[test]
fn every_planned_cell_has_a_line_whatever_became_of_it() {
    let (_dir, tree) = common::tree();
    let (exit, answer) = run(&tree, &smoke("sim")).expect("a run");
    assert_eq!(exit, Exit::No, "{answer:#}");
    assert_eq!(answer["after"], "judged");
    let (record, lines) = lines(&tree, &answer, "sim");
    let statuses = statuses(&lines);
    let status = |key: &str| statuses.get(key).map_or("no line", String::as_str);

    assert_eq!(status("Exact first/a,n=1@poll:own"), "ok");
    assert!(status("Exact first/a,n=13@poll:own").starts_with("crashed: signal 6"));
    assert!(status("Exact first/a,n=7@scoped:own").starts_with("failed: receipt"));
    assert_eq!(status("Exact first/a,n=7@poll:own"), "ok");
    assert_eq!(
        status("Outcome first/b,n=9@scoped:own"),
        "failed: control fired in 1 of 1 schedules"
    );
    assert_eq!(status("Outcome second/a,n=1@scoped:own"), "unsupported: no borrowing");
    assert_eq!(status("Exact second/a,n=1@poll:own"), "ok");

    let counted = lines.iter().find(|l| !l.values.is_empty()).expect("an exact line");
    assert_eq!(counted.values["allocs"], 1, "sim is the counting build");
    let planned = plan(&tree, &smoke("sim")).expect("a plan").cells.len();
    assert_eq!(lines.len(), planned);
    assert_eq!(record.run.profile, "smoke");
    assert!(record.run.claims.contains_key("C001"));
    assert!(record.run.artifacts.contains_key("runner-linux+count"));
    let text = std::fs::read_to_string(record.dir.join("run.json")).expect("run.json");
    assert!(!text.contains(&tree.root.display().to_string()), "a path of this machine");
    assert!(!tree.root.join("target/bench").read_dir().expect("a folder").any(|_| true));
}

#[test]
fn a_record_names_the_drivers_and_limits_of_its_machine_outside_of_the_fingerprint() {
    let (_dir, tree) = common::tree();
    let (_, answer) = run(&tree, &smoke("linux")).expect("a run");
    let linux = lines(&tree, &answer, "linux").0.run.machine;
    assert_eq!(linux.volatile["runtime own"], "available");
    assert_eq!(linux.volatile["runtime own-uring"], "not allowed here");
    assert!(linux.volatile.contains_key("io_uring") && linux.volatile.contains_key("open_files"));
    assert!(!linux.stable.contains_key("io_uring"));
}

#[test]
fn a_change_moves_the_fingerprints_of_its_own_cells_only() {
    let (_dir, tree) = common::tree();
    let mut args = smoke("sim");
    args.workload = vec!["first".to_owned()];
    let record = |args: &BenchArgs| {
        let (_, answer) = run(&tree, args).expect("a run");
        lines(&tree, &answer, "sim").0.run.fingerprints
    };
    let before = record(&args);
    std::fs::write(tree.root.join("prototypes/scoped/src/lib.rs"), "// other\n").expect("written");
    std::fs::write(tree.root.join("prototypes/scoped/DESIGN.md"), "prose\n").expect("written");
    let after = record(&args);
    assert_eq!(before["first@poll"], after["first@poll"]);
    assert_ne!(before["first@scoped"], after["first@scoped"]);
    std::fs::write(tree.root.join("workloads/suite/second.rs"), "// other\n").expect("written");
    std::fs::write(tree.root.join("prototypes/scoped/DESIGN.md"), "more prose\n").expect("written");
    assert_eq!(after, record(&args));
}

#[test]
fn a_claim_is_stale_when_what_it_was_measured_from_changed() {
    let (_dir, tree) = common::tree();
    let mut args = smoke("sim");
    args.claim = vec!["C001".to_owned()];
    let (_, answer) = run(&tree, &args).expect("a run");
    let records = [lines(&tree, &answer, "sim").0];
    let why = || Staleness::new(&tree, &records).expect("hashes").why("C001").expect("a claim");
    std::fs::write(tree.root.join("workloads/suite/second.rs"), "// other\n").expect("written");
    assert_eq!(why(), None);
    std::fs::write(tree.root.join("workloads/suite/first.rs"), "// other\n").expect("written");
    let text = why().expect("stale");
    assert!(text.contains("first@poll changed since sim/"), "{text}");
}

#[test]
fn an_interrupted_run_goes_on_and_counts_nothing_twice() {
    let (_dir, tree) = common::tree();
    let args = smoke("sim");
    let hash = plan(&tree, &args).expect("a plan").hash();
    let log = tree.root.join("target/bench").join(hash).join("cells.jsonl");
    // Everything is measured and nothing can be written.
    let blocked = BenchArgs { out: Some(tree.root.join("Cargo.toml")), ..args.clone() };
    run(&tree, &blocked).expect_err("a file is no folder");
    let bytes = std::fs::read(&log).expect("the log outlives the run");
    std::fs::write(&log, &bytes[..bytes.len() * 2 / 3]).expect("written");

    let resumed = BenchArgs { resume: true, ..args.clone() };
    let (_, again) = run(&tree, &resumed).expect("resumed");
    let (_, whole) = run(&tree, &args).expect("a run from the start");
    let (first, second) = (lines(&tree, &whole, "sim").1, lines(&tree, &again, "sim").1);
    assert_eq!(first, second);
    let id = String::from_utf8(bytes.split(|b| *b == b'"').nth(3).expect("an id").to_vec());
    assert_eq!(again["run_id"], id.expect("text"));
    assert_eq!(exit_code(&run(&tree, &resumed).expect_err("nothing to resume")), 2);
}

#[test]
fn a_committed_record_needs_a_clean_tree() {
    let (_dir, tree) = common::tree();
    let args = BenchArgs { record: true, workload: vec!["second".to_owned()], ..smoke("sim") };
    std::fs::write(tree.root.join("stray"), "x").expect("written");
    let error = run(&tree, &args).expect_err("dirty");
    assert_eq!(exit_code(&error), 2);
    assert!(!tree.root.join("reports").exists(), "something was written");
    std::fs::remove_file(tree.root.join("stray")).expect("removed");
    let (exit, answer) = run(&tree, &args).expect("a run");
    assert_eq!(exit, Exit::Done, "{answer:#}");
    let dir = answer["targets"]["sim"]["record"].as_str().expect("a record");
    assert!(dir.starts_with("reports/data/sim/"), "{dir}");
}

#[test]
fn a_runner_that_does_not_build_is_said_and_nothing_is_recorded() {
    let (_dir, tree) = common::tree();
    let main = tree.root.join("workloads/targets/linux/src/main.rs");
    std::fs::write(main, "fn main() { nonsense }").expect("written");
    let mut out = Vec::new();
    let mut after = |_: &[xtask_bench::Written]| panic!("no record to judge");
    let mut hooks = Hooks { aa_spread: &|_| None, after: &mut after };
    let exit = bench_in(&tree, &smoke("sim"), &mut hooks, &mut out).expect("a run");
    assert_eq!(exit, Exit::No);
    let answer: Value = serde_json::from_slice(&out).expect("JSON");
    let reason = answer["targets"]["sim"]["failed"].as_str().expect("a reason");
    assert!(reason.contains("nonsense"), "{reason}");
}
