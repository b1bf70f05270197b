//! Talking to a hosted runner, and outliving it.
//!
//! A request goes in, one line per cell comes out. A runner that dies costs the job it was
//! working on and nothing else: the job gets a line with what happened, and the next one a
//! new process. A timed group has a process to itself. Exit code 3 means that the runner ended on
//! purpose after writing a line (a task that would not drain), so that the following job is not to
//! blame.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use record::{Line, SIGN, parse_line};
use xtask_cargo::now;

use super::{Sink, Stop, failure};
use crate::plan::{CellKind, Job};

/// The runner's way of saying: my last line stands, start another process.
const GAVE_UP: i32 = 3;
/// How often a wait looks at the stop flag.
const SLICE: Duration = Duration::from_millis(50);
/// The same for a process that has closed its output and so is about to end.
const ENDING: Duration = Duration::from_millis(1);
/// How long a dead runner's standard error may take to end. It ends with the runner, unless
/// a process that it started holds it too.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How many times as long as the longest cell so far another one may take.
const PATIENCE: u32 = 20;
/// How much of a dead runner's standard error is kept, in bytes.
const STDERR_KEPT: usize = 4096;

/// A program to start with an environment of its own.
#[derive(Clone, Debug)]
pub struct Command {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// What its environment holds besides a path and a locale.
    pub env: &'static [(&'static str, &'static str)],
}

/// What a process may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Real time for one job.
    pub timeout: Duration,
    /// Address space in mebibytes; 0 is no limit. A cell that eats memory then fails by
    /// itself, before the system picks some other process.
    pub memory_mib: u64,
}

/// How a process failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Death {
    /// Word of the status: crashed, hang, oom, timeout, failed.
    pub word: &'static str,
    /// For a person.
    pub reason: String,
}

impl Death {
    pub(super) fn new(word: &'static str, reason: impl Into<String>) -> Death {
        Death { word, reason: reason.into() }
    }
}

/// How waiting for the next line ended.
enum Next {
    Line(String),
    Ended(String, ExitStatus),
    /// After so long, and what was heard last.
    TimedOut(Duration, String),
    Stopped,
}

pub(super) struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    stderr: Arc<Mutex<Heard>>,
    listens: JoinHandle<()>,
}

/// What a process said on standard error.
#[derive(Debug, Default)]
struct Heard {
    /// The end of it, without signs of life.
    tail: Vec<u8>,
    sign: Option<Sign>,
}

/// The last sign of life.
#[derive(Clone, Debug)]
struct Sign {
    at: Instant,
    /// By when the next one comes.
    limit: Duration,
    /// How far the work was.
    how_far: String,
}

impl Process {
    /// Starts a process in a group of its own, so that Ctrl-C reaches only us and a cell is
    /// never mistaken for one that crashed.
    ///
    /// `pad` is the length of a meaningless environment variable: it moves the stack, so
    /// that different launches sample different layouts.
    pub(super) fn start(command: &Command, limits: Limits, pad: Option<usize>) -> Result<Process> {
        let mut process = if limits.memory_mib > 0 {
            let mut shell = std::process::Command::new("sh");
            shell.args(["-c", "ulimit -v \"$0\" 2>/dev/null; exec \"$@\""]);
            shell.arg((limits.memory_mib * 1024).to_string()).arg(&command.program);
            shell
        } else {
            std::process::Command::new(&command.program)
        };
        process.args(&command.args).env_clear().env("LC_ALL", "C");
        process.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        process.envs(command.env.iter().copied());
        if let Some(pad) = pad {
            process.env("BENCH_PAD", "x".repeat(pad));
        }
        process.process_group(0);
        process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = process
            .spawn()
            .with_context(|| format!("{} could not be started", command.program.display()))?;
        let (sender, lines) = channel();
        let stdout = child.stdout.take().expect("stdout is piped");
        std::thread::spawn(move || forward(stdout, &sender));
        let stderr = Arc::new(Mutex::new(Heard::default()));
        let pipe = child.stderr.take().expect("stderr is piped");
        let kept = Arc::clone(&stderr);
        let listens = std::thread::spawn(move || keep_tail(pipe, &kept));
        let stdin = child.stdin.take();
        Ok(Process { child, stdin, lines, stderr, listens })
    }

    /// A process that is already dead takes no request; the wait that follows finds out why.
    fn send(&mut self, text: &str) {
        if let Some(stdin) = &mut self.stdin {
            let sent = stdin.write_all(text.as_bytes()).and_then(|()| stdin.flush());
            if sent.is_err() {
                self.stdin = None;
            }
        }
    }

    /// Waits for a line. The limit is the timeout; from the first sign of life on it is what
    /// the last one said.
    fn next(&mut self, timeout: Duration, stop: &Stop) -> Result<Next> {
        let begun = now();
        loop {
            match self.lines.recv_timeout(SLICE) {
                Ok(line) => return Ok(Next::Line(line)),
                Err(RecvTimeoutError::Disconnected) => return self.end(timeout, stop),
                Err(RecvTimeoutError::Timeout) if stop.stopped() => return Ok(Next::Stopped),
                Err(RecvTimeoutError::Timeout) => {}
            }
            match self.sign().filter(|sign| sign.at >= begun) {
                Some(sign) if sign.at.elapsed() >= sign.limit => {
                    let Sign { limit, how_far, .. } = sign;
                    return Ok(Next::TimedOut(limit, format!(" after `{how_far}`")));
                }
                None if begun.elapsed() >= timeout => {
                    return Ok(Next::TimedOut(timeout, String::new()));
                }
                _ => {}
            }
        }
    }

    fn sign(&self) -> Option<Sign> {
        self.stderr.lock().expect("no thread panics while holding it").sign.clone()
    }

    /// Standard output is closed, which need not mean that the process ends.
    fn end(&mut self, timeout: Duration, stop: &Stop) -> Result<Next> {
        self.stdin = None;
        let mut waited = Duration::ZERO;
        while waited < timeout {
            if let Some(status) = self.child.try_wait().context("waiting for a runner")? {
                return Ok(Next::Ended(self.last_words(), status));
            }
            if stop.stopped() {
                return Ok(Next::Stopped);
            }
            std::thread::park_timeout(ENDING);
            waited += ENDING;
        }
        Ok(Next::TimedOut(timeout, String::new()))
    }

    /// Reads to the end. The lines, or the word and reason of a failure; nothing when
    /// stopped.
    pub(super) fn finish(
        mut self,
        timeout: Duration,
        stop: &Stop,
    ) -> Result<Option<Result<Vec<String>, Death>>> {
        self.stdin = None;
        let mut lines = Vec::new();
        loop {
            match self.next(timeout, stop)? {
                Next::Line(line) => lines.push(line),
                Next::Ended(_, status) if status.success() => return Ok(Some(Ok(lines))),
                Next::Ended(text, status) => return Ok(Some(Err(obituary(status, &text)))),
                Next::TimedOut(limit, last) => return Ok(Some(Err(timed_out(limit, &last)))),
                Next::Stopped => return Ok(None),
            }
        }
    }

    /// What stood at the end of standard error. The thread that reads it may not have had
    /// its turn when the process is seen to be dead, and what it reads last decides what the
    /// process died of.
    fn last_words(&self) -> String {
        let mut waited = Duration::ZERO;
        while !self.listens.is_finished() && waited < LAST_WORDS {
            std::thread::park_timeout(ENDING);
            waited += ENDING;
        }
        let heard = self.stderr.lock().expect("no thread panics while holding it");
        let text = String::from_utf8_lossy(&heard.tail);
        text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" | ")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn forward(pipe: impl Read, sender: &Sender<String>) {
    for line in BufReader::new(pipe).lines() {
        let Ok(line) = line else { return };
        if sender.send(line).is_err() {
            return;
        }
    }
}

/// Keeps the end of what is said, line by line, and the last sign of life.
fn keep_tail(pipe: impl Read, heard: &Mutex<Heard>) {
    let mut pipe = BufReader::new(pipe);
    let mut line = Vec::new();
    while pipe.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
        let sign = sign_of(&line);
        let mut heard = heard.lock().expect("no thread panics while holding it");
        if sign.is_some() {
            heard.sign = sign;
        } else {
            heard.tail.extend_from_slice(&line);
            let excess = heard.tail.len().saturating_sub(STDERR_KEPT);
            heard.tail.drain(..excess);
        }
        line.clear();
    }
}

fn sign_of(line: &[u8]) -> Option<Sign> {
    let text = std::str::from_utf8(line).ok()?.strip_prefix(SIGN)?;
    let (limit, how_far) = text.trim_end().split_once(' ')?;
    let limit = Duration::from_millis(limit.parse().ok()?);
    Some(Sign { at: now(), limit, how_far: how_far.to_owned() })
}

fn timed_out(limit: Duration, last: &str) -> Death {
    let seconds = limit.as_secs_f64();
    Death::new("timeout", format!("no answer within {seconds} s of real time{last}"))
}

/// How a process died.
fn obituary(status: ExitStatus, stderr: &str) -> Death {
    let said = if stderr.is_empty() { String::new() } else { format!(": {stderr}") };
    let (word, what) = match (status.signal(), status.code()) {
        _ if stderr.contains("memory allocation of") => ("oom", "the allocator gave up".to_owned()),
        (Some(9), _) => ("oom", "signal 9, most likely for its memory".to_owned()),
        (Some(signal), _) => ("crashed", format!("signal {signal}")),
        (None, Some(GAVE_UP)) => ("hang", "the runner gave up without a line".to_owned()),
        (None, code) => ("crashed", format!("exit code {}", code.unwrap_or(-1))),
    };
    Death::new(word, format!("{what}{said}"))
}

/// What one job came to.
enum Asked {
    Lines(Vec<Line>),
    /// The process had given up after the job before: ask another.
    AskAgain,
    Failed(Vec<Line>, Death),
    Stopped,
}

fn ask(
    process: &mut Process,
    fresh: bool,
    job: &Job,
    limits: Limits,
    stop: &Stop,
) -> Result<Asked> {
    let request = serde_json::to_string(&job.request()).expect("a request has only string keys");
    process.send(&format!("{request}\n"));
    let timed = job.kind == CellKind::Time;
    let timeout = limits.timeout + job.extra();
    if timed {
        // A group answers with one line per cell and one for the A/A pair, or with less
        // when a cell cannot be timed: the end of the process is the end of the answer.
        process.stdin = None;
    }
    let mut got = Vec::new();
    while timed || got.is_empty() {
        match process.next(timeout, stop)? {
            Next::Line(text) => match parse_line(&text) {
                Ok(line) if belongs(&line, job) => got.push(line),
                Ok(line) => {
                    let reason = format!("the runner answered for {} instead", line.cell);
                    return Ok(Asked::Failed(got, Death::new("failed", reason)));
                }
                Err(error) => {
                    let reason = format!("the runner's answer is not a line: {error:#}");
                    return Ok(Asked::Failed(got, Death::new("failed", reason)));
                }
            },
            Next::Ended(_, status) if timed && status.success() => break,
            Next::Ended(_, status) if status.code() == Some(GAVE_UP) && !got.is_empty() => {
                let death = Death::new("failed", "another cell of the group did not drain");
                return Ok(Asked::Failed(got, death));
            }
            Next::Ended(_, status) if status.code() == Some(GAVE_UP) && !fresh => {
                return Ok(Asked::AskAgain);
            }
            Next::Ended(text, status) => {
                return Ok(Asked::Failed(got, obituary(status, &text)));
            }
            Next::TimedOut(limit, last) => {
                return Ok(Asked::Failed(got, timed_out(limit, &last)));
            }
            Next::Stopped => return Ok(Asked::Stopped),
        }
    }
    Ok(Asked::Lines(got))
}

fn belongs(line: &Line, job: &Job) -> bool {
    line.launch == job.launch
        && line.kind == super::line_kind(job.kind)
        && job.cells.iter().any(|planned| planned.cell == line.cell)
}

/// Runs jobs one after the other. Every launch has processes of its own, and every timed
/// group has one.
///
/// # Errors
/// When the runner cannot be started, and errors of the sink.
pub fn run_jobs(
    command: &Command,
    limits: Limits,
    jobs: &[Job],
    stop: &Stop,
    sink: &mut Sink<'_>,
) -> Result<()> {
    let mut current: Option<(u32, Process)> = None;
    let mut longest = Duration::ZERO;
    for job in jobs {
        let timed = job.kind == CellKind::Time;
        if timed || current.as_ref().is_some_and(|(launch, _)| *launch != job.launch) {
            current = None;
        }
        let lines = loop {
            if stop.stopped() {
                return Ok(());
            }
            let fresh = current.is_none();
            if fresh {
                let process = Process::start(command, limits, Some(pad(job.launch)))?;
                current = Some((job.launch, process));
            }
            let (_, process) = current.as_mut().expect("started above");
            // Where others took long, the machine is busy, and this one may take long too.
            let limits = Limits { timeout: limits.timeout.max(longest * PATIENCE), ..limits };
            let begun = now();
            let asked = ask(process, fresh, job, limits, stop)?;
            if matches!(asked, Asked::Lines(_)) && !timed {
                longest = longest.max(begun.elapsed());
            }
            match asked {
                Asked::Lines(lines) => {
                    break failure(job, lines, "failed", "the runner left it out");
                }
                Asked::AskAgain => current = None,
                Asked::Failed(got, Death { word, reason }) => {
                    current = None;
                    break failure(job, got, word, &reason);
                }
                Asked::Stopped => return Ok(()),
            }
        };
        sink(job, lines)?;
        if timed {
            current = None;
        }
    }
    Ok(())
}

/// Another length for every launch, spread over a page.
fn pad(launch: u32) -> usize {
    (launch as usize * 1229) % 4096
}
