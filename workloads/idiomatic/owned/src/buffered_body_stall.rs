//! A window of tasks that is filled as soon as there is room, not when the loop asks: up to
//! five connections are tasks, the loop takes them in order and runs one body at a time.

use contract::{Case, Params, Role, World};
use design as d;
use suite::buffered_body_stall::{BODY_MS, WINDOW, body, connection, judge};

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "hazard", role: Role::Hazard, run, judge }];

fn run(world: &'static World, params: &Params) {
    d::block_on(world, window(world, params.n));
}

async fn window(world: &'static World, n: u32) {
    let mut items = 0..n;
    let mut next = || items.next().map(|item| d::spawn(connection(world, item)));
    let mut window: [_; WINDOW] = core::array::from_fn(|_| next());
    for turn in (0..WINDOW).cycle() {
        let Some(oldest) = window[turn].take() else { break };
        let item = oldest.await;
        window[turn] = next();
        if let Ok(item) = item {
            body(world, item, BODY_MS).await;
        }
    }
}
