//! `cargo xtask test`: the whole gate, step by step, all of it even when a step fails.
//!
//! Every step is an ordinary command that could be typed by hand; its output passes
//! through, so that the test runner's own closing lines are the evidence. Nothing is
//! skipped silently: a step that cannot run fails and names what installs the missing part.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::disk;

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
}

/// A step of the gate: a name, and a command.
struct Step {
    name: &'static str,
    /// Target it belongs to; none for the common steps.
    target: Option<&'static str>,
    dir: PathBuf,
    argv: Vec<String>,
    envs: Vec<(&'static str, String)>,
}

impl Step {
    fn cargo(root: &Path, name: &'static str, args: &[&str]) -> Step {
        let argv = std::iter::once("cargo").chain(args.iter().copied());
        Step {
            name,
            target: None,
            dir: root.to_owned(),
            argv: argv.map(str::to_owned).collect(),
            envs: Vec::new(),
        }
    }

    fn on(mut self, target: &'static str) -> Step {
        self.target = Some(target);
        self
    }

    fn within(mut self, dir: &str) -> Step {
        self.dir = self.dir.join(dir);
        self
    }

    fn env(mut self, key: &'static str, value: &str) -> Step {
        self.envs.push((key, value.to_owned()));
        self
    }
}

/// A step that is a command of this tool.
fn xtask(root: &Path, name: &'static str, args: &[&str]) -> Step {
    let mut step = Step::cargo(root, name, &[]);
    let own = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("xtask"));
    step.argv = std::iter::once(own.to_string_lossy().into_owned())
        .chain(args.iter().map(|&arg| arg.to_owned()))
        .collect();
    step
}

/// The steps of the ordinary gate, cheap ones first.
fn steps(root: &Path) -> Vec<Step> {
    let cargo = |name, args: &[&str]| Step::cargo(root, name, args);
    let xtask = |name, args: &[&str]| xtask(root, name, args);
    let board = "workloads/targets/cortex-m4";
    // Package by package: the features of one image must not reach another.
    let firmware = |name, packages: &[&str], features: &[&str]| {
        let mut args = vec!["clippy", "--release", "--locked", "--target", "thumbv7em-none-eabihf"];
        args.extend(packages.iter().flat_map(|package| ["-p", package]));
        args.extend(features.iter().copied().chain(["--", "-D", "warnings"]));
        Step::cargo(root, name, &args).within(board).on("cortex-m4")
    };
    vec![
        cargo("fmt", &["fmt", "--all", "--check"]),
        cargo("fmt of the firmware", &["fmt", "--all", "--check"]).within(board).on("cortex-m4"),
        xtask("tidy", &["tidy"]),
        cargo(
            "clippy",
            &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
        ),
        cargo(
            "clippy of the kernel without std",
            &[
                "clippy",
                "-p",
                "kernel",
                "--no-default-features",
                "--locked",
                "--",
                "-D",
                "warnings",
            ],
        ),
        firmware("clippy of the firmware", &["board", "baseline-empty", "image-*"], &[]),
        firmware("clippy of the superloop", &["baseline-superloop"], &["--features", "isr"]),
        // One red test must not hide those after it.
        cargo("tests", &["test", "--workspace", "--locked", "--no-fail-fast"]),
        xtask(
            "every cell once",
            &["bench", "--profile", "smoke", "--peers", "--yes", "--out", "target/smoke"],
        ),
        xtask("reports are current", &["report", "--check"]),
        xtask("RFC text is current", &["rfc", "check"]),
    ]
}

/// What an interpreter and a sanitizer run of each package. What must not compile is compiled
/// by the ordinary gate; an interpreter has no part in it.
const CHECKED: [(&str, &[&str]); 7] = [
    ("kernel", &["executor", "children", "primitives", "foreign_calls"]),
    ("design-poll", &["conformance", "group", "traps", "foreign_calls", "torment"]),
    ("design-completion", &["conformance", "traces"]),
    ("design-scoped", &["conformance", "traps", "torment"]),
    ("design-structured", &["conformance", "traces", "no_alloc"]),
    (
        "design-owned",
        &[
            "conformance",
            "tasks",
            "sets",
            "traps",
            "parity",
            "no_alloc",
            "foreign_calls",
            "torment",
        ],
    ),
    ("design-rent", &["conformance", "device"]),
];

/// Tests on the system's own sockets and files, which no interpreter runs.
const SYSTEM: [&str; 1] = ["sockets"];

/// What `--deep` adds. Each needs a nightly toolchain, a sanitizer or time.
fn deep_steps(root: &Path) -> Vec<Step> {
    let cargo = |name, args: &[&str]| Step::cargo(root, name, args);
    let mut sanitized = vec!["test", "--locked", "--target", "x86_64-unknown-linux-gnu"];
    sanitized.extend(CHECKED.iter().flat_map(|(package, _)| ["-p", *package]));
    let tests = CHECKED.iter().flat_map(|(_, tests)| tests.iter().copied());
    let tests: BTreeSet<&str> = tests.chain(SYSTEM).collect();
    sanitized.extend(tests.iter().flat_map(|test| ["--test", test]));
    let mut steps = vec![
        cargo("loom: kernel", &["test", "-p", "kernel", "--release", "--test", "loom", "--locked"])
            .env("RUSTFLAGS", "--cfg loom")
            .env("CARGO_TARGET_DIR", "target/loom"),
        cargo("AddressSanitizer: kernel and designs", &sanitized)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", "-Zsanitizer=address")
            .env("ASAN_OPTIONS", "detect_leaks=0")
            .env("CARGO_TARGET_DIR", "target/asan"),
    ];
    let planted: Vec<&str> = CHECKED
        .iter()
        .filter(|(_, tests)| tests.contains(&"torment"))
        .flat_map(|(package, _)| ["-p", *package])
        .collect();
    let planted = [&["test", "--locked", "--test", "torment"], &planted[..]].concat();
    steps.push(
        cargo("the tormentor finds planted faults", &planted)
            .env("RUSTFLAGS", "--cfg plant")
            .env("CARGO_TARGET_DIR", "target/plant"),
    );
    for (package, tests) in CHECKED {
        steps.push(miri(root, "Miri, stacked borrows", package, tests, ""));
        steps.push(miri(root, "Miri, tree borrows", package, tests, "-Zmiri-tree-borrows"));
    }
    steps.push(xtask(
        root,
        "every claim measured",
        &["bench", "--claim", "C*", "--yes", "--out", "target/deep"],
    ));
    steps
}

/// The tests of a package in the interpreter.
fn miri(root: &Path, name: &'static str, package: &str, tests: &[&str], model: &str) -> Step {
    let mut args = vec!["+nightly", "miri", "test", "--locked", "-p", package];
    args.extend(tests.iter().flat_map(|test| ["--test", test]));
    let flags = format!("-Zmiri-disable-isolation -Zmiri-ignore-leaks {model}");
    Step::cargo(root, name, &args)
        .env("MIRIFLAGS", flags.trim_end())
        // The interpreter initialises the whole table of wakers before every test.
        .env("KERNEL_NODES", "600")
        .env("RUST_BACKTRACE", "0")
        .env("CARGO_TARGET_DIR", "target/miri")
}

/// Cancelling and faults of real I/O under AddressSanitizer, with its search for leaks. What a
/// test leaks on purpose is listed in a file, function by function.
fn leak_steps(root: &Path) -> [Step; 2] {
    let designs: Vec<String> =
        crate::ids::designs(root).into_iter().map(|id| format!("design-{id}")).collect();
    let known = root.join("workloads/conformance/leaks.txt");
    let step = |name, packages: &[&str], tests: &[&str]| {
        let mut args = vec!["test", "--locked", "--target", "x86_64-unknown-linux-gnu"];
        args.extend(packages.iter().flat_map(|package| ["-p", package]));
        args.extend(tests.iter().flat_map(|test| ["--test", test]));
        Step::cargo(root, name, &args)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", "-Zsanitizer=address")
            .env("ASAN_OPTIONS", "detect_leaks=1")
            .env("LSAN_OPTIONS", &format!("suppressions={}", known.display()))
            .env("CARGO_TARGET_DIR", "target/asan")
    };
    let designs: Vec<&str> = designs.iter().map(String::as_str).collect();
    [
        step(
            "AddressSanitizer and LeakSanitizer: drivers",
            // A design beside it turns the kernel's I/O on.
            &["kernel", "design-poll"],
            &["io_*", "uring_*", "post_*"],
        ),
        step(
            "AddressSanitizer and LeakSanitizer: cancel at every suspension point",
            &designs,
            &["cancel", "io_epoll", "io_uring"],
        ),
    ]
}

/// Wakes from other threads under ThreadSanitizer. It has to know the standard library, which is
/// therefore built with it. One test at a time, because it does not see the system calls that
/// map a ring: two threads whose rings lie at one address, one after the other, look like a race.
fn thread_step(root: &Path) -> Step {
    let mut args = vec!["+nightly", "test", "--locked", "-Zbuild-std"];
    args.extend(["--target", "x86_64-unknown-linux-gnu", "-p", "kernel", "--features", "io"]);
    args.extend(["--test", "io_wake", "--test", "uring_wait", "--test", "foreign"]);
    args.extend(["--", "--test-threads=1"]);
    Step::cargo(root, "ThreadSanitizer: wakes from other threads", &args)
        .env("RUSTFLAGS", "-Zsanitizer=thread")
        .env("CARGO_TARGET_DIR", "target/tsan")
}

/// Runs the gate; returns the names of the steps that failed.
///
/// # Errors
/// When a step's program cannot be started at all.
pub(crate) fn run(args: &TestArgs, root: &Path, say: &mut dyn FnMut(&str)) -> Result<Vec<String>> {
    let mut steps = steps(root);
    if args.deep {
        steps.extend(deep_steps(root));
        steps.extend(leak_steps(root));
        steps.push(thread_step(root));
    }
    let wanted = |step: &Step| {
        args.target.is_none() || step.target.is_none() || step.target == args.target.as_deref()
    };
    let steps: Vec<Step> = steps.into_iter().filter(wanted).collect();
    if let Some(free) = disk::free(root) {
        say(&disk::before(free, args.deep));
    }
    let mut failed = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        say(&format!("== {}/{} {} ({})", number + 1, steps.len(), step.name, step.argv.join(" ")));
        let mut command = Command::new(OsStr::new(&step.argv[0]));
        command.args(&step.argv[1..]).current_dir(&step.dir);
        // The toolchain that runs xtask must not leak into `cargo +nightly`.
        command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").env_remove("RUSTC");
        // Tests make repositories of their own; a caller's hook must not name them another.
        xtask_repo::without_git_variables(&mut command);
        command.envs(step.envs.iter().map(|(key, value)| (key, value)));
        let status = command
            .status()
            .with_context(|| format!("cannot start `{}`; is it installed?", step.argv[0]))?;
        if !status.success() {
            say(&format!("== FAILED: {} ({status})", step.name));
            failed.push(step.name.to_owned());
            if let Some(full) = disk::free(root).and_then(disk::after) {
                say(&full);
            }
        }
    }
    Ok(failed)
}
