//! The limit stands around the work, and not around the owner of the connection, which closes it
//! in its next line.

use contract::{Case, Params, Role, World};
use design as d;
use suite::async_cleanup_on_drop::{
    CLOSE_MS, CONNECT_MS, LIMIT_MS, Resource, USER, WENT_ON, WORK_MS, judge_refused,
};

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "refresh", role: Role::Hazard, run, judge: judge_refused }];

fn run(world: &'static World, params: &Params) {
    d::block_on(world, refreshes(world, params.n));
}

async fn refreshes(world: &'static World, n: u32) {
    let database = Resource::new(world);
    for item in 0..n {
        let started_ms = world.now_ms();
        let _connected = d::sleep(CONNECT_MS).await;
        if let Some(connection) = database.take(item) {
            let _limited = d::timeout(LIMIT_MS - CONNECT_MS, d::sleep(WORK_MS)).await;
            let _closed = d::sleep(CLOSE_MS).await;
            connection.end();
        }
        let late_ms = world.now_ms().saturating_sub(started_ms + LIMIT_MS);
        world.log(USER, WENT_ON, item, i32::try_from(late_ms).unwrap_or(i32::MAX));
    }
}
