//! What a task costs from its spawning to its join.
//!
//! A task yields once, so that it is polled twice and takes the way through the ready list.
//! In case `burst` all are spawned at once and the scope's end joins them; in case `window`
//! at most 64 live at once, and joining the oldest makes room for the next. The control runs the
//! same bodies one after another without a task.
//!
//! What a task is differs by design, and that is what is measured: a child in the scope's
//! frame where children are driven by their parent, a heap allocation where a task may
//! outlive its spawner.

use core::cell::Cell;

use contract::{Case, Drivers, Params, Role, World};
use design as d;
use oracles::done;
use oracles::spawn_join::{WINDOW, judge};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "burst", role: Role::Hazard, run: burst, judge },
    Case { id: "window", role: Role::Hazard, run: window, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
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

fn control(world: &'static World, params: &Params) {
    world.uses(Drivers::NONE);
    d::block_on(world, one_by_one(world, params.n));
}

/// The body of a task; its output is 1, so that a join can be counted.
#[d::task_fn]
async fn task() -> u32 {
    let _yielded = d::yield_now().await;
    1
}

/// The same, counted by itself: nothing holds a handle of it.
#[d::task_fn]
async fn counted(joined: d::Shared<'_, Cell<u32>>) {
    let one = task().await;
    joined.set(joined.get() + one);
}

#[d::task_fn]
async fn all_at_once(world: &'static World, n: u32) {
    d::own!(joined = Cell::new(0));
    d::begin(world);
    let _all = d::scope!(cap = 64, bytes = 16_384, |scope| {
        for _ in 0..n {
            let _child = scope.spawn(counted(d::share(&joined)));
        }
    })
    .await;
    d::end(world, n);
    done(world, joined.get(), 0);
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

#[d::task_fn]
async fn one_by_one(world: &'static World, n: u32) {
    d::begin(world);
    let mut joined = 0;
    for _ in 0..n {
        joined += task().await;
    }
    d::end(world, n);
    done(world, joined, 0);
}
