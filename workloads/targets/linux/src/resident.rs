//! Resident memory: by how much a run makes its process larger.

use std::cell::Cell as Place;

use contract::{Region, World};

use crate::registry::Cell;
use crate::{once, region};

thread_local! {
    static AT_END: Place<u64> = const { Place::new(0) };
}

/// Bytes by which the resident set has grown from before the run to the end of its measured
/// part, or to its return where it has none. Meant for the first run of a process: what was
/// resident before does not count, and memory that is used again is not resident twice.
///
/// # Errors
/// What is wrong with the run.
pub fn growth(world: &'static World, cell: &Cell) -> Result<u64, String> {
    world.reset();
    let edges = Region { begin: |_| (), end: |_| AT_END.set(now()) };
    // Once before, so that asking itself is resident.
    let before = now().max(now());
    let called = region::during(world, edges, || once::call(world, cell));
    let after = if world.had_region() { AT_END.get() } else { now() };
    let seen = once::judge(world, cell, called);
    match (&seen.panic, seen.status(cell)) {
        (Some(message), _) => Err(format!("panicked: {message}")),
        (None, record::Status::Ok) => Ok(after.saturating_sub(before)),
        (None, status) => Err(status.to_string()),
    }
}

/// The resident set in bytes, as `/proc` says it.
fn now() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * rustix::param::page_size() as u64
}
