//! Programs with threads of their own.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use contract::{Params, World};
use runner_linux::clock::{Clock, Kernel};

/// Burns `n` microseconds of CPU time in the measured part on the thread at its edges and four
/// times as much on another, and as much again on both before it and on the other after it.
pub(super) fn burn(world: &'static World, params: &Params) {
    let us = params.n;
    let (start, started) = mpsc::channel::<()>();
    let (done, is_done) = mpsc::channel::<()>();
    let (leave, left) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            take(4 * us);
            started.recv().expect("told to start");
            take(4 * us);
            done.send(()).expect("waited for");
            left.recv().expect("told to end");
            take(4 * us);
        });
        take(us);
        world.begin();
        start.send(()).expect("the other waits");
        take(us);
        is_done.recv().expect("the other ends");
        world.end(1);
        leave.send(()).expect("the other waits");
    });
}

/// Waits for `n` microseconds.
#[expect(clippy::disallowed_methods, reason = "a thread that sleeps is the situation")]
pub(super) fn wait(world: &'static World, params: &Params) {
    world.begin();
    thread::sleep(Duration::from_micros(params.n.into()));
    world.end(1);
}

/// Takes so many microseconds of CPU time on the calling thread.
fn take(us: u32) {
    let end = Kernel.cpu_ns() + u64::from(us) * 1000;
    while Kernel.cpu_ns() < end {
        std::hint::spin_loop();
    }
}
