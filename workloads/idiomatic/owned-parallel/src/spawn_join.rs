//! The suite's text, but that a task is `Send`: what counts its ends is an atomic in `burst-multi`.
//!
//! The root is in `block_on`, its tasks run on two workers, and the root alone touches the world.

use core::sync::atomic::{AtomicU32, Ordering};

use contract::{Case, Drivers, Params, Role, World};
use design::parallel as d;
use oracles::done;
use oracles::spawn_join::{WINDOW, judge};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "burst-multi", role: Role::Hazard, run: burst, judge },
    Case { id: "window-multi", role: Role::Hazard, run: window, judge },
];

fn burst(world: &'static World, params: &Params) {
    world.uses(Drivers::NONE);
    d::block_on(world, all_at_once(world, params.n));
}

fn window(world: &'static World, params: &Params) {
    assert!(params.n as usize >= WINDOW, "the window is full at the beginning");
    world.uses(Drivers::NONE);
    d::block_on(world, at_most_64(world, params.n));
}

/// The body of a task; its output is 1, so that a join can be counted.
#[d::task_fn]
async fn task() -> u32 {
    let _yielded = d::yield_now().await;
    1
}

/// The same, counted by itself: nothing holds a handle of it. That it ended is seen after the
/// end of its scope, which orders more than this count.
#[d::task_fn]
async fn counted(joined: d::Shared<AtomicU32>) {
    let one = task().await;
    joined.fetch_add(one, Ordering::Relaxed);
}

#[d::task_fn]
async fn all_at_once(world: &'static World, n: u32) {
    d::own!(joined = AtomicU32::new(0));
    d::begin(world);
    let _all = d::scope!(cap = 64, bytes = 16_384, |scope| {
        for _ in 0..n {
            let _child = scope.spawn(counted(d::share(&joined)));
        }
    })
    .await;
    d::end(world, n);
    done(world, joined.load(Ordering::Relaxed), 0);
}

#[d::task_fn]
async fn at_most_64(world: &'static World, n: u32) {
    d::begin(world);
    let joined = d::scope!(cap = 64, bytes = 16_384, |scope| {
        let mut joined = 0;
        let mut ring: [Option<_>; WINDOW] = core::array::from_fn(|_| Some(scope.spawn(task())));
        for item in 0..n as usize {
            let oldest = ring[item % WINDOW].take();
            if let Some(oldest) = oldest {
                let got = oldest.await;
                joined += got.unwrap_or(0);
            }
            if item + WINDOW < n as usize {
                ring[item % WINDOW] = Some(scope.spawn(task()));
            }
        }
        joined
    })
    .await;
    d::end(world, n);
    done(world, joined, 0);
}
