//! `tokio::time`: the crate has no timers of its own and runs on tokio, whose drivers it
//! enables. The package shares tokio with peer `tokio`, and with it the feature that makes
//! these figures too high; see that peer's `timers`.

use std::future::Future;
use std::time::Duration;

use contract::{Case, Params, Role, World};
use oracles::timers::{LIMIT_MS, judge, sleep_ms};
use oracles::{done, failed};
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

use crate::{begin, block_on};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "fire", role: Role::Hazard, run: fire, judge },
    Case { id: "timeout-ready", role: Role::Hazard, run: timeout_ready, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn fire(world: &'static World, params: &Params) {
    let n = params.n;
    run(world, n, async move {
        let sleepers: Vec<_> = (0..n)
            .map(|item| tokio_uring::spawn(sleep(Duration::from_millis(sleep_ms(item).into()))))
            .collect();
        let mut woken = 0;
        for sleeper in sleepers {
            woken += u32::from(sleeper.await.is_ok());
        }
        woken
    });
}

fn timeout_ready(world: &'static World, params: &Params) {
    let n = params.n;
    let limit = Duration::from_millis(LIMIT_MS.into());
    run(world, n, async move {
        let mut in_time = 0;
        for _ in 0..n {
            in_time += u32::from(timeout(limit, yield_now()).await.is_ok());
        }
        in_time
    });
}

fn control(world: &'static World, params: &Params) {
    let n = params.n;
    run(world, n, async move {
        let mut in_time = 0;
        for _ in 0..n {
            yield_now().await;
            in_time += 1;
        }
        in_time
    });
}

fn run(world: &'static World, n: u32, program: impl Future<Output = u32>) {
    let ran = block_on(async {
        begin(world);
        let ended = program.await;
        world.end(u64::from(n));
        done(world, ended, 0);
    });
    if let Err(error) = ran {
        failed(world, error.raw_os_error().unwrap_or(-1));
    }
}
