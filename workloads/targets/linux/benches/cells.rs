//! The cells of the runner through criterion: a display, and a cross-check of the block
//! sampler, which alone is judged.
//!
//! ```text
//! cargo bench -p runner-linux -- 'join-width-scaling/own,n=1000@'
//! ```
//!
//! Names are cell keys; the argument is criterion's filter, a regular expression. The cells
//! are those that `cargo xtask bench --peers --target linux` would time, by the same plan, so
//! that peers and baselines are among them. One that cannot be run here is named with its
//! reason at the end. An iteration is what the block sampler calls an operation: a reset of
//! the world and one call of the case, of which the measured part alone is timed where it
//! has one. Criterion's interval is that of one process and one stretch of time; between
//! processes a median moves more than it is wide.

#![recursion_limit = "1024"]

#[path = "../src/mounts.rs"]
mod mounts;

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use contract::World;
use criterion::{Criterion, SamplingMode};
use record::CellKey;
use runner_linux::registry::{Cell, Registry};
use runner_linux::sampler::{self, Rival};
use runner_linux::{backend, clock, load, once, serve};
use xtask_bench::plan::{CellKind, plan};
use xtask_bench::{BenchArgs, Tree};

fn main() {
    let criterion = Criterion::default()
        .nresamples(10_000)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .without_plots();
    let mut criterion = criterion.configure_from_args();
    once::install_panic_hook();
    load::raise_limit();
    let world = serve::world();
    let keys = timed();
    let mut left_out = Vec::new();
    for key in &keys {
        match ready(world, key) {
            Ok(cell) => bench(&mut criterion, world, &cell),
            Err(why) => left_out.push(format!("{key}: {why}\n")),
        }
    }
    criterion.final_summary();
    let (left, all) = (left_out.len(), keys.len());
    let said = format!("{left} of {all} cells cannot be run here\n{}", left_out.concat());
    // If standard error is gone, nothing reads it.
    drop(std::io::stderr().write_all(said.as_bytes()));
}

/// Every cell that the tool times on this target with all peers.
fn timed() -> Vec<CellKey> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let args = BenchArgs { target: vec!["linux".to_owned()], peers: true, ..BenchArgs::default() };
    let planned = Tree::at(&root).and_then(|tree| plan(&tree, &args));
    let planned = planned.unwrap_or_else(|error| panic!("{}: {error:#}", root.display()));
    let timed = planned.cells.into_iter().filter(|planned| planned.kind == CellKind::Time);
    let mut keys: Vec<CellKey> = timed.map(|planned| planned.cell).collect();
    keys.sort();
    keys
}

/// A cell that has run once on its driver, or why it cannot.
fn ready(world: &'static World, key: &CellKey) -> Result<Cell, String> {
    let cell = Registry(mounts::MOUNTS).find(key).map_err(|error| format!("{error:#}"))?;
    backend::probe(&key.runtime)?;
    world.reset();
    once::call(world, &cell).map_err(|message| format!("panics: {message}"))?;
    let status = once::judge(world, &cell, Ok(())).status(&cell);
    if status.is_ok() { Ok(cell) } else { Err(status.to_string()) }
}

fn bench(criterion: &mut Criterion, world: &'static World, cell: &Cell) {
    // A group of its own, because only groups have a sampling mode.
    let name = cell.key.to_string();
    let mut group = criterion.benchmark_group(&name);
    group.sampling_mode(SamplingMode::Flat).sample_size(50);
    let rival = Rival { run: cell.case.run, params: cell.params, receipt: 0 };
    group.bench_function("op", |bencher| {
        bencher.iter_custom(|iterations| {
            let ops = u32::try_from(iterations).expect("two seconds of operations");
            Duration::from_nanos(sampler::timed(world, &clock::Kernel, &rival, ops).wall_ns)
        });
    });
    group.finish();
}
