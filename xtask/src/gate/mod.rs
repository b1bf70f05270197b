//! `cargo xtask test`: the whole gate, step by step, all of it even when a step fails.
//!
//! Every step is an ordinary command that could be typed by hand; its output passes
//! through, so that the test runner's own closing lines are the evidence. Nothing is
//! skipped silently: a step that cannot run fails and names what installs the missing part.
//! Nor does it wait for ever: a step has a limit, at which all that it started is ended.

mod lists;
mod step;
mod still;

use std::ffi::OsStr;
use std::io::{IsTerminal, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use clap::Args;
use xtask_cargo::{Through, passing};

use crate::disk;
use crate::passed::Passed;
use lists::{deep_steps, leak_steps, steps, thread_step};
use step::Step;
use still::Still;

/// How long a step may say nothing before a line says that it lives.
const ON_TERMINAL: Duration = Duration::from_secs(10);
/// The same where there is no terminal.
const ELSEWHERE: Duration = Duration::from_secs(20);

/// Run the whole gate.
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Install what is missing first, as `cargo xtask doctor --install`
    #[arg(long)]
    pub(crate) install: bool,
    /// Ask nothing when installing
    #[arg(long)]
    pub(crate) yes: bool,
    /// Only the steps of one target (sim, linux, cortex-m4, host) and the common ones
    #[arg(long, value_name = "ID")]
    pub(crate) target: Option<String>,
    /// Add loom, sanitizers and Miri
    #[arg(long)]
    pub(crate) deep: bool,
    /// Only the steps whose name contains this word
    #[arg(long, value_name = "WORD")]
    pub(crate) step: Option<String>,
    /// Leave out what was green at this revision; the tree must be clean
    #[arg(long)]
    pub(crate) resume: bool,
    /// Say which steps there are, and what they took where they were green, and run none
    #[arg(long)]
    pub(crate) list: bool,
    /// End a step after so many minutes, whichever it is [default: 30; 150 where every claim is
    /// measured]
    #[arg(long, value_name = "MIN", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) patience: Option<u64>,
}

/// The steps that are asked for.
fn wanted(args: &TestArgs, root: &Path) -> Vec<Step> {
    let mut steps = steps(root);
    if args.deep {
        steps.extend(deep_steps(root));
        steps.extend(leak_steps(root));
        steps.push(thread_step(root));
    }
    steps.retain(|step| {
        let target = args.target.as_deref();
        let named = args.step.as_ref().is_none_or(|word| step.name.contains(word.as_str()));
        named && (target.is_none() || step.target.is_none() || step.target == target)
    });
    match args.patience {
        Some(minutes) => steps.into_iter().map(|step| step.minutes(minutes)).collect(),
        None => steps,
    }
}

/// Runs the gate; returns the names of the steps that failed.
///
/// # Errors
/// When a step's program cannot be started at all, when no step has the name that is asked for,
/// when a dirty tree is to be resumed, and when it is stopped.
pub(crate) fn run(
    args: &TestArgs,
    root: &Path,
    stopped: &dyn Fn() -> bool,
    say: &mut dyn FnMut(&str),
) -> Result<Vec<String>> {
    let steps = wanted(args, root);
    ensure!(!steps.is_empty(), "no step is called so; `cargo xtask test --deep --list` shows all");
    let mut passed = Passed::at(root);
    if args.list {
        for step in &steps {
            let took =
                passed.seconds(&step.title()).map(|seconds| format!(", green in {seconds} s"));
            say(&format!("{}{}", step.title(), took.unwrap_or_default()));
        }
        return Ok(Vec::new());
    }
    ensure!(
        !args.resume || passed.is_kept(),
        "what is not committed has been seen by no step; commit it, or leave --resume out"
    );
    if let Some(free) = disk::free(root) {
        say(&disk::before(free, args.deep));
    }
    let (mut failed, mut times) = (Vec::new(), Vec::new());
    for (number, step) in steps.iter().enumerate() {
        let (title, place) = (step.title(), format!("{}/{}", number + 1, steps.len()));
        if let Some(seconds) = passed.seconds(&title).filter(|_| args.resume) {
            say(&format!("== {place} {}: green at this revision, in {seconds} s", step.name));
            continue;
        }
        say(&format!("== {place} {title}"));
        let begun = xtask_cargo::now();
        let (out, error) = (&mut std::io::stdout(), &mut std::io::stderr());
        let lives = &mut |since: Duration| {
            // A step goes on although what it says cannot be shown.
            let _ = writeln!(std::io::stderr(), "== {place} {}: {} s", step.name, since.as_secs());
        };
        let every = if std::io::stderr().is_terminal() { ON_TERMINAL } else { ELSEWHERE };
        let silent: (Duration, &mut dyn FnMut(Duration)) = (every, lives);
        let why = red(step, stopped, &mut Through { out, error, silent })?;
        let seconds = begun.elapsed().as_secs();
        times.push((step.name, why.is_none(), seconds));
        let Some(why) = why else {
            say(&format!("== green in {seconds} s: {}", step.name));
            passed.add(&title, seconds)?;
            continue;
        };
        say(&format!("== FAILED in {seconds} s: {} ({why})", step.name));
        failed.push(step.name.to_owned());
        if let Some(full) = disk::free(root).and_then(disk::after) {
            say(&full);
        }
    }
    for (name, green, seconds) in times {
        say(&format!("{seconds:>7} s  {}  {name}", if green { "green" } else { "RED  " }));
    }
    Ok(failed)
}

/// Runs one step to its end or its limit; why it is red, if it is.
fn red(
    step: &Step,
    stopped: &dyn Fn() -> bool,
    through: &mut Through<'_>,
) -> Result<Option<String>> {
    let mut command = Command::new(OsStr::new(&step.argv[0]));
    command.args(&step.argv[1..]).current_dir(&step.dir);
    // The toolchain that runs xtask must not leak into `cargo +nightly`.
    command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").env_remove("RUSTC");
    // Tests make repositories of their own; a caller's hook must not name them another.
    xtask_repo::without_git_variables(&mut command);
    if std::io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    command.envs(step.envs.iter().map(|(key, value)| (key, value)));
    let mut still = Still::default();
    Ok(match passing(command, step.limit, stopped, through, &mut |line| still.hear(line))? {
        xtask_cargo::Passed::Ended(status) if status.success() => None,
        xtask_cargo::Passed::Ended(status) => Some(status.to_string()),
        xtask_cargo::Passed::Late(alive) => Some(late(step, &still, &alive)),
        xtask_cargo::Passed::Stopped => bail!(
            "stopped in step `{}`; `cargo xtask test --resume` leaves out what was green",
            step.name
        ),
    })
}

/// What a step did not end with, how to run that alone, and how to wait longer.
fn late(step: &Step, still: &Still, alive: &[xtask_cargo::Alive]) -> String {
    let minutes = step.limit.as_secs().div_ceil(60);
    let set = step.envs.iter().map(|(key, value)| format!("{key}={value:?} "));
    let set: String = set.collect();
    let alone = still
        .alone(alive)
        .unwrap_or_else(|| format!("cd {} && {set}{}", step.dir.display(), step.argv.join(" ")));
    format!(
        "not ended within {minutes} min, and so ended with all that it had started\n{}\
         alone: {alone}\nmore time: cargo xtask test --step {:?} --patience {}",
        still.text(alive),
        step.name,
        2 * minutes,
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn deep(step: Option<&str>) -> Vec<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let step = step.map(str::to_owned);
        let args = TestArgs {
            install: false,
            yes: false,
            target: None,
            deep: true,
            step,
            resume: false,
            list: false,
            patience: None,
        };
        wanted(&args, &root).iter().map(Step::title).collect()
    }

    #[test]
    fn the_deep_gate_has_each_kind_of_check_and_each_step_a_title_of_its_own() {
        let all = deep(None);
        for kind in [
            "loom",
            "ThreadSanitizer",
            "AddressSanitizer",
            "LeakSanitizer",
            "Miri, stacked borrows",
            "Miri, tree borrows",
        ] {
            assert!(all.iter().any(|title| title.contains(kind)), "{kind}");
        }
        let different: BTreeSet<&String> = all.iter().collect();
        assert_eq!(different.len(), all.len(), "a step is known by its title");
    }

    #[test]
    fn one_step_is_asked_for_by_a_word_of_its_name() {
        let loom = deep(Some("loom"));
        assert!(loom.len() == 1 && loom[0].starts_with("loom: kernel"), "{loom:?}");
        assert!(deep(Some("no such step")).is_empty());
    }

    fn ends(step: &Step) -> Result<Option<String>> {
        let (out, error) = (&mut std::io::sink(), &mut std::io::sink());
        let silent: (Duration, &mut dyn FnMut(Duration)) = (Duration::from_secs(60), &mut |_| {});
        red(step, &|| false, &mut Through { out, error, silent })
    }

    #[test]
    fn a_step_that_does_not_end_is_red_and_says_what_it_did_not_end_with() {
        let script = "echo '     Running tests/ends.rs (target/debug/deps/ends-1f)' >&2; \
            sleep 0.2; echo 'test quick ... ok'; printf 'test slow ... '; exec sleep 600";
        let mut step = Step::cargo(Path::new("/"), "a step", &[]);
        step.argv = ["sh", "-c", script].map(str::to_owned).into();
        step.limit = Duration::from_secs(1);
        let why = ends(&step).expect("started").expect("red");
        for part in [
            "not ended within 1 min",
            "tests/ends.rs (target/debug/deps/ends-1f)",
            "slow",
            "sleep 600",
            "alone: cd / && sh -c",
            "cargo xtask test --step \"a step\" --patience 2",
        ] {
            assert!(why.contains(part), "`{part}` is not in:\n{why}");
        }
        assert!(!why.contains("quick\n"), "it had ended:\n{why}");
        step.argv = vec!["false".to_owned()];
        let why = ends(&step).expect("started");
        assert_eq!(why.as_deref(), Some("exit status: 1"));
        step.argv = vec!["true".to_owned()];
        assert_eq!(ends(&step).expect("started"), None);
    }
}
