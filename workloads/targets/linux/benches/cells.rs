//! The cells of the runner through criterion: a display, and a cross-check of the block
//! sampler, which alone is judged.
//!
//! ```text
//! cargo bench -p runner-linux -- 'join-width-scaling/own,n=1000@'
//! ```
//!
//! Names are cell keys; the argument is criterion's filter, a regular expression. Sizes
//! are those of `[params.linux]` in the workload's toml file of `workloads/suite`, or the
//! case's own. An iteration is what the block sampler calls an operation: a reset of the
//! world and one call of the case. Criterion's interval is that of one process and one
//! stretch of time; between processes a median moves more than it is wide.

#![recursion_limit = "1024"]

#[path = "../src/mounts.rs"]
mod mounts;

use std::path::{Path, PathBuf};
use std::time::Duration;

use contract::World;
use criterion::{Criterion, SamplingMode};
use runner_linux::registry::{Cell, Registry};
use runner_linux::{once, serve};

fn main() {
    let criterion = Criterion::default()
        .nresamples(10_000)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .without_plots();
    let mut criterion = criterion.configure_from_args();
    once::install_panic_hook();
    let world = serve::world();
    for cell in cells() {
        bench(&mut criterion, world, &cell);
    }
    criterion.final_summary();
}

/// Every cell that the suite wants timed on this target.
fn cells() -> Vec<Cell> {
    let registry = Registry(mounts::MOUNTS);
    let mut cells = Vec::new();
    for workload in registry.0.iter().flat_map(|mounted| mounted.workloads) {
        let path = suite().join(format!("{}.toml", workload.id.replace('-', "_")));
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let table: toml::Table =
            text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if !is_timed(&table) {
            continue;
        }
        for case in workload.cases {
            for n in sizes(&table, case.id) {
                let found = registry
                    .cells(n)
                    .filter(|cell| cell.key.workload == workload.id && cell.key.case == case.id);
                cells.extend(found);
            }
        }
    }
    cells.sort_by(|a, b| a.key.cmp(&b.key));
    cells.dedup_by(|a, b| a.key == b.key);
    cells
}

fn suite() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../suite")
}

/// `wall` of `[measure]`: whether the block sampler times this workload too.
fn is_timed(workload: &toml::Table) -> bool {
    let wall = || workload.get("measure")?.get("wall")?.as_bool();
    wall().unwrap_or(false)
}

/// `n = { linux = [..] }` of the case, else `n` of `[params.linux]`, else nothing.
fn sizes(workload: &toml::Table, case: &str) -> Vec<u32> {
    let cases = workload.get("case").and_then(toml::Value::as_array);
    let own = cases
        .into_iter()
        .flatten()
        .find(|table| table.get("id").and_then(toml::Value::as_str) == Some(case))
        .and_then(|table| table.get("n"))
        .and_then(|n| n.get("linux"));
    let common = || workload.get("params")?.get("linux")?.get("n");
    let sizes = own.or_else(common).and_then(toml::Value::as_array);
    let sizes = sizes.into_iter().flatten().filter_map(toml::Value::as_integer);
    sizes.filter_map(|n| u32::try_from(n).ok()).collect()
}

fn bench(criterion: &mut Criterion, world: &'static World, cell: &Cell) {
    world.reset();
    let called = once::call(world, cell);
    if called.is_err() || !once::judge(world, cell, called).status(cell).is_ok() {
        return;
    }
    // A group of its own, because only groups have a sampling mode.
    let name = cell.key.to_string();
    let mut group = criterion.benchmark_group(&name);
    group.sampling_mode(SamplingMode::Flat).sample_size(50);
    let (run, params) = (cell.case.run, cell.params);
    group.bench_function("op", |bencher| {
        bencher.iter(|| {
            world.reset();
            run(world, &params);
        });
    });
    group.finish();
}
