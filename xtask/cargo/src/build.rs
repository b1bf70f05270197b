//! A build that is seen, can be stopped, and says where its artifacts are.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::environment::{now, shown};
use crate::group::Group;

/// How often a wait looks whether it should stop.
const SLICE: Duration = Duration::from_millis(50);
/// Between two lines where there is no terminal.
const EVERY: Duration = Duration::from_secs(20);
/// Lines of cargo that are kept for an error.
const KEPT: usize = 200;

/// What a build tells while it runs.
pub struct Watch<'a> {
    /// What is built, for a line: `sim: the runner`.
    pub what: &'a str,
    /// Called with a line for a person, every now and then where nothing passes through.
    pub say: &'a mut dyn FnMut(&str),
    /// Whether it should end.
    pub stopped: &'a dyn Fn() -> bool,
    /// Whether cargo's own progress and messages pass through to a terminal.
    pub passes: bool,
}

impl std::fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("what", &self.what).finish_non_exhaustive()
    }
}

/// How a build ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was built: paths of the programs by name of their target.
    Built(BTreeMap<String, PathBuf>),
    /// It does not build; the compiler's words.
    Failed(String),
    /// It was stopped.
    Stopped,
}

#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

enum Said {
    Out(String),
    Error(String),
}

/// Runs a `cargo build` to its end. Asks it for messages, from which the artifacts are read.
///
/// # Errors
/// When it cannot be started.
pub fn build(mut cargo: Command, watch: &mut Watch<'_>) -> Result<Ended> {
    cargo.arg("--message-format=json-render-diagnostics");
    let mut built = BTreeMap::new();
    let ended = watched(cargo, watch, &mut |line| {
        let Ok(message) = serde_json::from_str::<Message>(line) else { return };
        if message.reason == "compiler-artifact"
            && let (Some(target), Some(path)) = (message.target, message.executable)
        {
            built.insert(target.name, path);
        }
    })?;
    Ok(match ended {
        Ended::Built(_) => Ended::Built(built),
        other => other,
    })
}

/// Runs cargo to its end; `each` gets the lines of its standard output.
///
/// It has a process group of its own, so that stopping it stops its compilers too.
///
/// # Errors
/// When it cannot be started.
pub fn watched(
    mut cargo: Command,
    watch: &mut Watch<'_>,
    each: &mut dyn FnMut(&str),
) -> Result<Ended> {
    let terminal = watch.passes && std::io::stderr().is_terminal();
    let started = now();
    let command = shown(&cargo);
    cargo.stdout(Stdio::piped());
    // A terminal gets cargo's own bar. Diagnostics are seen there too.
    cargo.stderr(if terminal { Stdio::inherit() } else { Stdio::piped() });
    let mut group =
        Group::start(cargo).with_context(|| format!("`{command}` could not be started"))?;
    let said = listen(&mut group.0);
    let (mut kept, mut crates, mut last) = (Vec::new(), 0_u32, started);
    loop {
        match said.recv_timeout(SLICE) {
            Ok(Said::Out(line)) => each(&line),
            Ok(Said::Error(line)) => {
                crates += u32::from(line.trim_start().starts_with("Compiling "));
                kept.push(line);
                if kept.len() > KEPT {
                    kept.remove(0);
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if (watch.stopped)() {
            return Ok(Ended::Stopped);
        }
        if !terminal && last.elapsed() >= EVERY {
            last = now();
            let seconds = started.elapsed().as_secs();
            let how = how_far(kept.last().map(String::as_str), crates);
            (watch.say)(&format!("{}: building, {seconds} s, {how}", watch.what));
        }
    }
    let status = group.0.wait().context("waiting for cargo")?;
    if status.success() {
        return Ok(Ended::Built(BTreeMap::new()));
    }
    let words = match terminal {
        true => "cargo's messages are above".to_owned(),
        false => words(&kept),
    };
    Ok(Ended::Failed(format!("`{command}` failed ({status}):\n{words}")))
}

/// What is going on, by cargo's last line: it waits where another cargo has the folder.
fn how_far(last: Option<&str>, crates: u32) -> String {
    match last.map(str::trim_start) {
        Some(line) if line.starts_with("Blocking ") => line.to_lowercase(),
        _ => format!("{crates} crates begun"),
    }
}

/// A line of progress says nothing about why it failed.
fn words(kept: &[String]) -> String {
    let progress =
        ["Compiling ", "Downloading ", "Downloaded ", "Locking ", "Updating ", "Blocking "];
    let is_progress =
        |line: &&String| progress.iter().any(|word| line.trim_start().starts_with(word));
    let text: Vec<&str> =
        kept.iter().filter(|line| !is_progress(line)).map(String::as_str).collect();
    text.join("\n").trim().to_owned()
}

fn listen(child: &mut Child) -> Receiver<Said> {
    let (sender, receiver) = channel();
    fn forward(pipe: impl Read + Send + 'static, send: impl Fn(String) -> bool + Send + 'static) {
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines() {
                let Ok(line) = line else { return };
                if !send(line) {
                    return;
                }
            }
        });
    }
    if let Some(pipe) = child.stdout.take() {
        let sender = sender.clone();
        forward(pipe, move |line| sender.send(Said::Out(line)).is_ok());
    }
    if let Some(pipe) = child.stderr.take() {
        forward(pipe, move |line| sender.send(Said::Error(line)).is_ok());
    }
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str, stopped: &dyn Fn() -> bool) -> (Ended, Vec<String>) {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let mut lines = Vec::new();
        let mut watch = Watch { what: "a test", say: &mut |_| {}, stopped, passes: false };
        let ended = watched(command, &mut watch, &mut |line| lines.push(line.to_owned()));
        (ended.expect("started"), lines)
    }

    #[test]
    fn a_build_that_waits_for_another_says_so() {
        let waits = "    Blocking waiting for file lock on artifact directory";
        assert_eq!(how_far(Some(waits), 0), "blocking waiting for file lock on artifact directory");
        assert_eq!(how_far(Some("   Compiling x v1"), 3), "3 crates begun");
        assert_eq!(how_far(None, 0), "0 crates begun");
    }

    #[test]
    fn what_stands_on_standard_output_is_handed_over_and_a_failure_has_its_words() {
        let (ended, lines) = run("echo one; echo two", &|| false);
        assert_eq!(ended, Ended::Built(BTreeMap::new()));
        assert_eq!(lines, ["one", "two"]);
        let (ended, _) =
            run("printf '   Comp%s x v1\\n' iling >&2; echo 'error: no' >&2; exit 3", &|| false);
        let Ended::Failed(text) = ended else { panic!("{ended:?}") };
        assert!(text.ends_with("error: no") && !text.contains("Compiling"), "{text}");
    }

    #[test]
    fn stopping_ends_what_it_started() {
        let dir = tempfile::tempdir().expect("a folder");
        let mark = dir.path().join("alive");
        let script = format!("sleep 600 & echo $! > {}; wait", mark.display());
        let (ended, _) = run(&script, &|| mark.metadata().is_ok_and(|file| file.len() > 1));
        assert_eq!(ended, Ended::Stopped);
        let pid = std::fs::read_to_string(&mark).expect("a number");
        let gone = || {
            let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
            state.map_or(true, |text| text.contains(") Z"))
        };
        let begun = now();
        while !gone() && begun.elapsed() < Duration::from_secs(20) {
            std::thread::park_timeout(SLICE);
        }
        assert!(gone(), "its child lives");
    }
}
