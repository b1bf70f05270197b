//! The promises of the protocol, through a real process.

#[path = "common/ask.rs"]
mod ask;
#[path = "protocol/load.rs"]
mod load;
#[path = "protocol/process_cpu.rs"]
mod process_cpu;

use std::process::Command;

use ask::{ask, ask_with, exact, only, outcome, run, time, toys};
use record::{Kind, Mount, Outcome, Role};

#[test]
fn describe_lists_every_mount_and_workload() {
    let (code, out, _) = toys(&["describe"], "");
    let mounts: Vec<Mount> =
        out.lines().map(|text| serde_json::from_str(text).expect(text)).collect();
    assert_eq!(code, Some(0));
    let names: Vec<_> = mounts.iter().map(|m| (&*m.design, &*m.variant, &*m.workload)).collect();
    assert_eq!(
        names,
        [
            ("alpha", "portable", "plain"),
            ("alpha", "portable", "ends"),
            ("alpha", "portable", "parts"),
            ("alpha", "portable", "serves"),
            ("alpha", "portable", "threads"),
            ("beta", "portable", "plain"),
            ("beta", "expert", "plain")
        ]
    );
    assert_eq!(mounts[0].cases[0], ("fires".to_owned(), Role::Hazard));
    assert_eq!(mounts[0].cases[1], ("quiet".to_owned(), Role::Control));
    assert_eq!(mounts[6].runtimes, ["own", "other"]);
}

#[test]
fn exact_reports_the_workloads_and_the_judges_values_and_the_heap() {
    let line = only(exact("plain/fires,n=5@alpha:own"));
    assert!(line.status.is_ok());
    assert_eq!((line.kind, line.launch, line.role), (Kind::Exact, 4, Some(Role::Hazard)));
    let value = |id: &str| line.values.get(id).copied();
    assert_eq!(value("future_bytes"), Some(40));
    assert_eq!(value("lost_items"), Some(5));
    assert_eq!(value("finish_ms"), Some(4));
    assert_eq!([value("allocs"), value("alloc_bytes"), value("peak_bytes")], [Some(0); 3]);

    let line = only(exact("plain/heap,n=7@beta/m1+expert:other"));
    let value = |id: &str| line.values.get(id).copied();
    assert_eq!(
        [value("allocs"), value("alloc_bytes"), value("peak_bytes")],
        [Some(14), Some(14 * 24), Some(48)]
    );
}

#[test]
fn of_a_run_with_a_measured_part_only_that_part_counts() {
    let line = only(exact("parts/part,n=7@alpha:own"));
    assert!(line.status.is_ok(), "{}", line.status);
    let value = |id: &str| line.values.get(id).copied();
    assert_eq!(value("ops"), Some(7));
    // Seven boxes of eight bytes that go again, and one of forty that stays.
    assert_eq!([value("allocs"), value("alloc_bytes")], [Some(8), Some(7 * 8 + 40)]);
    assert_eq!([value("peak_bytes"), value("live_bytes")], [Some(40), Some(40)]);
    let whole = only(exact("parts/whole,n=7@alpha:own"));
    assert!(!whole.values.contains_key("ops") && !whole.values.contains_key("live_bytes"));
    let timed = &ask(&[time(&["parts/part,n=7@alpha:own"])]).lines;
    assert!(timed.iter().all(|line| line.status.is_ok() && line.values["ops"] == 7));
}

#[test]
fn equal_work_leaves_equal_receipts_and_other_work_others() {
    let receipts: Vec<_> = ["fires,n=5@alpha:own", "fires,n=5@beta/m1:own", "fires,n=6@alpha:own"]
        .map(|cell| only(exact(&format!("plain/{cell}"))).receipt.expect("ok lines have one"))
        .into();
    assert_eq!(receipts[0], receipts[1]);
    assert_ne!(receipts[0], receipts[2]);
}

#[test]
fn what_may_not_count_fails_with_its_reason() {
    for (case, status) in [
        ("control-fires", "failed: control fired"),
        ("control-deadlock", "failed: control hung"),
        ("control-panics", "failed: control panicked: toy of size 3 with on the heap"),
        ("overflow", "failed: ledger overflow"),
    ] {
        let cell = format!("ends/{case},n=3@alpha:own");
        let group = ["plain/fires,n=3@alpha:own", cell.as_str()];
        let answer = ask(&[exact(&cell), outcome(&cell, 2, 20), time(&group)]);
        assert_eq!(answer.code, Some(0));
        let failed: Vec<_> = answer
            .lines
            .iter()
            .filter(|l| l.cell.case == case)
            .map(|l| (l.kind, &l.status))
            .collect();
        assert_eq!(failed.len(), 3, "{case}");
        for (kind, seen) in failed {
            assert_eq!(seen.to_string(), status, "{case} {kind:?}");
        }
        let rest = answer.lines.iter().filter(|line| line.cell.case != case);
        assert_eq!(rest.filter(|line| line.status.is_ok()).count(), 2, "the others are timed");
    }
}

#[test]
fn a_case_that_is_not_deterministic_is_not_exact() {
    let status = only(exact("ends/fickle,n=1@alpha:own")).status.to_string();
    assert!(status.starts_with("failed: two calls differ: receipts "), "{status}");
    let answer = ask(&[time(&["ends/fickle,n=1@alpha:own"])]);
    let status = answer.lines[0].status.to_string();
    assert!(status.starts_with("failed: a block ended with receipt "), "{status}");
}

#[test]
fn a_panic_is_an_outcome_of_a_hazard() {
    let cell = "ends/panics,n=3@alpha:own";
    let line = only(outcome(cell, 1, 0));
    assert!(line.status.is_ok());
    assert_eq!(line.schedules.len(), 2);
    assert!(line.schedules.iter().all(|s| s.outcome == Outcome::Panics && s.finish_ms.is_none()));
    let note = "panicked: toy of size 3 with on the heap";
    assert_eq!(line.note.as_deref(), Some(note));

    let line = only(exact(cell));
    assert!(line.status.is_ok() && !line.values.contains_key("allocs"), "a panic allocates");
    assert_eq!(line.note.as_deref(), Some(note));
    assert_eq!(
        ask(&[time(&[cell])]).lines[0].status.to_string(),
        "unsupported: panics: toy of size 3 with on the heap"
    );
}

#[test]
fn a_watchdog_is_a_hang_unless_the_judge_reads_it() {
    let line = only(outcome("ends/deadlock,n=1@alpha:own", 0, 0));
    assert!(line.status.is_ok());
    assert_eq!(line.schedules[0].outcome, Outcome::Hang);
    assert!(line.schedules[0].watchdog && line.schedules[0].finish_ms.is_none());
    let line = only(outcome("ends/deadlock-judged,n=1@alpha:own", 0, 0));
    assert_eq!((line.schedules[0].outcome, line.schedules[0].severity), (Outcome::Occurs, 1));
    assert!(!only(exact("ends/deadlock,n=1@alpha:own")).values.contains_key("finish_ms"));
}

#[test]
fn schedules_vary_the_environment_and_repeat_exactly() {
    let cell = "plain/jitter,n=1@alpha:own";
    let line = only(outcome(cell, 40, 50));
    assert_eq!(line.schedules.len(), 41);
    assert!(line.schedules.iter().enumerate().all(|(i, s)| s.schedule as usize == i));
    assert_eq!(line.schedules[0].finish_ms, Some(10), "schedule 0 is the script as written");
    assert_eq!(line.receipt, Some(line.schedules[0].receipt));
    let outcomes: std::collections::BTreeSet<_> =
        line.schedules.iter().map(|s| s.outcome).collect();
    assert_eq!(outcomes.len(), 2, "jitter of 50 % makes it late in some and not in others");
    assert_eq!(only(outcome(cell, 40, 50)), line);
    assert!(only(outcome(cell, 40, 0)).schedules.iter().all(|s| s.finish_ms == Some(10)));
}

#[test]
fn only_the_judges_metrics_are_values_of_a_schedule() {
    let line = only(outcome("plain/fires,n=3@alpha:own", 0, 0));
    let values: Vec<_> = line.schedules[0].values.iter().map(|(k, v)| (k.as_str(), *v)).collect();
    assert_eq!(values, [("lost_items", 3)]);
}

#[test]
fn a_stuck_root_ends_the_process_with_a_line_and_code_three() {
    let good = "plain/fires,n=2@alpha:own";
    let answer = ask(&[exact(good), exact("ends/stuck,n=1@alpha:own"), exact(good)]);
    assert_eq!(answer.code, Some(3));
    let seen: Vec<_> = answer.lines.iter().map(|line| line.status.to_string()).collect();
    assert_eq!(seen, ["ok", "hang: a cancelled root did not drain"]);
    assert_eq!(answer.lines[1].cell.to_string(), "ends/stuck,n=1@alpha:own");
    assert_eq!((answer.lines[1].launch, answer.lines[1].kind), (4, Kind::Exact));

    let answer = ask(&[time(&[good, "ends/stuck,n=1@alpha:own"])]);
    assert_eq!((answer.code, answer.lines.len()), (Some(3), 1));
    assert_eq!(answer.lines[0].cell.case, "stuck");
    assert_eq!(toys(&["one", "ends/stuck,n=1@alpha:own"], "").0, Some(3));
}

#[test]
fn a_stuck_schedule_keeps_those_before_it() {
    let answer = ask(&[outcome("ends/stuck-later,n=1@alpha:own", 64, 50)]);
    assert_eq!((answer.code, answer.lines.len()), (Some(3), 1));
    let line = &answer.lines[0];
    let (last, before) = line.schedules.split_last().expect("the script as written is not late");
    assert_eq!(last.outcome, Outcome::Hang);
    assert!(before.iter().all(|s| s.outcome == Outcome::Occurs) && !before.is_empty());
    assert_eq!(line.receipt, Some(before[0].receipt));
}

#[test]
fn a_group_is_answered_cell_by_cell_with_one_twin() {
    let cells = ["plain/quiet,n=9@alpha:own", "plain/quiet,n=9@beta/m1:own"];
    let answer = ask(&[time(&cells)]);
    let names: Vec<_> = answer
        .lines
        .iter()
        .map(|l| (l.cell.to_string(), l.samples.as_ref().expect("timed").aa))
        .collect();
    assert_eq!(names, [(cells[0].into(), 0), (cells[1].into(), 0), (cells[0].into(), 1)]);
    for line in &answer.lines {
        let samples = line.samples.as_ref().expect("timed");
        assert!(line.status.is_ok() && line.receipt.is_some());
        assert_eq!((samples.group.as_str(), samples.order_seed), ("g", 9));
        let rounds = samples.round.len();
        assert!(rounds > 0 && samples.round.iter().enumerate().all(|(i, r)| *r as usize == i));
        let lengths = [&samples.wall_ns, &samples.cpu_ns, &samples.softirq_ns].map(Vec::len);
        assert_eq!((samples.ops.len(), lengths), (rounds, [rounds; 3]));
    }
}

#[test]
fn a_broken_judge_fails_its_cell_and_not_the_launch() {
    let answer = ask(&[exact("ends/bad-judge,n=1@alpha:own"), exact("plain/fires,n=1@alpha:own")]);
    let seen: Vec<_> = answer.lines.iter().map(|line| line.status.to_string()).collect();
    assert_eq!(seen, ["failed: outside of the case: the judge is broken", "ok"]);
}

#[test]
fn the_driver_of_the_runtime_is_under_the_cell() {
    let virtually = only(exact("plain/polls,n=2@alpha:own"));
    assert_eq!(virtually.values["finish_ms"], 2);
    // On a real driver the sleeps take real time and the world's clock stands still.
    let really = only(exact("plain/polls,n=2@alpha:own-epoll"));
    assert!(really.status.is_ok(), "{}", really.status);
    assert_eq!(really.values["finish_ms"], 0);
    assert_eq!(really.receipt, virtually.receipt);
    let group = ["plain/polls,n=2@alpha:own-epoll", "plain/polls,n=2@alpha:own"];
    let timed = ask(&[time(&group)]).lines;
    assert!(timed.iter().all(|line| line.status.is_ok()), "{timed:?}");
    let least = timed[0].samples.as_ref().expect("timed").wall_ns.iter().min();
    assert!(least.is_some_and(|ns| *ns >= 2_000_000), "two sleeps of a millisecond: {least:?}");
}

#[test]
fn a_driver_that_is_refused_is_a_reason_and_the_others_go_on() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner-toys"));
    command.env("TOYS_NO_FILES", "1");
    let cells = ["plain/fires,n=1@alpha:own-uring", "plain/fires,n=1@alpha:own"];
    let refused = "plain/fires,n=1@alpha:own-epoll";
    let answer = ask_with(
        &mut command,
        &[exact(refused), outcome(refused, 0, 0), time(&cells), exact(cells[1])],
    );
    let seen: Vec<String> = answer.lines.iter().map(|line| line.status.to_string()).collect();
    assert_eq!(seen.len(), 6, "{seen:?}");
    assert!(seen[0].starts_with("unsupported: epoll_create1: "), "{}", seen[0]);
    assert_eq!(seen[0], seen[1]);
    assert!(seen[2].starts_with("unsupported: "), "{}", seen[2]);
    assert_eq!(seen[3..], ["ok", "ok", "ok"]);
    assert_eq!(answer.lines[0].role, Some(Role::Hazard));
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner-toys"));
    command.env("TOYS_NO_FILES", "1").args(["one", refused]);
    assert_eq!(run(&mut command, "").0, Some(1));
}

#[test]
fn an_unknown_cell_is_answered_with_the_nearest() {
    let answer = ask(&[exact("plain/fire,n=1@alpha:own"), exact("plain/fires,n=1@alpha:own")]);
    assert_eq!(answer.code, Some(0));
    let status = answer.lines[0].status.to_string();
    assert!(status.contains("the nearest is `plain/fires,n=1@alpha:own`"), "{status}");
    assert!(answer.lines[1].status.is_ok());
    let (code, out, errors) = toys(&["one", "plain/fire,n=1@alpha:own"], "");
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(errors.contains("the nearest is"), "{errors}");
}

#[test]
fn a_bad_request_ends_the_run_with_its_line_number() {
    let good = serde_json::to_string(&exact("plain/fires,n=1@alpha:own")).expect("serialises");
    let (code, out, errors) = toys(&["run"], &format!("{good}\n{{\"kind\":\"exakt\"}}\n{good}\n"));
    assert_eq!((code, out.lines().count()), (Some(2), 1));
    assert!(errors.contains("standard input:2: not a request"), "{errors}");
}

#[test]
fn one_calls_the_case_exactly_three_times_on_fresh_worlds_and_prints_nothing() {
    assert_eq!(toys(&["one", "ends/exit-at-third,n=1@alpha:own"], "").0, Some(40));
    let (code, out, errors) = toys(&["one", "ends/exit-at-fourth,n=1@alpha:own"], "");
    assert_eq!((code, out.as_str(), errors.as_str()), (Some(0), "", ""));
    let (code, _, errors) = toys(&["one", "ends/panics,n=1@alpha:own"], "");
    assert_eq!(code, Some(1));
    assert!(errors.contains("nothing to count: toy of size 1"), "{errors}");
}

/// Each sleep is polled twice. The build that does not count knows nothing of polls.
#[test]
fn counters_are_of_the_measured_part_too() {
    let polls = cfg!(feature = "count").then_some(12);
    let line = only(exact("parts/polls,n=6@alpha:own"));
    assert_eq!(line.values.get("leaf_polls").copied(), polls);
}

#[test]
fn counters_are_values_and_judges_see_them_afresh_in_every_schedule() {
    let cell = "plain/polls,n=6@alpha:own";
    let polls = cfg!(feature = "count").then_some(12);
    let line = only(exact(cell));
    assert!(line.status.is_ok(), "{}", line.status);
    assert_eq!(line.values.get("leaf_polls").copied(), polls);
    assert_eq!(line.values.contains_key("turns"), polls.is_some());
    let schedules = only(outcome(cell, 2, 0)).schedules;
    assert_eq!(schedules.len(), 3);
    for schedule in schedules {
        assert_eq!(u64::from(schedule.severity), polls.unwrap_or(0));
        assert!(schedule.values.is_empty(), "a counter is not the judge's");
    }
}
