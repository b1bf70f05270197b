//! `tokio::time` on the real clock, with the time driver and no other.
//!
//! **These figures are too high for tokio.** The package is built with `test-util`, which the
//! programs in virtual time need and which every crate of a build then shares. As long as no
//! clock was paused in the process, it costs an atomic load per reading of the clock and a lock
//! per wait for a timer: on x86-64 and tokio 1.54.1, 1828 instead of 1525 instructions per
//! timeout and 2368 instead of 2127 per task of `fire`. Once a clock was paused, every reading
//! takes a lock too. No claim should set a bar by them, and `reports/BIAS.md` says so to
//! the reader of the tables.

use std::time::Duration;

use contract::{Case, Params, Role, World};
use oracles::done;
use oracles::timers::{LIMIT_MS, judge, sleep_ms};
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

use crate::{begin, runtime};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "fire", role: Role::Hazard, run: fire, judge },
    Case { id: "timeout-ready", role: Role::Hazard, run: timeout_ready, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn fire(world: &'static World, params: &Params) {
    let n = params.n;
    runtime(|builder| builder.enable_time()).block_on(async {
        begin(world);
        let sleepers: Vec<_> = (0..n)
            .map(|item| tokio::spawn(sleep(Duration::from_millis(sleep_ms(item).into()))))
            .collect();
        let mut woken = 0;
        for sleeper in sleepers {
            woken += u32::from(sleeper.await.is_ok());
        }
        finish(world, n, woken);
    });
}

fn timeout_ready(world: &'static World, params: &Params) {
    let n = params.n;
    let limit = Duration::from_millis(LIMIT_MS.into());
    runtime(|builder| builder.enable_time()).block_on(async {
        begin(world);
        let mut in_time = 0;
        for _ in 0..n {
            in_time += u32::from(timeout(limit, yield_now()).await.is_ok());
        }
        finish(world, n, in_time);
    });
}

fn control(world: &'static World, params: &Params) {
    let n = params.n;
    runtime(|builder| builder.enable_time()).block_on(async {
        begin(world);
        let mut in_time = 0;
        for _ in 0..n {
            yield_now().await;
            in_time += 1;
        }
        finish(world, n, in_time);
    });
}

fn finish(world: &World, n: u32, ended: u32) {
    world.end(u64::from(n));
    done(world, ended, 0);
}
