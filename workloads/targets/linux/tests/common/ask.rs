//! The toys as a process that is asked.

use std::io::Write;
use std::process::{Command, Stdio};

use record::{Line, Request, parse_line};

pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) lines: Vec<Line>,
    pub(crate) errors: String,
}

pub(crate) fn toys(arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    run(Command::new(env!("CARGO_BIN_EXE_runner-toys")).args(arguments), input)
}

pub(crate) fn run(command: &mut Command, input: &str) -> (Option<i32>, String, String) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cargo built the runner");
    let mut stdin = child.stdin.take().expect("piped");
    // Questions and answers may each exceed what a pipe holds: they are written and read at the
    // same time, or the runner waits for its reader and its reader for the runner.
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A runner that ends early closes the pipe; what it wrote until then is what counts.
            drop(stdin.write_all(input.as_bytes()));
        });
        child.wait_with_output().expect("the runner ends")
    });
    let text = |bytes| String::from_utf8(bytes).expect("the runner writes UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

pub(crate) fn ask(requests: &[Request]) -> Answer {
    ask_with(&mut Command::new(env!("CARGO_BIN_EXE_runner-toys")), requests)
}

pub(crate) fn ask_with(command: &mut Command, requests: &[Request]) -> Answer {
    let input: String =
        requests.iter().map(|r| serde_json::to_string(r).expect("serialises") + "\n").collect();
    let (code, out, errors) = run(command.arg("run"), &input);
    let lines = out.lines().map(|text| parse_line(text).expect(text)).collect();
    Answer { code, lines, errors }
}

pub(crate) fn exact(cell: &str) -> Request {
    Request::Exact { cell: cell.parse().expect(cell), launch: 4 }
}

pub(crate) fn outcome(cell: &str, schedules: u32, jitter: u32) -> Request {
    Request::Outcome { cell: cell.parse().expect(cell), launch: 0, schedules, seed: 7, jitter }
}

pub(crate) fn time(cells: &[&str]) -> Request {
    let cells = cells.iter().map(|cell| cell.parse().expect(cell)).collect();
    Request::Time {
        group: "g".to_owned(),
        cells,
        launch: 2,
        order_seed: 9,
        rounds: 3,
        block_us: 20,
        cap_ms: 50,
        least_rounds: 1,
        ceiling_ms: 50,
    }
}

pub(crate) fn only(request: Request) -> Line {
    let answer = ask(&[request]);
    assert_eq!(answer.code, Some(0), "{}", answer.errors);
    assert_eq!(answer.lines.len(), 1);
    answer.lines.into_iter().next().expect("one line")
}
