//! T5, T6, T8: panics beside something in flight, between polls, and a nested `block_on`.

use std::panic::{AssertUnwindSafe, catch_unwind};
#[cfg(feature = "io")]
use std::task::{Context, Poll};

use crate::common::{Trace, world};
use design as d;
use kernel::run::context;

/// Runs what panics with "boom" and returns the trace.
fn boom(trace: &Trace, run: impl FnOnce()) -> Vec<(u32, &'static str)> {
    let panic = catch_unwind(AssertUnwindSafe(run)).expect_err("it panics");
    assert_eq!(*panic.downcast_ref::<&str>().expect("a literal"), "boom");
    trace.events()
}

#[d::task_fn]
async fn panics_at(ms: u32) -> u32 {
    let _ = d::sleep(ms).await;
    panic!("boom")
}

/// Lends a buffer to the driver for a long time; must be drained.
#[d::task_fn]
async fn in_flight(trace: &Trace) -> u32 {
    let mut buffer = [0; 16];
    let read = d::device_read(&mut buffer, 500).await;
    assert_eq!(read, Err(d::ReadError::Cancelled));
    trace.log("drained");
    0
}

#[test]
fn t05_join_drains_the_sibling_before_the_panic_goes_on() {
    for first in [true, false] {
        let trace = Trace::new();
        let events = boom(&trace, || {
            d::block_on(
                trace.world,
                d::task!(async {
                    if first {
                        d::join(panics_at(10), in_flight(&trace)).await
                    } else {
                        d::join(in_flight(&trace), panics_at(10)).await
                    };
                }),
            );
        });
        assert_eq!(events, [(10, "drained")]);
    }
}

#[test]
fn t05_race_drains_the_sibling_before_the_panic_goes_on() {
    for first in [true, false] {
        let trace = Trace::new();
        let events = boom(&trace, || {
            d::block_on(
                trace.world,
                d::task!(async {
                    if first {
                        let _ = d::race(panics_at(10), in_flight(&trace)).await;
                    } else {
                        let _ = d::race(in_flight(&trace), panics_at(10)).await;
                    }
                }),
            );
        });
        assert_eq!(events, [(10, "drained")]);
    }
}

#[test]
fn t05_scope_drains_children_when_a_child_or_the_body_panics() {
    for child in [true, false] {
        let trace = Trace::new();
        let events = boom(&trace, || {
            d::block_on(
                trace.world,
                d::task!(async {
                    d::scope!(cap = 3, bytes = 1024, |s| {
                        let running = s.spawn(in_flight(&trace));
                        if child {
                            let _ = s.spawn(panics_at(10));
                        } else {
                            let _ = d::race(running, d::sleep(10)).await;
                            panic!("boom");
                        }
                        let _ = running.await;
                        trace.log("body over");
                    })
                    .await;
                }),
            );
        });
        assert!(events.contains(&(10, "drained")), "{events:?}");
    }
}

#[test]
fn t05_hold_drains_what_is_held_when_the_body_panics() {
    let trace = Trace::new();
    let events = boom(&trace, || {
        d::block_on(
            trace.world,
            d::task!(async {
                d::hold!(in_flight(&trace), |h| {
                    let _ = d::race(h.turn(), d::sleep(10)).await;
                    panic!("boom");
                })
                .await;
            }),
        );
    });
    assert_eq!(events, [(10, "drained")]);
}

#[test]
fn t05_buffered_drains_the_window_when_a_body_panics() {
    let trace = Trace::new();
    let events = boom(&trace, || {
        d::block_on(
            trace.world,
            d::task!(async {
                let ops = (0..2).map(|i| {
                    let trace = &trace;
                    d::task!(async move {
                        if i == 0 {
                            let _ = d::sleep(10).await;
                            0
                        } else {
                            in_flight(trace).await
                        }
                    })
                });
                d::buffered::<2, _, _, _>(ops, |_| d::task!(async { panic!("boom") })).await;
            }),
        );
    });
    assert_eq!(events, [(10, "drained")]);
}

#[test]
fn t05_cleanup_runs_when_the_body_panics() {
    let trace = Trace::new();
    let events = boom(&trace, || {
        d::block_on(
            trace.world,
            d::task!(async {
                d::cleanup!(
                    {
                        panics_at(10).await;
                    },
                    {
                        d::sleep(5).await.expect("shielded");
                        trace.log("goodbye");
                    }
                )
                .await;
            }),
        );
    });
    assert_eq!(events, [(15, "goodbye")]);
}

#[test]
fn t21_the_mode_is_restored_when_a_poll_panics() {
    d::block_on(
        world(),
        d::task!(async {
            let unwound = catch_unwind(|| context::with_mode(true, || panic!("boom")));
            assert!(unwound.is_err());
            let slept = d::sleep(1).await;
            assert_eq!(slept, Ok(()), "not cancelled");
        }),
    );
}

#[test]
fn t08_a_nested_block_on_is_refused() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            let other = world();
            let refused = catch_unwind(AssertUnwindSafe(|| d::block_on(other, d::task!(async {}))));
            let panic = refused.expect_err("refused");
            let message = panic.downcast_ref::<&str>().expect("a literal");
            assert!(message.contains("block_on inside a task"), "{message}");
        }),
    );
}

/// A handle that was awaited there would drive its siblings under another runtime.
#[cfg(feature = "io")]
#[test]
fn t08_a_nested_host_is_refused() {
    struct Never;
    impl kernel::run::island::Host for Never {
        fn poll_readable(&mut self, _: &mut Context<'_>) -> Poll<()> {
            unreachable!("it is not polled")
        }

        fn poll_deadline(
            &mut self,
            _: &mut Context<'_>,
            _: kernel::Instant,
            _: kernel::Instant,
        ) -> Poll<()> {
            unreachable!("it is not polled")
        }
    }
    d::block_on(
        world(),
        d::task!(async {
            d::scope!(cap = 2, bytes = 1024, |s| {
                let child = s.spawn(d::sleep(5));
                let run = || d::block_on_host(world(), |_| Ok(Never), |_| {}, child);
                let refused = catch_unwind(AssertUnwindSafe(run)).expect_err("refused");
                let message = refused.downcast_ref::<&str>().expect("a literal");
                assert!(message.contains("block_on inside a task"), "{message}");
            })
            .await;
        }),
    );
}

/// The driver panics while a read is in flight: the frames may not be freed, so the process
/// ends. Runs itself again as a child process.
#[test]
fn t06_a_panic_between_polls_aborts() {
    const CHILD: &str = "DESIGN_COMPLETION_T06";
    if std::env::var_os(CHILD).is_some() {
        let world = world();
        world.on_stuck(|_| panic!("the driver panics"));
        let mut buffer = [0; 4];
        // Never drained: it ignores the request, so the driver gives up and panics.
        let stubborn = d::plain(std::future::pending::<()>());
        let both = d::task!(async {
            let _ = d::join(stubborn, d::device_read(&mut buffer, 5)).await;
        });
        d::block_on(world, both);
        return;
    }
    if cfg!(miri) {
        return;
    }
    let me = std::env::current_exe().expect("a test has a file");
    let ended = std::process::Command::new(me)
        .args(["--exact", "t05_panics::t06_a_panic_between_polls_aborts", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .expect("the test can be started");
    assert!(!ended.status.success());
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        assert!(ended.status.signal().is_some(), "aborted, not unwound: {}", ended.status);
    }
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert!(stderr.contains("the driver panicked"), "{stderr}");
}
