//! A real image that fails in every way: what dies costs the cell that died.

use std::time::Duration;

use record::{CellKey, Kind, Line, Outcome, Role, Status};

use crate::build::{Built, cargo};
use crate::images::{Image, Planned};
use crate::lines::run_within;
use crate::size::sections;
use crate::{FOLDER, TRIPLE, available, sysroot};
use xtask_cargo::output;

/// Cells of `workloads/targets/cortex-m4/faults`, in its order.
const CELLS: [(&str, u32, Role); 10] = [
    ("sound", 3, Role::Hazard),
    ("panic", 1, Role::Hazard),
    ("fault", 1, Role::Hazard),
    ("hang", 1, Role::Hazard),
    ("fires", 1, Role::Control),
    ("overflow", 1, Role::Hazard),
    ("stuck", 1, Role::Hazard),
    ("watchdog", 1, Role::Hazard),
    ("differs", 1, Role::Hazard),
    ("sound", 5, Role::Hazard),
];

fn built() -> Built {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().expect("the tree");
    let way = available(&root).unwrap_or_else(|missing| panic!("{missing}"));
    let sysroot = sysroot::prepare(&root, &way).expect("core");
    let mut cargo = cargo(&root, &way, sysroot.as_deref()).expect("a command");
    output(cargo.args(["-p", "faults", "--locked"])).expect("builds");
    let path = root.join(FOLDER).join("target").join(TRIPLE).join("release/faults");
    let cell = |case: &str, n: u32| -> CellKey {
        format!("faults/{case},n={n}@none:own").parse().expect("a key")
    };
    let planned = |(case, n, role): (&str, u32, Role)| Planned { cell: cell(case, n), role };
    let image = Image {
        owner: "faults".to_owned(),
        baseline: true,
        workload: "faults".to_owned(),
        interrupts: false,
        cells: CELLS.into_iter().map(planned).collect(),
    };
    let sections = sections(&path).expect("an image");
    Built { image, artifact: Ok((path, sections)), core_origin: way.core_origin() }
}

fn of(lines: &[Line], case: &str, kind: Kind) -> Line {
    let found = lines.iter().find(|line| line.cell.case == case && line.kind == kind);
    found.unwrap_or_else(|| panic!("no line of {case}")).clone()
}

fn word(line: &Line) -> (&str, &str) {
    match &line.status {
        Status::Ok => ("ok", ""),
        Status::Not { word, reason } => (word, reason),
    }
}

#[test]
fn every_death_is_a_line_with_its_reason_and_costs_no_other_cell() {
    let built = built();
    let lines = run_within(&built, 0, Duration::from_secs(10)).expect("runs");
    assert_eq!(lines.len(), 2 * CELLS.len());
    let status = |case: &str| {
        let line = of(&lines, case, Kind::Exact);
        let (word, reason) = word(&line);
        (word.to_owned(), reason.to_owned())
    };
    let is = |word: &str, reason: &str| (word.to_owned(), reason.to_owned());
    assert_eq!(status("fault"), is("crashed", "hard fault, or the stack ran out"));
    assert_eq!(status("hang").0, "timeout");
    assert_eq!(status("fires"), is("failed", "control fired"));
    assert_eq!(status("overflow"), is("failed", "ledger overflow"));
    assert_eq!(status("stuck"), is("hang", "a cancelled root did not drain"));
    assert_eq!(status("differs"), is("failed", "two calls differ"));

    let panic = of(&lines, "panic", Kind::Outcome);
    assert_eq!(panic.status, Status::Ok);
    assert_eq!(panic.schedules[0].outcome, Outcome::Panics);
    let note = of(&lines, "panic", Kind::Exact).note.expect("a note");
    assert!(note.starts_with("panicked in source line "), "{note}");

    let watchdog = of(&lines, "watchdog", Kind::Outcome);
    assert!(watchdog.schedules[0].watchdog);
    assert_eq!(watchdog.schedules[0].outcome, Outcome::Hang);
    assert_eq!(watchdog.schedules[0].finish_ms, None);

    // Cells before and behind the dead ones, each with what it logged.
    let sound: Vec<&Line> =
        lines.iter().filter(|line| line.cell.case == "sound" && line.kind == Kind::Exact).collect();
    let lost: Vec<u64> = sound.iter().map(|line| line.values["lost_items"]).collect();
    assert_eq!(lost, [3, 5]);
    assert!(sound.iter().all(|line| line.status.is_ok() && line.receipt.is_some()));
    assert_ne!(sound[0].receipt, sound[1].receipt);
}

#[test]
fn an_image_that_does_not_build_or_is_no_image_is_reported() {
    let mut built = built();
    built.artifact = Err("error[E0599]".to_owned());
    let lines = run_within(&built, 2, Duration::from_secs(10)).expect("answers");
    assert_eq!(lines.len(), 2 * CELLS.len());
    assert_eq!(word(&lines[0]), ("failed", "the image does not build: error[E0599]"));
    assert_eq!(lines[0].launch, 2);

    assert!(sections(std::path::Path::new("Cargo.toml")).is_err());
}
