//! Cancellation goes down the tree of scopes, is sticky, and waits.

use crate::common::{Trace, same};
use design as d;
use design::Error;

/// Sleeps twice, and says when it was asked: the second sleep is cut short as well.
#[d::task_fn]
async fn naps(trace: &Trace, name: &'static str) {
    let first = d::sleep(100).await;
    assert_eq!(first, Err(Error::Cancelled));
    let second = d::sleep(100).await;
    assert_eq!(second, Err(Error::Cancelled), "who has been asked stays asked");
    trace.log(name);
}

/// A scope in a child of a scope in a child, with something waiting at each level.
#[d::task_fn]
async fn tree(trace: &Trace) {
    d::scope!(cap = 2, bytes = 8192, |s| {
        let _ = s.spawn(naps(trace, "a"));
        let _ = s.spawn(d::task!(async move {
            d::scope!(cap = 2, bytes = 2048, |s| {
                let _ = s.spawn(naps(trace, "b"));
                let _ = s.spawn(d::hold!(naps(trace, "held"), |_h| naps(trace, "body").await));
                let ops = (0..2).map(|_| naps(trace, "window"));
                d::buffered::<2, _, _, _>(ops, |()| naps(trace, "loop body")).await;
            })
            .await;
        }));
    })
    .await;
}

#[test]
fn everything_below_a_cancelled_scope_is_asked_at_once_and_for_good() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            same(d::timeout(10, tree(&trace)).await, Err(Error::Elapsed));
        }),
    );
    let mut events = trace.events();
    events.sort_unstable();
    let expected =
        ["a", "b", "body", "held", "loop body", "loop body", "window", "window"].map(|e| (10, e));
    assert_eq!(events, expected);
}

#[test]
fn a_losing_scope_is_drained_with_all_its_children() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            let _won = d::race(d::sleep(10), tree(&trace)).await;
            assert_eq!(trace.events().len(), 8);
        }),
    );
    assert_eq!(trace.world.now_ms(), 10);
}

#[test]
fn the_watchdog_cancels_and_drains_the_tree() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            d::sem!(none = 0);
            let trace = &trace;
            d::scope!(cap = 1, bytes = 1024, |s| {
                let _ = s.spawn(d::task!(async move {
                    same(none.acquire().await.is_err(), true);
                    trace.log("child");
                }));
                same(none.acquire().await.is_err(), true);
                trace.log("body");
            })
            .await;
        }),
    );
    assert!(trace.world.ledger().watchdog_fired());
    assert_eq!(trace.events().len(), 2);
}

#[test]
fn a_shield_around_a_scope_keeps_the_request_out() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            let inner = d::scope!(cap = 1, bytes = 512, |s| {
                let child = s.spawn(d::sleep(30));
                same(d::sleep(20).await, Ok(()));
                same(child.await, Ok(Ok(())));
                trace.log("whole");
            });
            same(d::timeout(10, d::shield(inner)).await, Err(Error::Elapsed));
        }),
    );
    assert_eq!(trace.events(), [(30, "whole")]);
}

#[test]
fn a_scope_that_cancels_itself_ends_and_so_do_late_children() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::scope!(cap = 3, bytes = 2048, |s| {
            let _ = s.spawn(naps(&trace, "early"));
            let _ = d::sleep(5).await;
            assert!(!s.is_cancelled());
            s.cancel();
            assert!(s.is_cancelled());
            let _ = s.spawn(naps(&trace, "late"));
            same(d::sleep(100).await, Err(Error::Cancelled));
        }),
    );
    assert_eq!(trace.events(), [(5, "early"), (5, "late")]);
}

#[test]
fn cancel_all_asks_the_children_and_leaves_the_body() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::scope!(cap = 3, bytes = 2048, |s| {
            for name in ["a", "b"] {
                let _ = s.spawn(naps(&trace, name));
            }
            let _ = d::sleep(5).await;
            s.cancel_all();
            same(d::sleep(5).await, Ok(()));
            trace.log("body");
        }),
    );
    // The newest is asked first.
    assert_eq!(trace.events(), [(5, "b"), (5, "a"), (10, "body")]);
}

/// Long work is started on a scope further out, whose handle is passed down.
#[test]
fn a_child_of_an_outer_scope_outlives_the_inner_one() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::scope!(cap = 3, bytes = 4096, |outer| {
            let trace = &trace;
            let _ = outer.spawn(d::task!(async move {
                let inner = d::scope!(cap = 1, bytes = 512, |_inner| {
                    let _ = outer.spawn(d::task!(async move {
                        same(d::sleep(50).await, Ok(()));
                        trace.log("long");
                    }));
                    let _ = d::sleep(100).await;
                });
                same(d::timeout(10, inner).await, Err(Error::Elapsed));
                trace.log("inner over");
            }));
        }),
    );
    assert_eq!(trace.events(), [(10, "inner over"), (50, "long")]);
}
