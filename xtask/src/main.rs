//! `cargo xtask <command>`: the workbench's only tool.
//!
//! This binary is grammar and dispatch. Measuring, judging, rendering and text are library
//! crates beside it and know each other only where data flows; what joins them is in
//! [`join`](mod@join). Exit codes everywhere: 0 done, 1 the answer is no, 2 the command
//! line or an input is wrong and nothing was written.

#![expect(clippy::print_stderr, reason = "errors go to the terminal")]

mod compare;
mod disk;
mod gate;
mod generate;
mod ids;
mod imports;
mod join;
mod map;
mod mounts;
mod new;
mod passed;
mod patience;
#[cfg(test)]
mod printed;
mod prose;
mod site;
mod tidy;
mod widths;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use patience::Patience;
use xtask_bench::{BenchArgs, DoctorArgs, Exit, InputError, ListArgs, Tree};
use xtask_report::ReportArgs;
use xtask_rfc::RfcArgs;

/// Measure prototype designs of async Rust, judge claims from the records, and put the
/// numbers into the RFC text.
///
/// New here? `cargo xtask bench --install` gives a first answer in minutes;
/// `cargo xtask test --install` checks everything.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", propagate_version = false)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Bench(BenchArgs),
    Report(ReportArgs),
    Rfc(RfcArgs),
    List(ListArgs),
    Compare(compare::CompareArgs),
    Doctor(DoctorArgs),
    New(new::NewArgs),
    Test(gate::TestArgs),
    Tidy(tidy::TidyArgs),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(&cli.command) {
        Ok(Exit::Done) => ExitCode::SUCCESS,
        Ok(Exit::No) => ExitCode::from(1),
        // The reader of a pipe has seen enough, as `head` has.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(join::exit_code(&error))
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}

fn dispatch(command: &Command) -> Result<Exit> {
    let out = &mut std::io::stdout();
    let here = std::env::current_dir().context("no current folder")?;
    // What repairs a tree must start in one that is broken.
    let root = xtask_bench::tree::find_root(&here)?;
    match command {
        Command::Bench(args) => join::bench(&Tree::at(&root)?, args, out),
        Command::Report(args) => {
            let _patience = Patience::with("report: rendering");
            report(args, &root)
        }
        Command::Rfc(args) => join::rfc(&Tree::at(&root)?, args, out),
        Command::List(args) => {
            let _patience = Patience::with("list: reading");
            xtask_bench::list(args, out)
        }
        Command::Compare(args) => {
            let _patience = Patience::with("compare: reading");
            compare::run(args, &root, out)
        }
        Command::Doctor(args) => {
            // What is installed shows its own progress, and asks before.
            let _patience = (!args.install).then(|| Patience::with("doctor: looking"));
            xtask_bench::doctor(args, &site::needs, out)
        }
        Command::New(args) => {
            for path in new::run(args, &root)? {
                writeln!(out, "wrote {}", path.strip_prefix(&root).unwrap_or(&path).display())?;
            }
            writeln!(out, "next: cargo xtask tidy --fix")?;
            Ok(Exit::Done)
        }
        Command::Test(args) => test(args, &root),
        Command::Tidy(args) => {
            let patience = Patience::with("tidy: looking");
            let findings = tidy::run(args, &root)?;
            drop(patience);
            for finding in &findings {
                writeln!(out, "{finding}")?;
            }
            writeln!(out, "tidy: {} findings", findings.len())?;
            Ok(if findings.is_empty() { Exit::Done } else { Exit::No })
        }
    }
}

fn report(args: &ReportArgs, root: &Path) -> Result<Exit> {
    if (args.open || args.site) && args.install {
        let needs = BTreeMap::from([(site::SITE.to_owned(), vec![site::renderer()])]);
        xtask_bench::install(&needs, true, &mut std::io::stderr())?;
    }
    let citations = || join::citations(root);
    let address = || xtask_rfc::address(root);
    let hooks = xtask_report::Hooks { citations: Some(&citations), address: Some(&address) };
    let answer = xtask_report::run(args, root, &hooks)?;
    writeln!(std::io::stdout(), "{}", answer.text)?;
    Ok(if answer.yes { Exit::Done } else { Exit::No })
}

fn test(args: &gate::TestArgs, root: &Path) -> Result<Exit> {
    let mut say = |line: &str| {
        // The steps go on although the reader of a pipe has left: their status is the answer.
        let mut out = std::io::stdout();
        let _written = writeln!(out, "{line}").and_then(|()| out.flush());
    };
    if let Some(target) = &args.target {
        let tree = Tree::at(root)?;
        if !tree.targets.contains(target) {
            let known = tree.targets.iter().map(String::as_str);
            return Err(InputError::unknown("target", target, known).into());
        }
    }
    if args.install {
        let doctor = DoctorArgs { install: true, yes: args.yes, ..DoctorArgs::default() };
        xtask_bench::doctor(&doctor, &site::needs, &mut std::io::stdout())?;
    }
    let stop = xtask_bench::runner::Stop::default();
    xtask_bench::on_signal(&stop)?;
    let failed = gate::run(args, root, &|| stop.stopped(), &mut say)?;
    if args.list {
        return Ok(Exit::Done);
    }
    if failed.is_empty() {
        let whole = args.step.is_none() && args.target.is_none();
        say(if whole { "== the gate is green" } else { "== these steps are green" });
        return Ok(Exit::Done);
    }
    say(&format!("== the gate is red: {}", failed.join(", ")));
    Ok(Exit::No)
}
