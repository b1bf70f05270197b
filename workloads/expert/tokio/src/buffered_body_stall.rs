//! The items of the window are tasks: `buffered` holds their handles, and what they do goes
//! on while the body awaits. The usual answer on tokio; one allocation per item.

use core::pin::pin;

use contract::{Case, Params, Role, World};
use futures_util::stream::{self, StreamExt};
use peer_tokio::buffered_body_stall::{body, connection};
use peer_tokio::{Env, block_on};
use suite::buffered_body_stall::{BODY_MS, WINDOW, judge};
use tokio::task::spawn_local;

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "hazard", role: Role::Hazard, run, judge }];

fn run(world: &'static World, params: &Params) {
    block_on(world, |env| spawned(env, params.n));
}

async fn spawned(env: Env, n: u32) {
    let connections = stream::iter(0..n).map(|item| spawn_local(connection(env, item)));
    let mut connections = pin!(connections.buffered(WINDOW));
    while let Some(item) = connections.next().await {
        body(env, item.expect("no connection panics"), BODY_MS).await;
    }
}
