//! The runner over workloads that need no design, so that every promise of the protocol
//! can be tested through a real process.

#[path = "../common/toys.rs"]
mod toys;

fn main() -> std::process::ExitCode {
    runner_linux::cli::main(toys::MOUNTS)
}
