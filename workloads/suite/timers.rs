//! Many timers at once, and many that never fire.
//!
//! `fire`: `n` tasks sleep one to eight milliseconds, all armed, on virtual time, before the
//! first is due.
//! `timeout-ready`: one after another, an operation that yields once under a timeout of a
//! second, so that a timer is armed and disarmed and never fires, which is what nearly all
//! timers of a server do. The control runs the same operations without a timeout.
//!
//! On our simulated driver time is virtual; on every other runtime the sleeps are real, so that
//! what a driver does for a timer is in the counts: instructions and system calls per timer. How
//! late one is depends on the machine and is not looked at: a timer must end, each in its own
//! way. No wall time is taken of `fire`, which mostly waits.

use core::cell::Cell;

use contract::{Case, Drivers, Params, Role, World};
use design as d;
use oracles::done;
use oracles::timers::{LIMIT_MS, judge, sleep_ms};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "fire", role: Role::Hazard, run: fire, judge },
    Case { id: "timeout-ready", role: Role::Hazard, run: timeout_ready, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn fire(world: &'static World, params: &Params) {
    world.uses(Drivers::CLOCK);
    d::block_on(world, sleepers(world, params.n));
}

fn timeout_ready(world: &'static World, params: &Params) {
    world.uses(Drivers::CLOCK);
    d::block_on(world, in_time(world, params.n));
}

fn control(world: &'static World, params: &Params) {
    world.uses(Drivers::CLOCK);
    d::block_on(world, without(world, params.n));
}

#[d::task_fn]
async fn sleepers(world: &'static World, n: u32) {
    d::own!(woken = Cell::new(0));
    d::begin(world);
    let _all = d::scope!(cap = 100, bytes = 16_384, |scope| {
        for item in 0..n {
            let _child = scope.spawn(sleeper(item, d::share(&woken)));
        }
    })
    .await;
    d::end(world, n);
    done(world, woken.get(), 0);
}

#[d::task_fn]
async fn sleeper(item: u32, woken: d::Shared<'_, Cell<u32>>) {
    if d::sleep(sleep_ms(item)).await.is_ok() {
        woken.set(woken.get() + 1);
    }
}

#[d::task_fn]
async fn in_time(world: &'static World, n: u32) {
    d::begin(world);
    let mut in_time = 0;
    for _ in 0..n {
        let got = d::timeout(LIMIT_MS, d::yield_now()).await;
        in_time += u32::from(got.is_ok());
    }
    d::end(world, n);
    done(world, in_time, 0);
}

#[d::task_fn]
async fn without(world: &'static World, n: u32) {
    d::begin(world);
    let mut in_time = 0;
    for _ in 0..n {
        let got = d::yield_now().await;
        in_time += u32::from(got.is_ok());
    }
    d::end(world, n);
    done(world, in_time, 0);
}
