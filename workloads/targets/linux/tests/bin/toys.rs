//! The runner over workloads that need no design, so that every promise of the protocol
//! can be tested through a real process.

#[path = "../common/toys.rs"]
mod toys;

/// Set where the runner may open no file: every driver is refused then.
const NO_FILES: &str = "TOYS_NO_FILES";

fn main() -> std::process::ExitCode {
    if std::env::var_os(NO_FILES).is_some() {
        let limit = rustix::process::Rlimit { current: Some(3), maximum: Some(3) };
        let set = rustix::process::setrlimit(rustix::process::Resource::Nofile, limit);
        set.expect("a limit may be lowered");
    }
    runner_linux::cli::main(toys::MOUNTS)
}
