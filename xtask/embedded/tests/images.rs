//! Images in QEMU, from the tree as it is: sound ones, and one that fails in every way.
//!
//! Nothing is skipped: without QEMU or a `core` for the board these tests fail with the
//! command that installs it.

use std::path::{Path, PathBuf};

use record::{Kind, Line, Outcome, Status};
use xtask_cargo::Watch;
use xtask_embedded::{Built, Image, Way, available, build, images, run};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the tree")
}

fn way() -> Way {
    available(&root()).unwrap_or_else(|missing| panic!("{missing}"))
}

fn built(owner: &str) -> Built {
    let root = root();
    let wanted = |image: &Image| image.owner == owner && image.workload == "embedded-footprint";
    let images: Vec<Image> = images(&root).expect("the tree").into_iter().filter(wanted).collect();
    assert_eq!(images.len(), 1, "{owner} has one image of this workload");
    let mut watch = Watch { what: "a test", say: &mut |_| {}, stopped: &|| false, passes: false };
    let built = build(&root, &way(), &images, true, &mut watch).expect("builds");
    built.into_iter().next().expect("one image")
}

fn exact(lines: &[Line]) -> &Line {
    lines.iter().find(|line| line.kind == Kind::Exact).expect("an exact line")
}

#[test]
fn the_superloop_toggles_and_counts_and_two_launches_agree() {
    let superloop = built("superloop");
    let first = run(&superloop, 0).expect("runs");
    let line = exact(&first);
    assert_eq!(line.status, Status::Ok);
    assert_eq!(line.cell.to_string(), "embedded-footprint/a,n=20@superloop:own");
    // Twenty toggles at 10 ms, whatever the instructions take in between.
    assert_eq!(line.values["finish_ms"], 200);
    assert!(line.values["instr"] > 0 && line.values["stack_bytes"] > 0);
    let outcome = first.iter().find(|line| line.kind == Kind::Outcome).expect("an outcome");
    assert_eq!(outcome.schedules[0].outcome, Outcome::Absent);
    assert_eq!(outcome.schedules[0].finish_ms, Some(200));
    let mut second = run(&superloop, 1).expect("runs");
    second.iter_mut().for_each(|line| line.launch = 0);
    assert_eq!(first, second);
}

/// The baseline is one only as long as it does what the designs do.
#[test]
fn the_superloop_leaves_the_ledger_of_a_design_for_less() {
    let (superloop, poll) = (built("superloop"), built("poll"));
    let superloop = run(&superloop, 0).expect("runs");
    let poll = run(&poll, 0).expect("runs");
    let (superloop, poll) = (exact(&superloop), exact(&poll));
    assert_eq!((&superloop.status, &poll.status), (&Status::Ok, &Status::Ok));
    assert_eq!(superloop.receipt, poll.receipt);
    for id in ["text_bytes", "stack_bytes", "instr"] {
        assert!(superloop.values[id] < poll.values[id], "{id}");
    }
}

#[test]
fn the_empty_image_costs_less_than_the_superloop_and_executes_nothing() {
    let (empty, superloop) = (built("empty"), built("superloop"));
    let empty = run(&empty, 0).expect("runs");
    let superloop = run(&superloop, 0).expect("runs");
    let (empty, superloop) = (exact(&empty), exact(&superloop));
    assert_eq!(empty.status, Status::Ok);
    for id in ["text_bytes", "bss_bytes", "stack_bytes", "instr"] {
        assert!(empty.values[id] < superloop.values[id], "{id}");
    }
    // The call, the return and the reads of the timer.
    assert!(empty.values["instr"] < 30, "{}", empty.values["instr"]);
    assert_eq!(empty.values["rodata_bytes"] % 4, 0);
}

#[test]
fn generated_packages_are_current() {
    for (path, text) in xtask_embedded::generate(&root()).expect("the tree") {
        let current = std::fs::read_to_string(root().join(&path)).unwrap_or_default();
        assert_eq!(current, text, "{}: run `cargo xtask tidy --fix`", path.display());
    }
}

#[test]
fn the_lock_file_is_current() {
    assert!(xtask_embedded::lock_is_current(&root()), "run `cargo xtask tidy --fix`");
}
