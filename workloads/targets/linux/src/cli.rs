//! The command line of a runner.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use clap::{Parser, Subcommand};
use record::CellKey;

use crate::entry::{self, Call, awb_entry, awb_left, awb_warm};
use crate::registry::{Mounted, Registry};
use crate::{backend, clock, once, region, serve, turns};

/// Runs cells of the workbench in this process and writes what it saw as JSON lines.
///
/// `cargo xtask bench` starts it; by hand, begin with `describe`.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists what this runner can run: one JSON object per mount and workload.
    Describe,
    /// Answers requests (JSON lines on standard input) with lines of a record.
    Run,
    /// Runs one cell for a profiler: two warm-ups, then one call through `awb_entry`.
    One {
        /// workload/case,n=N@design[/mode][+variant]:runtime
        cell: String,
    },
    /// Says how fast the kernel's executor turns on the simulated driver.
    #[command(hide = true)]
    Turns,
}

/// Whose fault an error is decides the exit code.
enum Failure {
    /// The input is wrong: 2.
    Input(anyhow::Error),
    /// The answer is no: 1.
    Run(anyhow::Error),
}

/// The whole program: reads the arguments of the process, answers, says how to exit.
#[must_use]
pub fn main(mounts: &'static [Mounted]) -> ExitCode {
    let args = Args::parse();
    once::install_panic_hook();
    let registry = Registry(mounts);
    let result = match args.command {
        Command::Describe => describe(registry, &mut io::stdout().lock()).map_err(Failure::Run),
        // Not locked: the line of a stuck cell is written from below `serve`.
        Command::Run => {
            serve::serve(registry, io::stdin().lock(), &mut io::stdout()).map_err(Failure::Input)
        }
        Command::One { cell } => one(registry, &cell),
        Command::Turns => {
            print(&turns::measure(serve::world(), &clock::Kernel)).map_err(Failure::Run)
        }
    };
    let (code, error) = match result {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Run(error)) => (1, error),
        Err(Failure::Input(error)) => (2, error),
    };
    // If standard error is gone too, the exit code still says it.
    drop(writeln!(io::stderr(), "error: {error:#}"));
    ExitCode::from(code)
}

fn describe(registry: Registry, out: &mut impl Write) -> Result<()> {
    for mount in registry.describe() {
        let text = serde_json::to_string(&mount).context("a mount has only string keys")?;
        writeln!(out, "{text}").context("cannot write")?;
    }
    Ok(())
}

fn print(speed: &turns::Speed) -> Result<()> {
    writeln!(io::stdout(), "{speed}").context("cannot write")
}

fn one(registry: Registry, text: &str) -> Result<(), Failure> {
    let key: CellKey = text.parse().map_err(Failure::Input)?;
    let cell = registry.find(&key).map_err(Failure::Input)?;
    backend::probe(&key.runtime).map_err(|why| Failure::Run(anyhow!("{key}: {why}")))?;
    backend::select(&key.runtime);
    let world = serve::world();
    let call = Call { run: cell.case.run, world, params: cell.params };
    region::during(world, entry::edges(), || profiled(&key, &call))
}

fn profiled(key: &CellKey, call: &Call) -> Result<(), Failure> {
    let world = call.world;
    let warmed = once::caught(|| awb_warm(call));
    warmed.map_err(|m| Failure::Run(anyhow!("{key} panics, so there is nothing to count: {m}")))?;
    if world.ledger().overflowed() {
        return Err(Failure::Run(anyhow!("{key}: ledger overflow")));
    }
    world.reset();
    awb_entry(call);
    awb_left();
    Ok(())
}
