//! The four policies: who is asked to end, and what the scope answers.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::common::{Trace, same};
use design as d;
use design::{Ended, Policy, ScopeError, Why};

/// Fails after a while, and says how it ended.
#[d::task_fn]
async fn fails_at(trace: &Trace, ms: u32, name: &'static str) -> Result<u32, &'static str> {
    match d::sleep(ms).await {
        Ok(()) => Err(name),
        Err(_) => {
            trace.log(name);
            Err("asked")
        }
    }
}

/// Succeeds after a while, unless it is asked to end.
#[d::task_fn]
async fn succeeds_at(trace: &Trace, ms: u32, name: &'static str) -> Result<u32, &'static str> {
    let slept = d::sleep(ms).await;
    trace.log(name);
    slept.map(|()| ms).map_err(|_| "asked")
}

/// A body that waits, and says what it was told.
#[d::task_fn]
async fn waits(trace: &Trace, ms: u32) -> bool {
    let slept = d::sleep(ms).await;
    trace.log("body");
    slept.is_ok()
}

#[test]
fn all_or_fail_asks_siblings_and_body_at_the_first_failure() {
    let trace = Trace::new();
    let ended = d::block_on(
        trace.world,
        d::scope!(policy = Policy::AllOrFail, bytes = 2048, |s| {
            let _ = s.spawn_result(fails_at(&trace, 10, "first"));
            let _ = s.spawn_result(succeeds_at(&trace, 50, "sibling"));
            let _ = s.spawn(d::shield(succeeds_at(&trace, 30, "shielded")));
            waits(&trace, 100).await
        }),
    );
    assert_eq!(ended, Err(ScopeError { why: Why::ChildFailed, output: false }));
    assert_eq!(trace.events(), [(10, "body"), (10, "sibling"), (30, "shielded")]);
}

#[test]
fn all_or_fail_is_the_body_where_nothing_fails() {
    let trace = Trace::new();
    let ended = d::block_on(
        trace.world,
        d::scope!(policy = Policy::AllOrFail, bytes = 2048, |s| {
            let child = s.spawn_result(succeeds_at(&trace, 20, "child"));
            // An error of a child that was started with `spawn` is an output.
            let _ = s.spawn(fails_at(&trace, 5, "no failure"));
            child.await
        }),
    );
    assert_eq!(ended, Ok(Ok(Ok(20))));
}

/// A child that is asked to end answers with an error, and that is no failure.
#[test]
fn an_error_of_a_child_that_was_asked_to_end_is_no_failure() {
    let trace = Trace::new();
    let ended = d::block_on(
        trace.world,
        d::scope!(policy = Policy::AllOrFail, bytes = 2048, |s| {
            let asked = s.spawn_result(succeeds_at(&trace, 50, "asked"));
            let other = s.spawn_result(succeeds_at(&trace, 20, "other"));
            let _ = d::sleep(5).await;
            asked.cancel();
            same(asked.await, Ok(Err("asked")));
            same(other.await, Ok(Ok(20)));
        }),
    );
    assert_eq!(ended, Ok(()));
    assert_eq!(trace.events(), [(5, "asked"), (20, "other")]);
}

#[test]
fn first_success_asks_the_other_children_and_not_the_body() {
    let trace = Trace::new();
    let ended = d::block_on(
        trace.world,
        d::scope!(policy = Policy::FirstSuccess, bytes = 2048, |s| {
            let _ = s.spawn_result(fails_at(&trace, 10, "failure"));
            let quick = s.spawn_result(succeeds_at(&trace, 20, "quick"));
            let slow = s.spawn_result(succeeds_at(&trace, 50, "slow"));
            let woke = waits(&trace, 30).await;
            same(quick.await, Ok(Ok(20)));
            same(slow.await, Ok(Err("asked")));
            woke
        }),
    );
    assert_eq!(ended, Ok(true));
    assert_eq!(trace.events(), [(20, "quick"), (20, "slow"), (30, "body")]);
}

#[test]
fn first_success_says_when_none_succeeded() {
    let trace = Trace::new();
    let ended = d::block_on(
        trace.world,
        d::scope!(policy = Policy::FirstSuccess, bytes = 2048, |s| {
            let _ = s.spawn_result(fails_at(&trace, 10, "a"));
            let _ = s.spawn_result(fails_at(&trace, 20, "b"));
            "body"
        }),
    );
    assert_eq!(ended, Err(ScopeError { why: Why::NoneSucceeded, output: "body" }));
    assert_eq!(trace.world.now_ms(), 20);
}

#[test]
fn supervise_leaves_failures_and_panics_to_their_handles() {
    let trace = Trace::new();
    let ended = d::block_on(
        trace.world,
        d::scope!(policy = Policy::Supervise, bytes = 4096, |s| {
            let failed = s.spawn_result(fails_at(&trace, 10, "a"));
            let panicked = s.spawn(d::task!(async {
                let _ = d::sleep(5).await;
                panic!("boom");
            }));
            let sibling = s.spawn_result(succeeds_at(&trace, 30, "sibling"));
            same(failed.await, Ok(Err("a")));
            let Err(Ended::Panicked(Some(panic))) = panicked.ended().await else {
                panic!("the handle has the panic");
            };
            let unwound = catch_unwind(AssertUnwindSafe(|| panic.resume()));
            let payload = unwound.expect_err("it goes on");
            assert_eq!(payload.downcast_ref::<&str>(), Some(&"boom"));
            same(sibling.await, Ok(Ok(30)));
        }),
    );
    assert_eq!(ended, Ok(()));
}

#[test]
fn await_all_lets_all_end_and_counts() {
    let trace = Trace::new();
    let ended = d::block_on(
        trace.world,
        d::scope!(policy = Policy::AwaitAll, bytes = 2048, |s| {
            let _ = s.spawn_result(fails_at(&trace, 10, "a"));
            let _ = s.spawn_result(fails_at(&trace, 20, "b"));
            let _ = s.spawn_result(succeeds_at(&trace, 30, "c"));
        }),
    );
    assert_eq!(ended, Err(ScopeError { why: Why::Failures(2), output: () }));
    assert_eq!(trace.events(), [(30, "c")]);
}

/// Under every policy a panic waits for the others, and only where the handle gets it does it
/// not go on.
#[test]
fn t05_a_panic_of_a_child_waits_for_its_siblings_whatever_the_policy() {
    let cases = [
        (Policy::AllOrFail, true, 10),
        (Policy::AwaitAll, true, 40),
        (Policy::FirstSuccess, false, 40),
        (Policy::Supervise, false, 40),
    ];
    for (policy, goes_on, ends_at) in cases {
        let trace = Trace::new();
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            d::block_on(
                trace.world,
                d::scope!(policy = policy, bytes = 2048, |s| {
                    let _ = s.spawn(d::task!(async {
                        let _ = d::sleep(10).await;
                        panic!("boom");
                    }));
                    // Lends to the driver.
                    let _ = s.spawn(d::task!(async {
                        let mut buffer = [0; 8];
                        let _ = d::device_read(&mut buffer, 40).await;
                        trace.log("sibling");
                    }));
                }),
            )
        }));
        assert_eq!(unwound.is_err(), goes_on, "{policy:?}");
        assert_eq!(trace.events(), [(ends_at, "sibling")], "{policy:?}");
    }
}

#[test]
fn an_answer_says_what_went_wrong() {
    let answer = |why| ScopeError { why, output: () }.to_string();
    assert_eq!(answer(Why::ChildFailed), "a child failed");
    assert_eq!(answer(Why::NoneSucceeded), "no child succeeded");
    assert_eq!(answer(Why::Failures(3)), "3 children failed");
    assert_eq!(answer(Why::Elapsed), "the deadline of the scope passed");
    assert_eq!(Policy::default(), Policy::AllOrFail);
}
