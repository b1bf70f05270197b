//! A command whose output passes through, and which ends at its limit.

use std::io::{Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::environment::{now, shown};
use crate::group::{Alive, Group};

/// How often a wait looks at the limit.
const SLICE: Duration = Duration::from_millis(50);
/// How long what was written may take to arrive after its end. It arrives with the end, unless
/// a process that it started writes there too.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How a command ended.
#[derive(Debug)]
pub enum Passed {
    /// By itself.
    Ended(ExitStatus),
    /// It had not ended at its limit and was ended with all that it had started: this.
    Late(Vec<Alive>),
    /// It was stopped.
    Stopped,
}

/// Where output passes through to.
pub struct Through<'a> {
    /// What the command writes to standard output.
    pub out: &'a mut dyn Write,
    /// And to standard error.
    pub error: &'a mut dyn Write,
    /// Called after each stretch of this length without output, with the time since the
    /// command began: the code that looks on should see that it lives.
    pub silent: (Duration, &'a mut dyn FnMut(Duration)),
}

impl std::fmt::Debug for Through<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Through").finish_non_exhaustive()
    }
}

/// A piece of output.
enum Piece {
    Out(Vec<u8>),
    Error(Vec<u8>),
}

/// Runs a command to its end or its limit. `heard` gets each line of its output, and in the end
/// what stands in a line that is not finished.
///
/// # Errors
/// When it cannot be started.
pub fn passing(
    mut command: Command,
    limit: Duration,
    stopped: &dyn Fn() -> bool,
    through: &mut Through<'_>,
    heard: &mut dyn FnMut(&str),
) -> Result<Passed> {
    let words = shown(&command);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let begun = now();
    let mut group =
        Group::start(command).with_context(|| format!("`{words}` could not be started"))?;
    let pieces = listen(&mut group);
    let (mut out, mut error) = (Vec::new(), Vec::new());
    let (every, silent) = &mut through.silent;
    let mut moved = begun;
    let mut pass = |piece: Piece| {
        // Where the reader of a pipe has left, the status is still the answer.
        let (line, to, bytes) = match piece {
            Piece::Out(bytes) => (&mut out, &mut *through.out, bytes),
            Piece::Error(bytes) => (&mut error, &mut *through.error, bytes),
        };
        let _ = to.write_all(&bytes).and_then(|()| to.flush());
        line.extend(bytes);
        while let Some(end) = line.iter().position(|byte| *byte == b'\n') {
            heard(&String::from_utf8_lossy(&line[..end]));
            line.drain(..=end);
        }
    };
    let passed = loop {
        match pieces.recv_timeout(SLICE) {
            Ok(piece) => {
                pass(piece);
                moved = now();
            }
            Err(error) => {
                if error == RecvTimeoutError::Disconnected {
                    std::thread::park_timeout(SLICE);
                }
                if let Some(status) = group.0.try_wait().context("waiting for a command")? {
                    break Passed::Ended(status);
                }
            }
        }
        if stopped() {
            break Passed::Stopped;
        }
        if moved.elapsed() >= *every {
            silent(begun.elapsed());
            moved = now();
        }
        if begun.elapsed() >= limit {
            break Passed::Late(group.alive());
        }
    };
    drop(group);
    let ended = now();
    while let Some(left) = LAST_WORDS.checked_sub(ended.elapsed())
        && let Ok(piece) = pieces.recv_timeout(left)
    {
        pass(piece);
    }
    for rest in [out, error] {
        heard(&String::from_utf8_lossy(&rest));
    }
    Ok(passed)
}

fn listen(group: &mut Group) -> Receiver<Piece> {
    fn forward(
        mut pipe: impl Read + Send + 'static,
        sender: Sender<Piece>,
        piece: fn(Vec<u8>) -> Piece,
    ) {
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                if sender.send(piece(buffer[..count].to_vec())).is_err() {
                    return;
                }
            }
        });
    }
    let (sender, receiver) = channel();
    if let Some(pipe) = group.0.stdout.take() {
        forward(pipe, sender.clone(), Piece::Out);
    }
    if let Some(pipe) = group.0.stderr.take() {
        forward(pipe, sender, Piece::Error);
    }
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str, limit: Duration) -> (Passed, Vec<String>) {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let mut lines = Vec::new();
        let (out, error) = (&mut std::io::sink(), &mut std::io::sink());
        let mut through = Through { out, error, silent: (LONG, &mut |_| {}) };
        let heard = &mut |line: &str| lines.push(line.to_owned());
        let passed = passing(command, limit, &|| false, &mut through, heard);
        (passed.expect("started"), lines)
    }

    fn is_alive(pid: i32) -> bool {
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat"));
        state.is_ok_and(|text| !text.contains(") Z"))
    }

    #[test]
    fn what_ends_in_time_is_heard_to_its_end() {
        let (passed, lines) = run("echo one; echo two >&2; printf three; exit 3", LONG);
        assert!(matches!(passed, Passed::Ended(status) if status.code() == Some(3)), "{passed:?}");
        for word in ["one", "two", "three"] {
            assert!(lines.iter().any(|line| line == word), "{word} is not in {lines:?}");
        }
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_command_that_says_nothing_is_seen_to_live() {
        let mut command = Command::new("sleep");
        command.arg("0.5");
        let mut seen = 0;
        let silent: (Duration, &mut dyn FnMut(Duration)) = (SLICE, &mut |_| seen += 1);
        let (out, error) = (&mut std::io::sink(), &mut std::io::sink());
        let mut through = Through { out, error, silent };
        let begun = now();
        let passed = passing(command, LONG, &|| false, &mut through, &mut |_| {});
        assert!(matches!(passed, Ok(Passed::Ended(status)) if status.success()), "{passed:?}");
        let slices = begun.elapsed().div_duration_f64(SLICE);
        assert!(seen >= 2 && f64::from(seen) <= slices, "{seen} signs in {slices} slices");
    }

    #[test]
    fn what_stands_still_is_ended_at_its_limit_with_all_that_it_started() {
        let begun = now();
        // One child in a group of its own, one that does not end when it is asked.
        let script = "printf 'test still ... '; setsid sleep 600 & \
            sh -c 'trap \"\" TERM; while :; do sleep 0.1; done' & wait";
        let (passed, lines) = run(script, Duration::from_secs(1));
        let Passed::Late(alive) = passed else { panic!("{passed:?}") };
        assert!(lines.contains(&"test still ... ".to_owned()), "{lines:?}");
        let sleeps = |one: &Alive| one.command == ["sleep", "600"] && one.group == one.pid;
        assert!(alive.iter().any(sleeps), "{alive:?}");
        let traps = |one: &&Alive| one.command.iter().any(|word| word.contains("trap"));
        assert!(alive.iter().filter(traps).count() == 2, "the shell and its child: {alive:?}");
        let left: Vec<&Alive> = alive.iter().filter(|one| is_alive(one.pid)).collect();
        assert!(left.is_empty(), "{left:?}");
        assert!(begun.elapsed() < LONG, "{:?}", begun.elapsed());
    }

    #[test]
    fn a_pipe_that_a_stranger_holds_open_delays_no_end() {
        // It left the group and the family, and keeps standard output.
        let script = "(setsid sleep 20 & echo $!) & wait; exit 0";
        let begun = now();
        let (passed, lines) = run(script, LONG);
        assert!(matches!(passed, Passed::Ended(status) if status.success()), "{passed:?}");
        assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
        let pid = lines[0].parse().ok().and_then(rustix::process::Pid::from_raw);
        let kill = rustix::process::kill_process;
        kill(pid.expect("a number"), rustix::process::Signal::KILL).expect("it lived");
    }
}
