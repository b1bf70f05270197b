//! A window of children: up to five connections are children of the scope, the loop takes
//! them in order and runs one body at a time. Children move while the body awaits.

use contract::{Case, Params, Role, World};
use design as d;
use suite::buffered_body_stall::{BODY_MS, WINDOW, body, connection, judge};

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "hazard", role: Role::Hazard, run, judge }];

fn run(world: &'static World, params: &Params) {
    d::block_on(world, window(world, params.n));
}

async fn window(world: &'static World, n: u32) {
    d::scope!(cap = 5, bytes = 2048, |scope| {
        let mut items = 0..n;
        let mut window = [const { None }; WINDOW];
        for child in &mut window {
            *child = items.next().map(|item| scope.spawn(connection(world, item)));
        }
        for turn in (0..WINDOW).cycle() {
            let Some(oldest) = window[turn].take() else { break };
            let item = oldest.await;
            window[turn] = items.next().map(|item| scope.spawn(connection(world, item)));
            if let Ok(item) = item {
                body(world, item, BODY_MS).await;
            }
        }
    })
    .await;
}
