use clap::{Parser, Subcommand};
use xtask_bench::*;
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    c: C,
}
#[derive(Subcommand)]
enum C {
    Bench(BenchArgs),
    List(ListArgs),
    Doctor(DoctorArgs),
}
fn main() -> std::process::ExitCode {
    let mut out = std::io::stdout().lock();
    let r = match Cli::parse().c {
        C::Bench(a) => bench(
            &a,
            &mut Hooks { aa_spread: &|_| Some(0.0), after: &mut |_| Ok(After::default()) },
            &mut out,
        ),
        C::List(a) => list(&a, &mut out),
        C::Doctor(a) => doctor(&a, &mut out),
    };
    match r {
        Ok(e) => e.code().into(),
        Err(e) => {
            eprintln!("error: {e:#}");
            exit_code(&e).into()
        }
    }
}
