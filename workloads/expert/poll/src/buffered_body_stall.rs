//! The window is driven while the body runs: the loop races each body with the group of
//! connections and keeps what becomes ready early. No task, no allocation; the order is
//! that of the items, at most five are claimed.

use core::future::poll_fn;
use core::pin::pin;

use contract::{Case, Params, Role, World};
use design::{self as d, Stream};
use suite::buffered_body_stall::{BODY_MS, WINDOW, body, connection, judge};

/// The cases of this workload.
pub const CASES: &[Case] = &[Case { id: "hazard", role: Role::Hazard, run, judge }];

fn run(world: &'static World, params: &Params) {
    d::block_on(world, driven_window(world, params.n));
}

async fn driven_window(world: &'static World, n: u32) {
    let mut group = pin!(d::Group::<_, d::Inline<_, WINDOW>>::new());
    let mut items = 0..n;
    let mut ready = [false; WINDOW];
    for item in items.by_ref().take(WINDOW) {
        let _inserted = group.as_mut().insert(connection(world, item));
    }
    for item in 0..n {
        while !core::mem::take(&mut ready[place(item)]) {
            if let Some((_, done)) = poll_fn(|cx| group.as_mut().poll_next(cx)).await {
                ready[place(done)] = true;
            }
        }
        if let Some(next) = items.next() {
            let _inserted = group.as_mut().insert(connection(world, next));
        }
        let mut body = pin!(body(world, item, BODY_MS));
        // Never leave a future unpolled: the window moves while the body runs.
        loop {
            let next = poll_fn(|cx| group.as_mut().poll_next(cx));
            match d::race(body.as_mut(), next).await {
                d::Either::A(()) => break,
                d::Either::B(Some((_, done))) => ready[place(done)] = true,
                d::Either::B(None) => {
                    body.as_mut().await;
                    break;
                }
            }
        }
    }
}

/// Place of an item in the ring of the window.
fn place(item: u32) -> usize {
    item as usize % WINDOW
}
