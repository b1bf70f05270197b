//! Handles that are awaited deeper than in the body of their scope.

use std::cell::Cell;

use crate::common::{Trace, holds, same};
use design as d;

/// The child of the inner scope awaits one of the outer and ends. The one that the body awaits
/// must still reach the task.
#[d::task_fn]
async fn an_inner_child_awaits_an_outer_one(slept: &Cell<bool>) {
    d::scope!(cap = 2, bytes = 2048, |s| {
        let long = s.spawn(d::sleep(50));
        let short = s.spawn(d::sleep(10));
        let inner = d::task!(async {
            d::scope!(cap = 1, bytes = 1024, |t| {
                let _ = t.spawn(short);
            })
            .await;
        });
        let (long, ()) = d::join(long, inner).await;
        slept.set(matches!(long, Ok(Ok(()))));
    })
    .await;
}

#[test]
fn the_end_of_an_inner_child_takes_no_wake_of_the_outer_scope_along() {
    let trace = Trace::new();
    let slept = Cell::new(false);
    d::block_on(trace.world, an_inner_child_awaits_an_outer_one(&slept));
    holds(slept.get());
    assert!(!trace.world.ledger().watchdog_fired());
    assert_eq!(trace.world.now_ms(), 50);
}

#[cfg(all(feature = "io", not(miri)))]
#[test]
fn the_same_over_real_drivers() {
    use kernel::driver::select::{Backend, probe, select};
    for backend in [Backend::Epoll, Backend::Uring] {
        if probe(backend).is_err() {
            continue;
        }
        let (done, is_done) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            select(backend);
            let slept = Cell::new(false);
            d::block_on(crate::common::world(), an_inner_child_awaits_an_outer_one(&slept));
            done.send(slept.get()).expect("the test waits");
        });
        let limit = std::time::Duration::from_secs(300);
        assert_eq!(is_done.recv_timeout(limit), Ok(true), "{backend}");
    }
}

/// Nothing but children of an inner scope awaits the outer children, each its own.
#[test]
fn workers_of_an_inner_scope_each_await_an_outer_child() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            let sum = Cell::new(0);
            d::scope!(cap = 5, bytes = 4096, |s| {
                let jobs = [30, 10, 50, 20, 40].map(|ms| {
                    s.spawn(d::task!(async move {
                        d::sleep(ms).await.expect("not cancelled");
                        ms
                    }))
                });
                let sum = &sum;
                d::scope!(cap = 5, bytes = 4096, |t| {
                    for job in jobs {
                        let _ = t.spawn(d::task!(async move {
                            let ms = job.await.expect("not cancelled");
                            sum.set(sum.get() + ms);
                        }));
                    }
                })
                .await;
                trace.log("workers over");
            })
            .await;
            assert_eq!(sum.get(), 150);
        }),
    );
    assert!(!trace.world.ledger().watchdog_fired());
    assert_eq!(trace.events(), [(50, "workers over")]);
}

/// Two turns of one hold, in two tasks, of which the one that drove last gives up.
#[test]
fn a_turn_that_gives_up_lets_the_other_one_drive() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            d::hold!(d::sleep(50), |h| {
                let inner = d::task!(async {
                    d::scope!(cap = 1, bytes = 1024, |t| {
                        let _ = t.spawn(d::timeout(5, h.turn()));
                    })
                    .await;
                });
                let (slept, ()) = d::join(h.turn(), inner).await;
                assert_eq!(slept, Ok(()));
            })
            .await;
        }),
    );
    assert!(!trace.world.ledger().watchdog_fired());
    assert_eq!(trace.world.now_ms(), 50);
}

/// A worker that gives its wait up, or is awaited three scopes deep, leaves the count right.
#[test]
fn waits_that_are_given_up_deeper_count_no_longer() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            d::scope!(cap = 2, bytes = 4096, |s| {
                let given_up = s.spawn(d::task!(async {
                    d::sleep(20).await.expect("not cancelled");
                    trace.log("given up, not cancelled");
                }));
                let awaited = s.spawn(d::sleep(30));
                d::scope!(cap = 2, bytes = 2048, |t| {
                    let _ = t.spawn(d::timeout(5, given_up));
                    let _ = t.spawn(d::task!(async {
                        d::scope!(cap = 1, bytes = 512, |u| {
                            let _ = u.spawn(awaited);
                        })
                        .await;
                    }));
                })
                .await;
                trace.log("inner over");
                same(d::sleep(10).await, Ok(()));
            })
            .await;
        }),
    );
    assert!(!trace.world.ledger().watchdog_fired());
    assert_eq!(trace.events(), [(20, "given up, not cancelled"), (30, "inner over")]);
    assert_eq!(trace.world.now_ms(), 40);
}
