//! A process and all that it started, ended together.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

use crate::environment::now;
use crate::guard::Guard;

/// How long what was asked to end may take.
const GRACE: Duration = Duration::from_secs(5);
/// How often it is looked at.
const SLICE: Duration = Duration::from_millis(20);

/// A process in a group of its own. What lives of it when this is dropped is ended, and so it
/// is when this program is killed.
#[derive(Debug)]
pub(crate) struct Group(
    pub(crate) Child,
    #[expect(dead_code, reason = "it acts when it is dropped")] Option<Guard>,
);

/// A process that is alive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alive {
    /// Its number.
    pub pid: i32,
    /// Its program and arguments.
    pub command: Vec<String>,
    /// Where it runs.
    pub dir: Option<PathBuf>,
    /// Its group of processes.
    pub group: i32,
}

impl Group {
    pub(crate) fn start(mut command: Command) -> std::io::Result<Group> {
        let child = command.process_group(0).spawn()?;
        let guard = Guard::over(child.id());
        Ok(Group(child, guard))
    }

    /// It and all that it started, whatever group that is in now.
    pub(crate) fn alive(&self) -> Vec<Alive> {
        let Some(leader) = i32::try_from(self.0.id()).ok() else { return Vec::new() };
        let all = processes();
        let mut found = BTreeSet::from([leader]);
        loop {
            let before = found.len();
            let ours = all.iter().filter(|one| one.group == leader || found.contains(&one.parent));
            let ours: Vec<i32> = ours.map(|one| one.pid).collect();
            found.extend(ours);
            if found.len() == before {
                break;
            }
        }
        all.iter().filter(|one| found.contains(&one.pid)).map(Process::alive).collect()
    }

    /// Asks all of it to end, and makes what does not.
    fn end(&mut self) {
        let own = i32::try_from(self.0.id()).ok();
        let groups: BTreeSet<i32> =
            self.alive().iter().map(|one| one.group).chain(own).filter(|id| *id > 1).collect();
        let groups: Vec<Pid> = groups.into_iter().filter_map(Pid::from_raw).collect();
        // Each fails only for a group that has ended.
        let send = |signal| {
            for id in &groups {
                let _ = kill_process_group(*id, signal);
            }
        };
        send(Signal::TERM);
        let begun = now();
        while begun.elapsed() < GRACE {
            let ended = self.0.try_wait().is_ok_and(|status| status.is_some());
            if ended && groups.iter().all(|id| test_kill_process_group(*id).is_err()) {
                return;
            }
            std::thread::park_timeout(SLICE);
        }
        send(Signal::KILL);
        let _ = self.0.wait();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.0.try_wait().is_ok_and(|ended| ended.is_some()) {
            self.end();
        }
    }
}

struct Process {
    pid: i32,
    parent: i32,
    group: i32,
}

impl Process {
    /// From `/proc/<pid>/stat`: the name in brackets may hold anything.
    fn read(pid: i32) -> Option<Process> {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let mut fields = text.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?;
        let mut number = || fields.next()?.parse().ok();
        let (parent, group) = (number()?, number()?);
        (state != "Z").then_some(Process { pid, parent, group })
    }

    fn alive(&self) -> Alive {
        let home = PathBuf::from(format!("/proc/{}", self.pid));
        let words = std::fs::read(home.join("cmdline")).unwrap_or_default();
        let words = words.split(|byte| *byte == 0).filter(|word| !word.is_empty());
        let command = words.map(|word| String::from_utf8_lossy(word).into_owned()).collect();
        let dir = std::fs::read_link(home.join("cwd")).ok();
        Alive { pid: self.pid, command, dir, group: self.group }
    }
}

/// All processes of this machine that are not waited for already.
fn processes() -> Vec<Process> {
    let entries = std::fs::read_dir(Path::new("/proc")).into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(Process::read).collect()
}
