//! The command line of a runner.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use clap::{Parser, Subcommand};
use record::{CellKey, Schedule};
use rustix::process::{Signal, set_parent_process_death_signal};

use crate::entry::{self, Call, awb_entry, awb_left, awb_warm};
use crate::load::{self, Ask};
use crate::registry::{Cell, Mounted, Registry};
use crate::{backend, clock, once, open_loop, process_cpu, region, resident, serve, turns};

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
    /// Runs one cell once and says by how many bytes the resident set grew.
    Rss {
        /// workload/case,n=N@design[/mode][+variant]:runtime
        cell: String,
    },
    /// Runs one cell often and says how much CPU time a measured part takes in all threads.
    Cpu {
        /// workload/case,n=N@design[/mode][+variant]:runtime
        cell: String,
    },
    /// Says which runtimes this machine refuses, and why: one per line.
    Probe,
    /// Brings load to a loopback port: requests at intended times, or nothing but connections.
    Load {
        /// Where a server listens.
        #[arg(long)]
        port: u16,
        /// How many connections.
        #[arg(long)]
        connections: u32,
        /// Send nothing, and stay until standard input ends.
        #[arg(long)]
        idle: bool,
        /// Requests per second.
        #[arg(long, default_value_t = 1000)]
        rate: u32,
        /// Length of the schedule.
        #[arg(long, default_value_t = 1)]
        seconds: u32,
        /// Seed of a Poisson schedule; evenly spaced without it.
        #[arg(long)]
        seed: Option<u64>,
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
    // The tool that started it may be killed, and nothing else would end a timed group then.
    // Where the system does not know this, the end of standard input ends it later.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    once::install_panic_hook();
    load::raise_limit();
    let registry = Registry(mounts);
    let result = match args.command {
        Command::Describe => describe(registry, &mut io::stdout().lock()).map_err(Failure::Run),
        // Not locked: the line of a stuck cell is written from below `serve`.
        Command::Run => {
            serve::serve(registry, io::stdin().lock(), &mut io::stdout()).map_err(Failure::Input)
        }
        Command::One { cell } => one(registry, &cell),
        Command::Rss { cell } => rss(registry, &cell),
        Command::Cpu { cell } => cpu(registry, &cell),
        Command::Probe => probe().map_err(Failure::Run),
        Command::Load { port, connections, idle: true, .. } => {
            load::idle(port, connections).map_err(|error| Failure::Run(error.into()))
        }
        Command::Load { port, connections, rate, seconds, seed, .. } => {
            let schedule = seed.map_or(Schedule::Fixed, |_| Schedule::Poisson);
            let (seconds_milli, seed) = (seconds.saturating_mul(1000), seed.unwrap_or(0));
            let ask = Ask { rate, seconds_milli, seed, schedule };
            open_loop(port, connections, ask).map_err(Failure::Run)
        }
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

/// The cell of a command line, on a driver that is there.
fn cell(registry: Registry, text: &str) -> Result<Cell, Failure> {
    let key: CellKey = text.parse().map_err(Failure::Input)?;
    let cell = registry.find(&key).map_err(Failure::Input)?;
    backend::probe(&key.runtime).map_err(|why| Failure::Run(anyhow!("{key}: {why}")))?;
    backend::select(&key.runtime);
    Ok(cell)
}

fn rss(registry: Registry, text: &str) -> Result<(), Failure> {
    let cell = cell(registry, text)?;
    let grown = resident::growth(serve::world(), &cell);
    let bytes = grown.map_err(|why| Failure::Run(anyhow!("{}: {why}", cell.key)))?;
    writeln!(io::stdout(), "{bytes}").context("cannot write").map_err(Failure::Run)
}

fn cpu(registry: Registry, text: &str) -> Result<(), Failure> {
    let cell = cell(registry, text)?;
    let taken = process_cpu::of_one_part(serve::world(), &cell);
    let ns = taken.map_err(|why| Failure::Run(anyhow!("{}: {why}", cell.key)))?;
    writeln!(io::stdout(), "{ns}").context("cannot write").map_err(Failure::Run)
}

fn probe() -> Result<()> {
    for backend in ["own", "own-epoll", "own-uring"] {
        let answer = backend::probe(backend).err().unwrap_or_else(|| "available".to_owned());
        writeln!(io::stdout(), "{backend}: {answer}").context("cannot write")?;
    }
    Ok(())
}

fn open_loop(port: u16, connections: u32, ask: Ask) -> Result<()> {
    let answers = open_loop::run(port, connections, ask).map_err(|why| anyhow!(why))?;
    for (name, seen) in [("intended", answers.intended), ("service", answers.service)] {
        let at = |share| seen.value_at_quantile(share);
        let (all, p50, p99, max) = (seen.len(), at(0.5), at(0.99), seen.max());
        writeln!(io::stdout(), "{name}: {all} answers, p50 {p50} ns, p99 {p99} ns, max {max} ns")
            .context("cannot write")?;
    }
    Ok(())
}

fn one(registry: Registry, text: &str) -> Result<(), Failure> {
    let cell = cell(registry, text)?;
    let key = &cell.key;
    let world = serve::world();
    let call = Call { run: cell.case.run, world, params: cell.params };
    region::during(world, entry::edges(), || profiled(key, &call))
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
