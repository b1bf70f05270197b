//! What the tool does with a runner, on the toys: profiles, and cells that never answer.
//!
//! The tool links nothing that it measures; here, on the side of what is measured, both can
//! be looked at together.

use std::path::Path;
use std::time::Duration;

use record::Role;
use xtask_bench::Profile;
use xtask_bench::plan::{CellKind, Job, Plan, PlannedCell, jobs};
use xtask_bench::runner::{Command, Counted, Limits, Stop, Stretch, count_by_callgrind, run_jobs};

const TOYS: &str = env!("CARGO_BIN_EXE_runner-toys");

fn counted(cell: &str, stretch: Stretch) -> Counted {
    let dir = tempfile::tempdir().expect("a folder");
    let scratch = dir.path().join("profile");
    let limits = Limits { timeout: Duration::from_secs(600), memory_mib: 0 };
    let stop = Stop::default();
    let counted = count_by_callgrind(Path::new(TOYS), cell, stretch, &scratch, limits, &stop)
        .expect("valgrind starts; `cargo xtask doctor --install` installs it");
    let left: Vec<_> = std::fs::read_dir(dir.path()).expect("a folder").collect();
    assert!(left.is_empty(), "{left:?}");
    counted.expect("nothing stops it").expect("the cell can be counted")
}

#[test]
fn a_call_and_a_measured_part_of_a_call_are_counted_alone() {
    let [ten, twenty] = [10, 20].map(|n| {
        let cell = format!("parts/whole,n={n}@alpha:own");
        counted(&cell, Stretch::Call)
    });
    let part = counted("parts/part,n=20@alpha:own", Stretch::Part);
    assert_eq!((ten.syscalls, twenty.syscalls), (Some(10), Some(20)));
    assert_eq!(part.syscalls, Some(20));
    assert_eq!(ten.own_and_foreign("awb_marker_alpha"), (10, 0));
    assert_eq!(part.own_and_foreign("awb_marker_alpha"), (20, 0));
    assert_eq!(part.own_and_foreign("awb_marker_beta"), (0, 20));
    // Ten steps more cost the same in both, and what is set up around the part, a hundred
    // steps, costs more than all of it.
    let larger = counted("parts/part,n=30@alpha:own", Stretch::Part);
    assert_eq!(larger.instr - part.instr, twenty.instr - ten.instr);
    let all = counted("parts/part,n=20@alpha:own", Stretch::Call);
    assert!(all.instr > 4 * part.instr, "{} of {}", part.instr, all.instr);
    assert_eq!(all.syscalls, Some(50 + 20 + 70));
}

#[test]
fn looks_at_the_clock_are_no_system_calls() {
    let call = counted("parts/clocks,n=10@alpha:own", Stretch::Call);
    let part = counted("parts/clocks-in-part,n=20@alpha:own", Stretch::Part);
    assert_eq!((call.syscalls, call.clock_reads), (Some(20), 50));
    assert_eq!((part.syscalls, part.clock_reads), (Some(40), 100));
}

#[test]
fn a_byte_that_is_copied_or_filled_is_no_instruction() {
    for case in ["copies", "fills"] {
        let [few, more] = [10, 20].map(|n| {
            let cell = format!("parts/{case},n={n}@alpha:own");
            counted(&cell, Stretch::Call).instr
        });
        let of_64_kib = (more - few) / 10;
        assert!((1 << 10..10_000).contains(&of_64_kib), "{case}: {of_64_kib} instructions");
    }
}

#[test]
fn a_cell_that_never_answers_is_ended_and_the_launch_goes_on() {
    let cells = ["parts/blocks,n=1@alpha:own", "parts/whole,n=3@alpha:own"];
    let planned = |cell: &&str| PlannedCell {
        target: "linux".to_owned(),
        kind: CellKind::Exact,
        cell: cell.parse().expect("a key"),
        role: Role::Control,
        launches: 1,
        schedules: 0,
        seed: 0,
        jitter: 0,
        real_clock: true,
        rss: false,
        cpu: false,
        threads: false,
        latency: None,
        unsupported: None,
    };
    let cells = cells.iter().map(planned).collect();
    let mut jobs = jobs(&Plan { profile: Profile::Smoke, seed: 1, cells }, "linux");
    jobs.sort_by_key(|job: &Job| job.cell().case.clone());
    let command = Command { program: TOYS.into(), args: vec!["run".to_owned()], env: &[] };
    // The second cell answers in far less; only the first waits for this.
    let limits = Limits { timeout: Duration::from_secs(4), memory_mib: 0 };
    let mut seen = Vec::new();
    run_jobs(&command, limits, &jobs, &Stop::default(), &mut |_, lines| {
        seen.extend(lines.iter().map(|line| line.status.to_string()));
        Ok(())
    })
    .expect("the runner starts");
    assert_eq!(seen, ["timeout: no answer within 4 s of real time", "ok"]);
}
