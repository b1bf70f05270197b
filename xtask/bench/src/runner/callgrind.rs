//! Instructions and system calls of one call, by callgrind.
//!
//! Of a case that is measured as a whole, instructions are collected within `awb_entry`
//! only, which the runner calls once after two warm-ups through another function. Of a run
//! with a measured part, costs start at zero at `awb_region_begin` and are written at
//! `awb_region_end`, once in each of the three calls; the third counts.
//!
//! What callgrind writes names every function called, so that it also proves whose code
//! ran: each design calls a marker symbol of its own.
//!
//! Two things differ under valgrind from what a machine does, and both are put right here.
//! Valgrind hides the vDSO, so that a look at the clock becomes a system call; such calls
//! are counted apart ([`Counted::clock_reads`]). And it counts `rep movsb` once per byte, so
//! that copies and fills are kept from it ([`ENVIRONMENT`]).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Stop;
use super::process::{Command, Death, Limits, Process};

/// Prefix of the symbol that a design calls once in `block_on`.
const MARKER: &str = "awb_marker_";

/// Calls of a cell in one process: two warm-ups and the measured one.
const RUNS: u64 = 3;

/// What the environment of a counted process holds besides a path.
///
/// glibc copies and fills what is longer than these thresholds by `rep movsb` and
/// `rep stosb`. For a processor either is one instruction; valgrind counts one per byte, so
/// that a copy of some kilobytes would outweigh the program around it. Out of reach of the
/// thresholds the same functions take their loops over vectors.
const ENVIRONMENT: &[(&str, &str)] = &[(
    "GLIBC_TUNABLES",
    "glibc.cpu.x86_rep_movsb_threshold=0x7fffffffffffffff:\
     glibc.cpu.x86_rep_stosb_threshold=0x7fffffffffffffff",
)];

/// What valgrind is told whatever is counted.
const ARGUMENTS: &[&str] = &["--tool=callgrind", "--collect-systime=yes"];

/// Functions that a kernel answers in user space through its vDSO, without what glibc and
/// rustix put around their names.
const IN_VDSO: &[&str] =
    &["clock_getres", "clock_gettime", "getcpu", "gettimeofday", "sched_getcpu", "time"];

/// Which stretch of a process is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// The third call, from beginning to end.
    Call,
    /// The measured part of the third call.
    Part,
}

impl Stretch {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            // The system calls of the warm-ups are counted whether collecting is on or off;
            // writing a profile before and after the measured call parts them from it.
            Stretch::Call => &[
                "--collect-atstart=no",
                "--toggle-collect=awb_entry",
                "--dump-before=awb_entry",
                "--dump-before=awb_left",
            ],
            Stretch::Part => &["--zero-before=awb_region_begin", "--dump-before=awb_region_end"],
        }
    }

    /// Number of the profile that holds the stretch.
    fn profile(self) -> u64 {
        match self {
            Stretch::Call => 2,
            Stretch::Part => RUNS,
        }
    }

    /// In how many calls of the cell the calls of a marker in the profile were made.
    fn calls(self) -> u64 {
        match self {
            Stretch::Call => RUNS,
            Stretch::Part => 1,
        }
    }
}

/// What callgrind counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Instructions in user space.
    pub instr: u64,
    /// System calls, if they were counted, without those in `clock_reads`.
    pub syscalls: Option<u64>,
    /// System calls that are none without valgrind, because the vDSO answers: looks at a
    /// clock. One at a clock of CPU time is among them although the kernel answers it.
    pub clock_reads: u64,
    /// Calls of marker symbols, by the design as the symbol writes it.
    pub markers: BTreeMap<String, u64>,
}

impl Counted {
    /// Calls of this marker symbol, and of all others.
    #[must_use]
    pub fn own_and_foreign(&self, marker: &str) -> (u64, u64) {
        let all: u64 = self.markers.values().sum();
        let own = marker.strip_prefix(MARKER).and_then(|design| self.markers.get(design));
        let own = own.copied().unwrap_or(0);
        (own, all - own)
    }
}

/// The marker symbol of what has no `design.toml` that names one: a peer or a baseline.
#[must_use]
pub(super) fn marker_of(id: &str) -> String {
    format!("{MARKER}{}", id.replace('-', "_"))
}

/// How a count is made, in the words of a shell.
#[must_use]
pub(super) fn settings() -> String {
    let environment = ENVIRONMENT.iter().map(|(name, value)| format!("{name}={value}"));
    let arguments = ARGUMENTS.iter().map(|&argument| argument.to_owned());
    let words = environment.chain(["valgrind".to_owned()]).chain(arguments);
    words.collect::<Vec<_>>().join(" ")
}

/// Reads a callgrind profile written with `--compress-strings=no --compress-pos=no`.
///
/// Costs are those of the stretch. Calls are counted all the time where collecting is
/// toggled, so that the two warm-ups are in the count of a marker. A marker without any cost
/// was not reached in the measured call; one with cost is called as often in each of the
/// three.
///
/// Looks at the clock are what the calls of their functions cost in system calls. What
/// stands under such a function itself will not do: callgrind leaves there what was made
/// before costs were set to zero.
///
/// # Errors
/// When it has no summary, or more looks at the clock than system calls.
pub fn parse(text: &str, stretch: Stretch) -> Result<Counted> {
    let mut counted = Counted::default();
    let mut summary = None;
    let mut syscalls_at = None;
    let (mut caller, mut callee) = ("", "");
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("fn=") {
            caller = plain(name);
        } else if let Some(name) = line.strip_prefix("cfn=") {
            callee = plain(name);
        } else if let Some(rest) = line.strip_prefix("calls=") {
            let costs = lines.next().unwrap_or_default();
            if let Some(at) = syscalls_at
                && is_in_vdso(callee)
                && !is_in_vdso(caller)
            {
                counted.clock_reads += number(costs, 1 + at).unwrap_or(0);
            }
            let cost = number(costs, 1);
            if let (Some(design), Some(1..)) = (callee.strip_prefix(MARKER), cost) {
                let calls = number(rest, 0).with_context(|| format!("callgrind wrote `{line}`"))?;
                let calls = calls.div_ceil(stretch.calls());
                *counted.markers.entry(design.to_owned()).or_insert(0) += calls;
            }
        } else if let Some(rest) = line.strip_prefix("events:") {
            syscalls_at = rest.split_whitespace().position(|event| event == "sysCount");
        } else if let Some(rest) = line.strip_prefix("summary:") {
            summary = Some(rest);
        }
    }
    let summary = summary.context("callgrind wrote no summary")?;
    counted.instr = number(summary, 0).context("callgrind wrote an empty summary")?;
    if let Some(at) = syscalls_at {
        // Zeros at the end of a line are left out.
        let all = number(summary, at).unwrap_or(0);
        let made = all.checked_sub(counted.clock_reads);
        let made = made.with_context(|| {
            format!("{} looks at the clock among {all} system calls", counted.clock_reads)
        })?;
        counted.syscalls = Some(made);
    }
    Ok(counted)
}

/// Whether the function of this name is one of [`IN_VDSO`]: `clock_gettime@@GLIBC_2.17`,
/// `__vdso_getcpu`, `time_syscall` or rustix's `..::clock_gettime_via_syscall`, which it
/// calls where it finds no vDSO.
fn is_in_vdso(name: &str) -> bool {
    let name = match name.rsplit_once("::") {
        Some((path, name)) if path.starts_with("rustix::") => name.strip_suffix("_via_syscall"),
        Some(_) => None,
        None => name.split('@').next().map(|name| name.strip_suffix("_syscall").unwrap_or(name)),
    };
    name.is_some_and(|name| {
        let name = name.trim_start_matches('_');
        IN_VDSO.contains(&name.strip_prefix("vdso_").unwrap_or(name))
    })
}

/// The word at a place, as a number.
fn number(text: &str, place: usize) -> Option<u64> {
    text.split_whitespace().nth(place)?.parse().ok()
}

/// The name without the number of a recursion level (`name'2`) or a compressed id.
fn plain(name: &str) -> &str {
    let name = name.split_once(") ").map_or(name, |(_, name)| name);
    name.split('\'').next().unwrap_or(name)
}

/// Counts one cell; nothing when stopped, else the counts or the word and reason of a status.
/// `scratch` is a path in a folder of its own.
///
/// # Errors
/// When valgrind cannot be started, or leaves a profile that cannot be read.
pub fn count(
    runner: &Path,
    cell: &str,
    stretch: Stretch,
    scratch: &Path,
    limits: Limits,
    stop: &Stop,
) -> Result<Option<Result<Counted, Death>>> {
    let written = ["--compress-strings=no", "--compress-pos=no"];
    let told = ARGUMENTS.iter().chain(&written).chain(stretch.arguments());
    let mut args: Vec<String> = told.map(|&argument| argument.to_owned()).collect();
    args.push(format!("--callgrind-out-file={}", scratch.display()));
    args.extend([runner.display().to_string(), "one".to_owned(), cell.to_owned()]);
    let command = Command { program: "valgrind".into(), args, env: ENVIRONMENT };
    let process = Process::start(&command, limits, None)?;
    let ended = process.finish(limits.timeout, stop)?;
    let profile = numbered(scratch, stretch.profile());
    let text = std::fs::read_to_string(&profile);
    for path in (1..=RUNS).map(|n| numbered(scratch, n)).chain([scratch.to_owned()]) {
        // What is not there need not go; what cannot be removed is written over.
        let _ = std::fs::remove_file(path);
    }
    match ended {
        None => return Ok(None),
        Some(Err(failed)) => return Ok(Some(Err(failed))),
        Some(Ok(_)) => {}
    }
    let Ok(text) = text else {
        let reason = format!("no profile {} was left", stretch.profile());
        return Ok(Some(Err(Death::new("failed", reason))));
    };
    let counted = parse(&text, stretch).map_err(|error| Death::new("failed", format!("{error:#}")));
    Ok(Some(counted.and_then(|counted| match counted.instr {
        0 => Err(Death::new("failed", "callgrind never entered what is measured")),
        _ => Ok(counted),
    })))
}

/// `<path>.<n>`: how callgrind names the profiles that it writes on the way.
fn numbered(path: &Path, n: u64) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{n}"));
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = "\
version: 1
events: Ir sysCount sysTime
summary: 1234 7

fn=awb_entry
16 3
cfn=awb_marker_poll
calls=3 20
16 5
cfn=awb_marker_poll_progress'2
calls=6 30
16 5
cfn=awb_marker_scoped
calls=2 30
16 0

fn=other
cfn=awb_marker_poll
calls=12 20
17 5
cfn=memcpy
calls=9 20
17 5

totals: 1234 21 3
";

    #[test]
    fn instructions_and_markers_are_read() {
        let counted = parse(PROFILE, Stretch::Call).expect("a profile");
        assert_eq!((counted.instr, counted.syscalls), (1234, Some(7)));
        assert_eq!(counted.own_and_foreign("awb_marker_poll"), (5, 2));
        assert_eq!(counted.own_and_foreign(&marker_of("poll-progress")), (2, 5));
        assert_eq!(counted.own_and_foreign("awb_marker_scoped"), (0, 7));
    }

    #[test]
    fn in_a_measured_part_every_call_of_a_marker_counts() {
        let counted = parse(PROFILE, Stretch::Part).expect("a profile");
        assert_eq!(counted.own_and_foreign("awb_marker_poll"), (15, 6));
    }

    #[test]
    fn system_calls_are_known_where_they_were_counted() {
        let counted = |text| parse(text, Stretch::Part).expect("a profile").syscalls;
        assert_eq!(counted("events: Ir\nsummary: 5\n"), None);
        assert_eq!(counted("events: Ir sysCount sysTime\nsummary: 5\n"), Some(0));
    }

    #[test]
    fn looks_at_the_clock_are_what_calls_of_them_cost() {
        let profile = "\
events: Ir sysCount sysTime
summary: 1234 12

fn=<tokio::time::Clock>::now
16 3
cfn=clock_gettime@@GLIBC_2.17
calls=4 38
16 40 4
cfn=rustix::backend::vdso_wrappers::clock_gettime_via_syscall
calls=3 38
16 30 3 9
cfn=<tokio::time::Clock>::time
calls=2 38
16 30 2
cfn=getppid
calls=3 38
16 9 3

fn=rustix::backend::vdso_wrappers::clock_gettime_via_syscall
cfn=rustix::backend::vdso_wrappers::_clock_gettime_via_syscall
calls=3 38
16 30 3

fn=clock_gettime@@GLIBC_2.17
68 0 15
";
        let counted = parse(profile, Stretch::Part).expect("a profile");
        assert_eq!((counted.syscalls, counted.clock_reads), (Some(5), 7));
        let fewer = profile.replace("summary: 1234 12", "summary: 1234 6");
        let refused = parse(&fewer, Stretch::Part).expect_err("more than there were");
        assert_eq!(refused.to_string(), "7 looks at the clock among 6 system calls");
    }

    #[test]
    fn what_the_vdso_answers_is_known_by_its_names() {
        for name in [
            "clock_gettime",
            "clock_gettime@@GLIBC_2.17",
            "__clock_gettime@@GLIBC_PRIVATE",
            "__vdso_clock_gettime",
            "gettimeofday_syscall",
            "time@@GLIBC_2.2.5",
            "rustix::backend::vdso_wrappers::_clock_gettime_via_syscall",
        ] {
            assert!(is_in_vdso(name), "{name}");
        }
        for name in ["syscall", "timer_settime", "std::time::Instant::now", "mine::time", "_time_"]
        {
            assert!(!is_in_vdso(name), "{name}");
        }
    }

    #[test]
    fn what_is_recorded_can_be_repeated_in_a_shell() {
        assert_eq!(
            settings(),
            "GLIBC_TUNABLES=glibc.cpu.x86_rep_movsb_threshold=0x7fffffffffffffff:\
             glibc.cpu.x86_rep_stosb_threshold=0x7fffffffffffffff \
             valgrind --tool=callgrind --collect-systime=yes"
        );
    }

    #[test]
    fn a_profile_without_a_summary_is_refused() {
        assert!(parse("version: 1\nevents: Ir\n", Stretch::Call).is_err());
    }
}
