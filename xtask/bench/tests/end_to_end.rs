//! A whole run over a small tree: build, run, check, record.

mod common;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Parser as _;
use record::{Line, Record};
use serde_json::Value;
use xtask_bench::plan::plan;
use xtask_bench::{
    After, BenchArgs, Exit, Hooks, LARGEST, Profile, Staleness, Tree, bench_in, exit_code,
};

fn smoke(target: &str) -> BenchArgs {
    BenchArgs {
        profile: Some(Profile::Smoke),
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
    let first = &mut |_: &xtask_bench::Written| panic!("a script wants JSON alone");
    let mut hooks = Hooks { aa_spread: &|_| None, first, after: &mut after, largest: LARGEST };
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

/// Logs of interrupted runs.
fn logs(tree: &Tree) -> Vec<PathBuf> {
    let entries = tree.root.join("target/bench").read_dir().expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path().join("cells.jsonl"));
    paths.filter(|path| path.is_file()).collect()
}

/// Name of the folder of a local run.
fn folder(record: &Record) -> String {
    let run = record.dir.parent().and_then(|dir| dir.file_name()).expect("a folder");
    run.to_string_lossy().into_owned()
}

/// Runs for a person; what `first` answers stands between the counts.
fn run_aloud(tree: &Tree, args: &BenchArgs, first: anyhow::Result<&str>) -> anyhow::Result<String> {
    let mut out = Vec::new();
    let answer = first.map(str::to_owned).map_err(|error| format!("{error:#}"));
    let mut first = |_: &xtask_bench::Written| match &answer {
        Ok(text) => Ok(Some(text.clone())),
        Err(error) => Err(anyhow::anyhow!("{error}")),
    };
    let after = &mut |_: &[xtask_bench::Written]| Ok(After::default());
    let mut hooks = Hooks { aa_spread: &|_| None, first: &mut first, after, largest: LARGEST };
    bench_in(tree, &BenchArgs { json: false, ..args.clone() }, &mut hooks, &mut out)?;
    Ok(String::from_utf8(out).expect("text"))
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
    assert!(logs(&tree).is_empty(), "the log is removed");
    assert_eq!(
        record.dir.parent().and_then(|dir| dir.parent()),
        Some(&*tree.root.join("reports/local"))
    );
    assert_eq!(record.name(), format!("sim/{}", folder(&record)));
    let settings = &record.run.toolchain.settings;
    assert_eq!(settings["cargo profile"], "fast");
    assert_eq!(settings["packages"], "suite-poll suite-scoped");
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
    let write = |name: &str, text: &str| {
        std::fs::write(tree.root.join("workloads/suite").join(name), text).expect("written");
    };
    write("second.rs", "fn other() {}\n");
    assert_eq!(why(), None, "another workload");
    write("first.rs", "// other\n");
    assert_eq!(why(), None, "a comment");
    write("first.rs", "fn other() {}\n");
    let text = why().expect("stale");
    assert!(text.contains("first@poll changed since sim/"), "{text}");
}

#[test]
fn an_interrupted_run_goes_on_and_counts_nothing_twice() {
    let (_dir, tree) = common::tree();
    let args = smoke("sim");
    // Everything is measured, and then the tool stumbles.
    run_aloud(&tree, &args, Err(anyhow::anyhow!("no terminal"))).expect_err("stumbles");
    let [log] = &logs(&tree)[..] else { panic!("the log outlives the run") };
    let bytes = std::fs::read(log).expect("readable");
    std::fs::write(log, &bytes[..bytes.len() * 2 / 3]).expect("written");

    let resumed = BenchArgs { resume: true, ..args.clone() };
    let (_, again) = run(&tree, &resumed).expect("resumed");
    let (record, second) = lines(&tree, &again, "sim");
    let (_, whole) = run(&tree, &args).expect("a run from the start");
    let (other, first) = lines(&tree, &whole, "sim");
    assert_eq!(first, second);
    assert_ne!(folder(&record), folder(&other));
    let id = String::from_utf8(bytes.split(|b| *b == b'"').nth(3).expect("an id").to_vec());
    assert_eq!(again["run_id"], id.expect("text"));
    assert_eq!(record.run.argv.last().map(String::as_str), Some("--resume"));
    assert_eq!(record.run.attempts.len(), 2, "{:?}", record.run.attempts);
    assert!(other.run.attempts.is_empty());
    assert_eq!(exit_code(&run(&tree, &resumed).expect_err("nothing to resume")), 2);
}

#[test]
fn a_run_of_another_revision_does_not_go_on() {
    let (_dir, tree) = common::tree();
    let args = smoke("sim");
    run_aloud(&tree, &args, Err(anyhow::anyhow!("no terminal"))).expect_err("stumbles");
    std::fs::write(tree.root.join("prototypes/poll/src/lib.rs"), "// other\n").expect("written");
    xtask_repo::commit_all(&tree.root);
    let resumed = BenchArgs { resume: true, ..args };
    let error = run(&tree, &resumed).expect_err("refused");
    assert_eq!(exit_code(&error), 2);
    let text = error.to_string();
    assert!(text.contains("git checkout") && text.contains("without --resume"), "{text}");
    assert_eq!(logs(&tree).len(), 1, "what was measured is kept");
}

#[test]
fn runs_into_two_folders_have_two_logs() {
    let (_dir, tree) = common::tree();
    let to = |name: &str| BenchArgs { out: Some(tree.root.join(name)), ..smoke("sim") };
    for name in ["target/a", "target/b"] {
        run_aloud(&tree, &to(name), Err(anyhow::anyhow!("no terminal"))).expect_err("stumbles");
    }
    assert_eq!(logs(&tree).len(), 2);
}

#[test]
fn the_table_of_hazards_follows_the_counts_of_its_target() {
    let (_dir, tree) = common::tree();
    let text = run_aloud(&tree, &smoke("sim"), Ok("hazard  poll\n")).expect("a run");
    let counts = text.find("sim: ").expect("counts");
    let table = text.find("\nhazard  poll\n").expect("the table");
    let all = text.find("in all: ").expect("the sum");
    assert!(counts < table && table < all, "{text}");
    assert!(text.contains(" cells run, 0 refused, 7 failed, 2 unsupported\n"), "{text}");
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
fn a_record_that_is_too_large_is_refused_at_once_and_stays_readable() {
    let (_dir, tree) = common::tree();
    let target = vec!["sim".to_owned(), "linux".to_owned()];
    let args = BenchArgs { record: true, target, ..smoke("sim") };
    let after = &mut |_: &[xtask_bench::Written]| panic!("nothing to pin");
    let first = &mut |_: &xtask_bench::Written| panic!("a script wants JSON alone");
    let mut hooks = Hooks { aa_spread: &|_| None, first, after, largest: 100 };
    let error = bench_in(&tree, &args, &mut hooks, &mut Vec::new()).expect_err("too large");
    assert_eq!(exit_code(&error), 1, "something was written");
    let text = format!("{error:#}");
    assert!(text.contains("the record of sim would have 0.0 MB"), "{text}");
    assert!(text.contains("fewer --launches"), "{text}");
    let kept = text.split_once("lies in ").and_then(|(_, rest)| rest.split_once(';'));
    let kept = tree.root.join(kept.expect("a place").0);
    assert!(kept.starts_with(tree.root.join("reports/local")), "{text}");
    assert_eq!(Record::open(&kept.join("sim")).expect("a record").run.target, "sim");
    assert!(!kept.join("linux").exists(), "refused before the next target runs");
    let committed = tree.root.join("reports/data/sim").read_dir().expect("a folder");
    assert_eq!(committed.count(), 0, "nothing to commit, and no draft");
}

#[test]
fn a_runner_that_does_not_build_is_said_and_nothing_is_recorded() {
    let (_dir, tree) = common::tree();
    let main = tree.root.join("workloads/targets/linux/src/main.rs");
    std::fs::write(main, "fn main() { nonsense }").expect("written");
    let mut out = Vec::new();
    let mut after = |_: &[xtask_bench::Written]| panic!("no record to judge");
    let first = &mut |_: &xtask_bench::Written| Ok(None);
    let mut hooks = Hooks { aa_spread: &|_| None, first, after: &mut after, largest: LARGEST };
    let exit = bench_in(&tree, &smoke("sim"), &mut hooks, &mut out).expect("a run");
    assert_eq!(exit, Exit::No);
    let answer: Value = serde_json::from_slice(&out).expect("JSON");
    let reason = answer["targets"]["sim"]["failed"].as_str().expect("a reason");
    assert!(reason.contains("nonsense"), "{reason}");
}

#[test]
fn a_pin_of_fewer_cells_is_refused_before_anything_is_measured() {
    let (_dir, tree) = common::tree();
    let whole = BenchArgs { record: true, ..smoke("sim") };
    let (_, answer) = run(&tree, &whole).expect("a run");
    let record = lines(&tree, &answer, "sim").0;
    let pins = format!("[sim]\njudge = \"{}\"\n", record.name());
    std::fs::write(tree.root.join("rfc/pins.toml"), pins).expect("written");
    xtask_repo::commit_all(&tree.root);

    let claim = vec!["C001".to_owned()];
    let part = BenchArgs { claim, pin: true, target: Vec::new(), ..whole.clone() };
    let error = run(&tree, &part).expect_err("refused");
    assert_eq!(exit_code(&error), 2);
    let text = error.to_string();
    assert!(text.contains("of the pinned record sim/") && text.contains("first/a,n=1@"), "{text}");
    assert!(text.contains(xtask_bench::NEW_PIN), "{text}");
    assert_eq!(std::fs::read_dir(tree.root.join("reports/data/sim")).expect("there").count(), 1);

    // What is recommended is allowed.
    let words = xtask_bench::NEW_PIN.split(' ').skip(3);
    let advised = Recommended::parse_from(std::iter::once("bench").chain(words)).args;
    assert!(advised.pin && advised.record);
    let advised = BenchArgs { target: vec!["sim".to_owned()], json: true, ..advised };
    let (_, answer) = run(&tree, &advised).expect("a record");
    assert!(answer["targets"]["sim"]["record"].is_string(), "{answer:#}");
}

#[derive(clap::Parser)]
struct Recommended {
    #[command(flatten)]
    args: BenchArgs,
}
