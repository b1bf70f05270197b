//! A runner that misbehaves costs the cell it was working on, and nothing else.
//!
//! The runner is a few lines of shell: what it does with a request depends on the case that
//! the request names.

use std::path::Path;
use std::time::Duration;

use record::{CellKey, Line, Role};
use xtask_bench::plan::{CellKind, Job, Plan, PlannedCell, jobs};
use xtask_bench::runner::{Command, Limits, Stop, run_jobs};
use xtask_bench::{CellLog, Header, Profile};

/// Answers with an exact line for every request but the ones that name a way to die.
const RUNNER: &str = r#"
started=$1; shift
echo x >> "$started"
while read -r request; do
  cell=${request#*'"cell":"'}; cell=${cell%%'"'*}
  launch=${request#*'"launch":'}; launch=${launch%%[,\}]*}
  line() { echo "{\"schema\":\"async-eval.raw/1\",\"kind\":\"exact\",\"cell\":\"$cell\",\"launch\":$launch,\"status\":\"$1\"}"; }
  case $request in
    *'"kind":"time"'*)
      cell=${request#*'"cells":["'}; cell=${cell%%'"'*}
      # Longer than a job of another kind may take.
      sleep 0.3; line ok | sed 's/"kind":"exact"/"kind":"time"/'; continue ;;
  esac
  case $cell in
    */crash,*) echo "about to fall" >&2; kill -SEGV $$ ;;
    */exits,*) exit 7 ;;
    */killed,*) kill -KILL $$ ;;
    */oom,*) echo "memory allocation of 99 bytes failed" >&2; kill -ABRT $$ ;;
    */hang,*) line "hang: a cancelled root did not drain"; exit 3 ;;
    */slow,*) echo "alive: 60000 1 of 2 tried" >&2; sleep 2; line ok ;;
    */stuck,*) echo "alive: 50 1 of 3 tried" >&2; exec tail -f /dev/null ;;
    */silent,*) exec tail -f /dev/null ;;
    */closed,*) exec tail -f /dev/null >/dev/null ;;
    */babble,*) echo "hello" ;;
    *) line ok ;;
  esac
done
"#;

fn planned(case: &str) -> PlannedCell {
    PlannedCell {
        target: "sim".to_owned(),
        kind: CellKind::Exact,
        cell: format!("w/{case},n=1@poll:own").parse::<CellKey>().expect("a key"),
        role: Role::Hazard,
        launches: 1,
        schedules: 0,
        seed: 0,
        jitter: 0,
        real_clock: false,
        rss: false,
        cpu: false,
        threads: false,
        latency: None,
        unsupported: None,
    }
}

fn plan(cases: &[&str]) -> Vec<Job> {
    let cells = cases.iter().map(|case| planned(case)).collect();
    let mut jobs = jobs(&Plan { profile: Profile::Smoke, seed: 1, cells }, "sim");
    // The order is the seed's; the tests want their own.
    let place = |job: &Job| cases.iter().position(|case| *case == job.cell().case);
    jobs.sort_by_key(place);
    jobs
}

/// Long enough for any machine; only a cell that never answers waits for it.
const PATIENT: Duration = Duration::from_secs(600);

fn run(dir: &Path, jobs: &[Job], each: &mut dyn FnMut(&Job, Vec<Line>) -> anyhow::Result<()>) {
    run_within(dir, jobs, PATIENT, each);
}

fn run_within(
    dir: &Path,
    jobs: &[Job],
    timeout: Duration,
    each: &mut dyn FnMut(&Job, Vec<Line>) -> anyhow::Result<()>,
) {
    let script = dir.join("runner.sh");
    std::fs::write(&script, RUNNER).expect("written");
    let args = [script, dir.join("started")].map(|path| path.display().to_string());
    let command = Command { program: "sh".into(), args: args.to_vec(), env: &[] };
    let limits = Limits { timeout, memory_mib: 0 };
    run_jobs(&command, limits, jobs, &Stop::default(), each).expect("run");
}

/// The status of every cell, and how many processes it took.
fn statuses(cases: &[&str]) -> (Vec<String>, usize) {
    let dir = tempfile::tempdir().expect("a folder");
    let mut statuses = Vec::new();
    run(dir.path(), &plan(cases), &mut |job, lines| {
        assert_eq!(lines.len(), 1, "{}", job.id);
        assert_eq!(&lines[0].cell, job.cell());
        statuses.push(lines[0].status.to_string());
        Ok(())
    });
    let started = std::fs::read_to_string(dir.path().join("started")).expect("started");
    (statuses, started.lines().count())
}

#[test]
fn good_cells_share_a_process() {
    assert_eq!(statuses(&["a", "b", "c"]), (vec!["ok".to_owned(); 3], 1));
}

#[test]
fn a_death_costs_one_cell_and_a_process() {
    for (case, expected) in [
        ("crash", "crashed: signal 11: about to fall"),
        ("exits", "crashed: exit code 7"),
        ("killed", "oom: signal 9, most likely for its memory"),
        ("oom", "oom: the allocator gave up: memory allocation of 99 bytes failed"),
    ] {
        let (statuses, processes) = statuses(&["a", case, "b", "c"]);
        assert_eq!(statuses, ["ok", expected, "ok", "ok"], "{case}");
        assert_eq!(processes, 2, "{case}");
    }
}

#[test]
fn a_cell_that_does_not_answer_is_given_up() {
    for case in ["silent", "closed"] {
        let dir = tempfile::tempdir().expect("a folder");
        let mut statuses = Vec::new();
        run_within(dir.path(), &plan(&[case]), Duration::from_millis(100), &mut |_, lines| {
            statuses.extend(lines.iter().map(|line| line.status.to_string()));
            Ok(())
        });
        assert_eq!(statuses, ["timeout: no answer within 0.1 s of real time"], "{case}");
    }
}

#[test]
fn a_sign_of_life_says_how_long_to_wait_for_the_next() {
    for (case, expected) in [
        ("slow", "ok"),
        ("stuck", "timeout: no answer within 0.05 s of real time after `1 of 3 tried`"),
    ] {
        let dir = tempfile::tempdir().expect("a folder");
        let mut statuses = Vec::new();
        run_within(dir.path(), &plan(&[case]), Duration::from_secs(1), &mut |_, lines| {
            statuses.extend(lines.iter().map(|line| line.status.to_string()));
            Ok(())
        });
        assert_eq!(statuses, [expected], "{case}");
    }
}

#[test]
fn rounds_that_were_asked_for_are_waited_for() {
    let dir = tempfile::tempdir().expect("a folder");
    let timed = PlannedCell { kind: CellKind::Time, ..planned("long") };
    let jobs = jobs(&Plan { profile: Profile::Quick, seed: 1, cells: vec![timed] }, "sim");
    let mut statuses = Vec::new();
    run_within(dir.path(), &jobs, Duration::from_millis(100), &mut |_, lines| {
        statuses.extend(lines.iter().map(|line| line.status.to_string()));
        Ok(())
    });
    assert_eq!(statuses, ["ok"]);
}

#[test]
fn a_runner_that_gave_up_after_its_line_does_not_cost_the_next_cell() {
    let (statuses, processes) = statuses(&["a", "hang", "b", "c"]);
    assert_eq!(statuses, ["ok", "hang: a cancelled root did not drain", "ok", "ok"]);
    assert_eq!(processes, 2);
}

#[test]
fn an_answer_that_is_not_a_line_fails_its_cell() {
    let (statuses, _) = statuses(&["babble", "b"]);
    assert!(statuses[0].starts_with("failed: the runner's answer is not a line"), "{statuses:?}");
    assert_eq!(statuses[1], "ok");
}

#[test]
fn a_run_killed_while_writing_goes_on_where_it_was() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("log/cells.jsonl");
    let jobs = plan(&["a", "b", "crash", "c", "d"]);
    let header = Header {
        run_id: "r".to_owned(),
        started: "t".to_owned(),
        revision: "0123456789".to_owned(),
        dirty: false,
        folder: "t-0123456789".to_owned(),
    };
    let mut log = CellLog::create(&path, header).expect("a log");
    run(dir.path(), &jobs[..4], &mut |job, lines| log.add(&job.id, "fp", lines));
    drop(log);
    // Killed in the middle of the fourth entry.
    let bytes = std::fs::read(&path).expect("a log");
    std::fs::write(&path, &bytes[..bytes.len() - 20]).expect("written");

    let mut log = CellLog::resume(&path).expect("resumed");
    let open: Vec<Job> =
        jobs.iter().filter(|job| log.lines(&job.id, "fp").is_none()).cloned().collect();
    let left: Vec<&str> = open.iter().map(|job| job.cell().case.as_str()).collect();
    assert_eq!(left, ["c", "d"]);
    run(dir.path(), &open, &mut |job, lines| log.add(&job.id, "fp", lines));
    drop(log);
    let log = CellLog::resume(&path).expect("resumed");
    assert!(jobs.iter().all(|job| log.lines(&job.id, "fp").is_some_and(|l| l.len() == 1)));
    let entries = std::fs::read_to_string(&path).expect("a log").lines().count() - 1;
    assert_eq!(entries, jobs.len(), "a cell was counted twice");
}
