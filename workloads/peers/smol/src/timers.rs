//! `smol::Timer` in tasks of a `LocalExecutor`; a timeout is the operation or a timer,
//! whichever is first, as in the documentation of `Timer`.

use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use contract::{Case, Params, Role, World};
use oracles::done;
use oracles::timers::{LIMIT_MS, judge, sleep_ms};
use smol::future::{FutureExt, yield_now};
use smol::{LocalExecutor, Timer};

use crate::{begin, block_on};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "fire", role: Role::Hazard, run: fire, judge },
    Case { id: "timeout-ready", role: Role::Hazard, run: timeout_ready, judge },
    Case { id: "control", role: Role::Control, run: control, judge },
];

fn fire(world: &'static World, params: &Params) {
    let n = params.n;
    run(world, n, |executor| async move {
        let sleepers: Vec<_> = (0..n)
            .map(|item| executor.spawn(Timer::after(Duration::from_millis(sleep_ms(item).into()))))
            .collect();
        let mut woken = 0;
        for sleeper in sleepers {
            sleeper.await;
            woken += 1;
        }
        woken
    });
}

fn timeout_ready(world: &'static World, params: &Params) {
    let n = params.n;
    let limit = Duration::from_millis(LIMIT_MS.into());
    run(world, n, |_| async move {
        let mut in_time = 0;
        for _ in 0..n {
            let operation = async {
                yield_now().await;
                true
            };
            let late = async {
                Timer::after(limit).await;
                false
            };
            in_time += u32::from(operation.or(late).await);
        }
        in_time
    });
}

fn control(world: &'static World, params: &Params) {
    let n = params.n;
    run(world, n, |_| async move {
        let mut in_time = 0;
        for _ in 0..n {
            yield_now().await;
            in_time += 1;
        }
        in_time
    });
}

/// The program is a task: the executor runs those in turn, and every turn of what is given to
/// `block_on` goes by way of the reactor.
fn run<F: Future<Output = u32> + 'static>(
    world: &'static World,
    n: u32,
    program: impl FnOnce(Rc<LocalExecutor<'static>>) -> F,
) {
    let executor = Rc::new(LocalExecutor::new());
    let program = program(Rc::clone(&executor));
    let task = executor.spawn(async move {
        begin(world);
        let ended = program.await;
        world.end(u64::from(n));
        done(world, ended, 0);
    });
    block_on(&executor, task);
}
