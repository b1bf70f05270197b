//! tokio's own executor: in virtual time for the hazards, on the real clock for the rest.

use std::future::Future;
use std::hint::black_box;
use std::time::Duration;

use contract::{WATCHDOG_MS, World};
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::time::{Instant, sleep, timeout};

/// Reached by every measured call of this peer and by no other.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn awb_marker_tokio() {
    black_box("tokio");
}

/// Begins the measured part.
pub fn begin(world: &World) {
    world.begin();
    awb_marker_tokio();
}

/// The runtime of the programs on the real clock: one thread, and of the drivers only what
/// the program needs. `spawn_local` works in it, and it is the same scheduler as that of
/// `new_current_thread().build()`.
///
/// # Panics
/// When the runtime cannot be built.
pub fn runtime(with: impl FnOnce(&mut Builder) -> &mut Builder) -> LocalRuntime {
    with(&mut Builder::new_current_thread())
        .build_local(LocalOptions::default())
        .expect("an epoll instance and a descriptor for wake-ups can be had")
}

/// What a program in virtual time knows of its surroundings: the world, whose clock follows
/// tokio's.
///
/// tokio's timers have a resolution of one millisecond and round up, as published. On a
/// schedule that jitters intervals by microseconds a timer therefore fires up to a
/// millisecond after the instant of the script.
#[derive(Clone, Copy, Debug)]
pub struct Env {
    world: &'static World,
    start: Instant,
}

impl Env {
    /// Waits for the interval that the script makes of `ms`.
    pub async fn sleep(self, ms: u32) {
        let interval_us = self.world.script().interval_us(self.now_us(), ms);
        sleep(Duration::from_micros(interval_us)).await;
    }

    /// Logs at the time of tokio's clock.
    pub fn log(self, actor: u16, kind: u16, item: u32, value: i32) {
        self.world.advance_to_us(self.now_us());
        self.world.log(actor, kind, item, value);
    }

    /// Milliseconds since the run began.
    #[must_use]
    pub fn now_ms(self) -> u32 {
        u32::try_from(self.now_us() / 1000).unwrap_or(u32::MAX)
    }

    fn now_us(self) -> u64 {
        u64::try_from((Instant::now() - self.start).as_micros()).unwrap_or(u64::MAX)
    }
}

/// Runs `program` to its end on a current-thread runtime whose clock is paused, or drops it
/// when the watchdog of virtual time fires. `spawn_local` works in it, so the program needs
/// no `Send`.
///
/// Building and dropping the runtime is set-up and lies outside of the measured part. The
/// watchdog is one timer around the program, the last to fire.
///
/// # Panics
/// When the runtime cannot be built.
pub fn block_on<F: Future<Output = ()>>(world: &'static World, program: impl FnOnce(Env) -> F) {
    runtime(|builder| builder.enable_time().start_paused(true)).block_on(async {
        let env = Env { world, start: Instant::now() };
        begin(world);
        let watchdog = Duration::from_millis(u64::from(WATCHDOG_MS));
        if timeout(watchdog, program(env)).await.is_err() {
            world.fire_watchdog();
        } else {
            world.advance_to_us(env.now_us());
        }
        world.end(1);
    });
}
