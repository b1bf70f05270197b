//! Targets `sim` and `linux`: the hosted runner, built with and without counting.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use record::{CellKey, Line, Mount, Status};
use xtask_cargo::Watch;

use super::build::Recipe;
use super::callgrind::Stretch;
use super::process::{Command, Death, Limits, Process, run_jobs};
use super::{Prepared, Sink, Stop, TargetRunner, callgrind, held_name, refuse};
use crate::command;
use crate::inputs;
use crate::machine;
use crate::options::Profile;
use crate::plan::{CellKind, Job};
use crate::tree::Tree;

/// Real time for one cell.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The same under callgrind, which is some fifty times slower.
const TIMEOUT_CALLGRIND: Duration = Duration::from_secs(300);
/// Programs at a time that wait.
const WAITING: usize = 3;
/// What the counting allocator says of the thread that ran a case.
const HEAP: [&str; 4] = ["allocs", "alloc_bytes", "peak_bytes", "live_bytes"];
/// Callgrind processes at a time.
const AT_A_TIME: usize = 2;

/// The hosted runner.
#[derive(Debug)]
pub struct Hosted {
    tree: Tree,
    target: String,
    profile: Profile,
    record: bool,
    runner: Option<PathBuf>,
}

impl Hosted {
    /// For `sim` (counting build) or `linux`. A record refuses to change the lock file.
    #[must_use]
    pub fn new(tree: &Tree, target: &str, profile: Profile, record: bool) -> Hosted {
        Hosted { tree: tree.clone(), target: target.to_owned(), profile, record, runner: None }
    }

    /// What the runner says to a command of one word.
    fn asked(&self, runner: &Path, word: &str) -> Result<Vec<String>> {
        let command = Command { program: runner.to_owned(), args: vec![word.to_owned()], env: &[] };
        let process = Process::start(&command, self.limits(), None)?;
        match process.finish(TIMEOUT, &Stop::default())? {
            Some(Ok(lines)) => Ok(lines),
            Some(Err(Death { word: how, reason })) => bail!("`runner {word}` {how}: {reason}"),
            None => bail!("stopped"),
        }
    }

    /// Limits, and which of our drivers this machine has or why it refuses them.
    fn found(&self, runner: &Path) -> Result<BTreeMap<String, String>> {
        let mut found = machine::io();
        for line in self.asked(runner, "probe")? {
            if let Some((driver, answer)) = line.split_once(": ") {
                found.insert(format!("runtime {driver}"), answer.to_owned());
            }
        }
        Ok(found)
    }

    fn describe(&self, runner: &Path) -> Result<BTreeSet<String>> {
        let lines = self.asked(runner, "describe")?;
        let mut holds = BTreeSet::new();
        for text in lines {
            let mount: Mount = serde_json::from_str(&text)
                .with_context(|| format!("`runner describe` wrote `{text}`"))?;
            holds.extend(names(&mount));
        }
        Ok(holds)
    }

    fn limits(&self) -> Limits {
        Limits { timeout: TIMEOUT, memory_mib: machine::memory_mib() * 3 / 4 }
    }

    /// Runs lanes of jobs beside each other, each in processes of its own.
    fn side_by_side(
        &self,
        command: &Command,
        lanes: &[Vec<Job>],
        stop: &Stop,
        sink: &mut Sink<'_>,
    ) -> Result<()> {
        let limits = self.limits();
        let (sender, results) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            for lane in lanes {
                let sender = sender.clone();
                scope.spawn(move || {
                    let ended = run_jobs(command, limits, lane, stop, &mut |job, lines| {
                        let sent = sender.send(Ok((job.clone(), lines)));
                        sent.map_err(|_| anyhow::anyhow!("nothing is wanted any more"))
                    });
                    if let Err(error) = ended {
                        // Fails only where nothing is wanted any more.
                        let _ = sender.send(Err(error));
                    }
                });
            }
            drop(sender);
            for result in results {
                let (job, lines) = result?;
                sink(&job, lines)?;
            }
            Ok(())
        })
    }

    /// Adds what needs processes of its own to the exact lines, so many cells at a time, and
    /// hands them over.
    fn add_to(
        &self,
        exact: Vec<(&Job, Line)>,
        at_a_time: usize,
        stop: &Stop,
        sink: &mut Sink<'_>,
    ) -> Result<()> {
        if exact.is_empty() {
            return Ok(());
        }
        let scratch = self.tree.root.join("target/bench/callgrind");
        std::fs::create_dir_all(&scratch).with_context(|| scratch.display().to_string())?;
        let queue = Mutex::new(VecDeque::from(exact));
        let (sender, results) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            for worker in 0..at_a_time {
                let (queue, sender) = (&queue, sender.clone());
                let file = scratch.join(format!("{}-{worker}.out", std::process::id()));
                scope.spawn(move || {
                    while !stop.stopped()
                        && let Some((job, line)) = pop(queue)
                    {
                        let added = self.added(job, line, &file, stop);
                        if sender.send((job, added)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            for (job, added) in results {
                if let Some(line) = added? {
                    sink(job, vec![line])?;
                }
            }
            Ok(())
        })
    }

    /// One line with instructions and resident memory, as far as they were planned; nothing
    /// when stopped.
    fn added(
        &self,
        job: &Job,
        mut line: Line,
        scratch: &Path,
        stop: &Stop,
    ) -> Result<Option<Line>> {
        let runner = self.runner.as_deref().context("prepare comes before run")?;
        let cell = line.cell.to_string();
        let threads = job.cells.iter().any(|planned| planned.threads);
        if threads {
            // What other threads allocate is not seen.
            line.values.retain(|metric, _| !HEAP.contains(&metric.as_str()));
        }
        if job.kind == CellKind::Instr {
            // Valgrind's own shadow memory makes a limit of the address space useless.
            let limits = Limits { timeout: TIMEOUT_CALLGRIND, memory_mib: 0 };
            let stretch = stretch(&line);
            match callgrind::count(runner, &cell, stretch, scratch, limits, stop)? {
                Some(counted) => {
                    let marker = self.marker(&line.cell.design);
                    line = with_instructions(line, counted, &marker, threads);
                }
                None => return Ok(None),
            }
        }
        for (wanted, word, metric, what) in [
            (wants_rss(job), "rss", "rss_bytes", "resident memory"),
            (wants_cpu(job), "cpu", "process_cpu_ns", "CPU time"),
        ] {
            if !line.status.is_ok() || !wanted {
                continue;
            }
            match self.number(runner, word, &cell, stop)? {
                Some(Ok(number)) => drop(line.values.insert(metric.to_owned(), number)),
                Some(Err(Death { word, reason })) => {
                    line.status = Status::not(word, format!("{what}: {reason}"));
                }
                None => return Ok(None),
            }
        }
        Ok(Some(line))
    }

    /// The symbol by which a profile knows a design, which may be its sibling's; a peer's and a
    /// baseline's is named after it.
    fn marker(&self, id: &str) -> String {
        let design = self.tree.designs.get(id);
        design.map_or_else(|| callgrind::marker_of(id), |design| design.marker.clone())
    }

    /// What a fresh process says of a cell in one number.
    fn number(
        &self,
        runner: &Path,
        word: &str,
        cell: &str,
        stop: &Stop,
    ) -> Result<Option<Result<u64, Death>>> {
        let args = vec![word.to_owned(), cell.to_owned()];
        let command = Command { program: runner.to_owned(), args, env: &[] };
        let process = Process::start(&command, self.limits(), None)?;
        let Some(ended) = process.finish(TIMEOUT, stop)? else {
            return Ok(None);
        };
        Ok(Some(ended.and_then(|lines| {
            let bytes = lines.first().and_then(|line| line.trim().parse().ok());
            bytes.ok_or_else(|| Death::new("failed", "the runner said no number"))
        })))
    }
}

/// One lane computes, and the others hold what mostly waits: programs on the clock of the
/// machine of which no instructions are counted.
fn lanes(exact: &[Job]) -> Vec<Vec<Job>> {
    let waits = |job: &Job| {
        job.kind == CellKind::Exact && job.cells.iter().all(|planned| planned.real_clock)
    };
    let mut lanes = vec![Vec::new(); 1 + WAITING];
    let mut next = 0;
    for job in exact {
        let lane = if waits(job) { 1 + next % WAITING } else { 0 };
        next += usize::from(lane > 0);
        lanes[lane].push(job.clone());
    }
    lanes.retain(|lane| !lane.is_empty());
    lanes
}

fn wants_rss(job: &Job) -> bool {
    job.cells.iter().any(|planned| planned.rss)
}

fn wants_cpu(job: &Job) -> bool {
    job.cells.iter().any(|planned| planned.cpu)
}

fn pop<'a>(queue: &Mutex<VecDeque<(&'a Job, Line)>>) -> Option<(&'a Job, Line)> {
    queue.lock().expect("no worker panics while holding it").pop_front()
}

/// Whether a job is about time.
fn last(kind: CellKind) -> bool {
    matches!(kind, CellKind::Time | CellKind::Latency)
}

/// Whether the run has a measured part is known from the line: it has operations then.
fn stretch(line: &Line) -> Stretch {
    if line.values.contains_key("ops") { Stretch::Part } else { Stretch::Call }
}

fn names(mount: &Mount) -> Vec<String> {
    let mut names = Vec::new();
    for (case, _) in &mount.cases {
        for runtime in &mount.runtimes {
            names.push(held_name(&CellKey {
                workload: mount.workload.clone(),
                case: case.clone(),
                n: 0,
                design: mount.design.clone(),
                mode: mount.mode.clone(),
                variant: mount.variant.clone(),
                runtime: runtime.clone(),
            }));
        }
    }
    names
}

fn with_instructions(
    mut line: Line,
    counted: Result<callgrind::Counted, Death>,
    marker: &str,
    threads: bool,
) -> Line {
    match counted {
        Ok(counted) => {
            let (own, foreign) = counted.own_and_foreign(marker);
            let mut put = |metric: &str, value: u64| line.values.insert(metric.to_owned(), value);
            put("own_markers", own);
            put("foreign_markers", foreign);
            // Which thread does what differs from launch to launch, and calls with it.
            put(if threads { "instr_threads" } else { "instr" }, counted.instr);
            if let Some(calls) = counted.syscalls.filter(|_| !threads) {
                put("syscalls", calls);
            }
        }
        Err(Death { word, reason }) => {
            line.status = Status::not(word, format!("callgrind: {reason}"))
        }
    }
    line
}

impl TargetRunner for Hosted {
    fn prepare(&mut self, jobs: &[Job], watch: &mut Watch<'_>) -> Result<Prepared> {
        let recipe = Recipe::of(&self.tree, &self.target, self.profile, jobs, self.record)?;
        (watch.say)(&format!("{}: building {}", watch.what, recipe.words()));
        let runner = recipe.build(&self.tree.root, watch)?;
        let mut settings = BTreeMap::new();
        let mut set = |name: &str, value: String| settings.insert(name.to_owned(), value);
        set("profile", recipe.pins(&self.tree.root)?.words());
        set("cargo profile", recipe.profile.to_owned());
        if let Some(packages) = &recipe.packages {
            set("packages", packages.iter().cloned().collect::<Vec<_>>().join(" "));
        }
        let linkers = xtask_cargo::config::linkers(&self.tree.root, &self.tree.root);
        if !linkers.is_empty() {
            set("linker", linkers.join(", "));
        }
        let mut tools = BTreeMap::new();
        if jobs.iter().any(|job| job.kind == CellKind::Instr)
            && let Some(version) = command::version("valgrind")
        {
            tools.insert("valgrind".to_owned(), version);
            settings.insert("callgrind".to_owned(), callgrind::settings());
        }
        let name = if self.target == "sim" { "runner-linux+count" } else { "runner-linux" };
        let prepared = Prepared {
            artifacts: BTreeMap::from([(name.to_owned(), inputs::hash_file(&runner)?)]),
            tools,
            clock: if self.target == "sim" { "virtual" } else { "monotonic" }.to_owned(),
            settings,
            core_origin: None,
            holds: Some(self.describe(&runner)?),
            // On virtual time nothing of it matters.
            machine: match self.target.as_str() {
                "linux" => self.found(&runner)?,
                _ => BTreeMap::new(),
            },
        };
        self.runner = Some(runner);
        Ok(prepared)
    }

    fn run(&mut self, jobs: &[Job], stop: &Stop, sink: &mut Sink<'_>) -> Result<()> {
        let program = self.runner.clone().context("prepare comes before run")?;
        let command = Command { program, args: vec!["run".to_owned()], env: &[] };
        // The exact part of every launch comes first, callgrind next, and what has a clock
        // last, when nothing else of ours runs on the machine.
        let (timed, exact): (Vec<Job>, Vec<Job>) =
            jobs.iter().cloned().partition(|job| last(job.kind));
        let mut waiting: Vec<(usize, Line)> = Vec::new();
        self.side_by_side(&command, &lanes(&exact), stop, &mut |job, mut lines| {
            let more = job.kind == CellKind::Instr || wants_rss(job) || wants_cpu(job);
            let more = more && lines.iter().all(|line| line.status.is_ok());
            match (more, exact.iter().position(|other| other.id == job.id), lines.pop()) {
                (true, Some(index), Some(line)) => waiting.push((index, line)),
                (_, _, last) => {
                    lines.extend(last);
                    sink(job, lines)?;
                }
            }
            Ok(())
        })?;
        let waiting = waiting.into_iter().map(|(index, line)| (&exact[index], line));
        // CPU time is taken of one process at a time, when no other of ours runs.
        let (alone, beside): (Vec<_>, Vec<_>) = waiting.partition(|(job, _)| wants_cpu(job));
        self.add_to(beside, AT_A_TIME, stop, sink)?;
        self.add_to(alone, 1, stop, sink)?;
        run_jobs(&command, self.limits(), &timed, stop, &mut |job, lines| {
            sink(job, refuse::unless_timed(lines))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::Kind;

    fn counted() -> callgrind::Counted {
        callgrind::Counted {
            instr: 9,
            syscalls: Some(2),
            markers: BTreeMap::from([("poll".to_owned(), 1), ("rent".to_owned(), 3)]),
            ..callgrind::Counted::default()
        }
    }

    fn values(design: &str, marker: &str, threads: bool) -> BTreeMap<String, u64> {
        let cell = format!("w/a,n=1@{design}:own").parse().expect("a key");
        let line = Line::new(Kind::Exact, cell, 0, Status::Ok);
        with_instructions(line, Ok(counted()), marker, threads).values
    }

    #[test]
    fn a_design_that_runs_in_its_siblings_block_on_has_its_siblings_marker() {
        let values = values("mine", "awb_marker_poll", false);
        assert_eq!((values["own_markers"], values["foreign_markers"]), (1, 3));
        assert_eq!((values["instr"], values["syscalls"]), (9, 2));
    }

    #[test]
    fn counts_of_several_threads_have_a_name_of_their_own() {
        let values = values("tokio", "awb_marker_tokio", true);
        let names: Vec<&str> = values.keys().map(String::as_str).collect();
        assert_eq!(names, ["foreign_markers", "instr_threads", "own_markers"]);
    }
}
