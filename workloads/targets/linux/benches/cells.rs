//! The cells of the runner through criterion: a display, and a cross-check of the block
//! sampler, which alone is judged.
//!
//! ```text
//! cargo bench -p runner-linux -- 'join-width-scaling/own,n=1000@'
//! ```
//!
//! Names are cell keys; the argument is criterion's filter, a regular expression. Sizes
//! and runtimes are those of the workload's toml file in `workloads/suite`. An iteration is
//! what the block sampler calls an operation: a reset of the world and one call of the case,
//! of which the measured part alone is timed where it has one. Criterion's interval is that of one process and one
//! stretch of time; between processes a median moves more than it is wide.

#![recursion_limit = "1024"]

#[path = "../src/mounts.rs"]
mod mounts;

use std::path::{Path, PathBuf};
use std::time::Duration;

use contract::World;
use criterion::{Criterion, SamplingMode};
use runner_linux::registry::{Cell, Registry};
use runner_linux::sampler::{self, Rival};
use runner_linux::{backend, clock, load, once, serve};

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
        for case in workload.cases.iter().filter(|case| is_timed(&table, case.id)) {
            for n in sizes(&table, case.id) {
                let runtimes = runtimes(&table, case.id);
                let found = registry.cells(n).filter(|cell| {
                    cell.key.workload == workload.id
                        && cell.key.case == case.id
                        && runtimes.contains(&cell.key.runtime)
                        && backend::probe(&cell.key.runtime).is_ok()
                });
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

/// The table of a case.
fn of_case<'a>(workload: &'a toml::Table, case: &str) -> Option<&'a toml::Value> {
    let cases = workload.get("case").and_then(toml::Value::as_array);
    let id = |table: &toml::Value| table.get("id").and_then(toml::Value::as_str) == Some(case);
    cases.into_iter().flatten().find(|table| id(table))
}

/// `wall` of the case's `measure`, else of `[measure]`: whether the block sampler times it.
fn is_timed(workload: &toml::Table, case: &str) -> bool {
    let own = of_case(workload, case).and_then(|table| table.get("measure"));
    let measure = own.or_else(|| workload.get("measure"));
    measure.and_then(|table| table.get("wall")?.as_bool()).unwrap_or(false)
}

/// `n = { linux = [..] }` of the case, else `n` of `[params.linux]`, else nothing.
fn sizes(workload: &toml::Table, case: &str) -> Vec<u32> {
    let own = of_case(workload, case).and_then(|table| table.get("n")?.get("linux"));
    let common = || workload.get("params")?.get("linux")?.get("n");
    let sizes = own.or_else(common).and_then(toml::Value::as_array);
    let sizes = sizes.into_iter().flatten().filter_map(toml::Value::as_integer);
    sizes.filter_map(|n| u32::try_from(n).ok()).collect()
}

/// `runtimes` of the case, else of the workload, else ours on the simulated driver.
fn runtimes(workload: &toml::Table, case: &str) -> Vec<String> {
    let own = of_case(workload, case).and_then(|table| table.get("runtimes"));
    let named = own.or_else(|| workload.get("runtimes")).and_then(toml::Value::as_array);
    match named {
        Some(list) => list.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect(),
        None => vec!["own".to_owned()],
    }
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
    let rival = Rival { run: cell.case.run, params: cell.params, receipt: 0 };
    backend::select(&cell.key.runtime);
    group.bench_function("op", |bencher| {
        bencher.iter_custom(|iterations| {
            let ops = u32::try_from(iterations).expect("two seconds of operations");
            Duration::from_nanos(sampler::timed(world, &clock::Kernel, &rival, ops).wall_ns)
        });
    });
    group.finish();
}
