//! The writer belongs to who has the limit, and is flushed after it.

use contract::{Case, Params, Role, World};
use design as d;
use suite::unflushed_drop::{LIMIT_MS, PROGRAM, WENT_ON, WORK_MS, Writer, flush, judge};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "ended", role: Role::Hazard, run, judge },
    Case { id: "in-clean-up", role: Role::Hazard, run, judge },
];

fn run(world: &'static World, params: &Params) {
    d::block_on(world, limited(world, params.n));
}

async fn limited(world: &'static World, bytes: u32) {
    let writer = Writer::with(bytes);
    let _limited = d::timeout(LIMIT_MS, d::sleep(WORK_MS)).await;
    let _flushed = flush(world, &writer).await;
    let late_ms = world.now_ms().saturating_sub(LIMIT_MS);
    world.log(PROGRAM, WENT_ON, 0, i32::try_from(late_ms).unwrap_or(i32::MAX));
    let _later = d::sleep(WORK_MS).await;
}
