//! Deadlines: who is asked when, and which of several decides.

use crate::common::{Trace, same};
use design as d;
use design::{Error, Policy, ScopeError, Why};

/// Sleeps, and says how it ended.
#[d::task_fn]
async fn nap(trace: &Trace, ms: u32, woke: &'static str, asked: &'static str) {
    let slept = d::sleep(ms).await;
    trace.log(if slept.is_ok() { woke } else { asked });
}

#[test]
fn a_deadline_asks_children_and_body_and_waits_for_what_is_shielded() {
    let trace = Trace::new();
    let ended = d::block_on(
        trace.world,
        d::scope!(policy = Policy::Supervise, bytes = 2048, |s| {
            s.deadline(20);
            let _ = s.spawn(nap(&trace, 10, "in time", "?"));
            let _ = s.spawn(nap(&trace, 50, "?", "child asked"));
            let _ = s.spawn(d::shield(nap(&trace, 30, "shielded", "?")));
            nap(&trace, 100, "?", "body asked").await;
        }),
    );
    assert_eq!(ended, Err(ScopeError { why: Why::Elapsed, output: () }));
    let expected = [(10, "in time"), (20, "body asked"), (20, "child asked"), (30, "shielded")];
    let mut events = trace.events();
    events.sort_unstable();
    assert_eq!(events, expected);
}

#[test]
fn a_scope_that_ends_in_time_disarms_its_deadline() {
    let trace = Trace::new();
    let task = d::task!(async {
        let ended = d::scope!(policy = Policy::AllOrFail, bytes = 256, |s| {
            s.deadline(1000);
            let _ = s.spawn(nap(&trace, 5, "child", "?"));
        })
        .await;
        assert_eq!(ended, Ok(()));
    });
    d::block_on(trace.world, task);
    assert_eq!(trace.world.now_ms(), 5);
}

/// The earliest deadline of all scopes around decides.
#[test]
fn of_nested_deadlines_the_earliest_decides() {
    for (outer, inner, inner_ends, outer_ends) in [(50, 20, 20, 50), (20, 50, 20, 20)] {
        let trace = Trace::new();
        d::block_on(
            trace.world,
            d::task!(async {
                let ended = d::scope!(policy = Policy::AwaitAll, bytes = 2048, |s| {
                    s.deadline(outer);
                    let _ = s.spawn(d::task!(async {
                        let ended = d::scope!(policy = Policy::AwaitAll, bytes = 512, |s| {
                            s.deadline(inner);
                            let _ = s.spawn(nap(&trace, 100, "?", "inner child"));
                        })
                        .await;
                        // The outer scope is told, not the inner one's deadline, where it is
                        // the outer one that passed.
                        assert_eq!(ended.is_err(), inner < outer);
                        trace.log("inner");
                    }));
                    nap(&trace, 100, "?", "outer").await;
                })
                .await;
                assert_eq!(ended, Err(ScopeError { why: Why::Elapsed, output: () }));
            }),
        );
        let mut expected =
            [(inner_ends, "inner child"), (inner_ends, "inner"), (outer_ends, "outer")];
        let mut events = trace.events();
        expected.sort_unstable();
        events.sort_unstable();
        assert_eq!(events, expected);
    }
}

#[test]
fn a_later_deadline_replaces_the_earlier_one() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            let ended = d::scope!(policy = Policy::AllOrFail, bytes = 1024, |s| {
                s.deadline(10);
                let _ = s.spawn(d::task!(async move {
                    let _ = d::sleep(5).await;
                    // A child may give its scope more time.
                    s.deadline(30);
                }));
                nap(&trace, 100, "?", "body asked").await;
            })
            .await;
            assert_eq!(ended.map_err(|broken| broken.why), Err(Why::Elapsed));
        }),
    );
    assert_eq!(trace.events(), [(35, "body asked")]);
}

#[test]
fn who_waits_for_a_child_under_a_deadline_is_told_and_the_child_still_answers() {
    let trace = Trace::new();
    let ended = d::block_on(
        trace.world,
        d::scope!(policy = Policy::AllOrFail, bytes = 2048, |s| {
            s.deadline(10);
            let cleans_up = || {
                d::task!(async {
                    let _ = d::sleep(100).await;
                    d::shield(nap(&trace, 5, "cleaned up", "?")).await;
                    7
                })
            };
            let (told, waited_for) = (s.spawn(cleans_up()), s.spawn(cleans_up()));
            same(told.await, Err(Error::Cancelled));
            trace.log("told");
            waited_for.ended().await.ok()
        }),
    );
    assert_eq!(ended, Err(ScopeError { why: Why::Elapsed, output: Some(7) }));
    assert_eq!(trace.events(), [(10, "told"), (15, "cleaned up"), (15, "cleaned up")]);
}
