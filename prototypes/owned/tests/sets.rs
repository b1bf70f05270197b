//! Sets and scopes of tasks: order of outputs, aborting, and handles that outlive their scope.

mod common;

use std::cell::Cell;
use std::future::pending;
use std::pin::pin;
use std::rc::Rc;

use common::{Log, nap, run};
use design_owned as d;

#[test]
fn outputs_come_in_the_order_of_their_ends() {
    run(async {
        let set = pin!(d::JoinSet::new());
        let set = set.into_ref();
        for ms in [30, 10, 20] {
            set.spawn(async move {
                let _slept = d::sleep(ms).await;
                ms
            });
        }
        assert_eq!(set.live(), 3);
        let mut order = Vec::new();
        while let Some(output) = set.join_next().await {
            order.push(output.expect("nothing aborts them"));
        }
        assert_eq!(order, [10, 20, 30]);
        set.spawn(async { 1 });
        assert_eq!(set.join_next().await.and_then(Result::ok), Some(1), "it goes on");
    });
}

#[test]
fn a_set_that_is_dropped_aborts_its_tasks_later() {
    let log = Log::default();
    let outer = log.clone();
    run(async move {
        {
            let set = pin!(d::JoinSet::new());
            let set = set.into_ref();
            set.spawn(nap(log.clone(), "a gone", 50));
            set.spawn(nap(log.clone(), "b gone", 50));
            set.spawn(nap(log.clone(), "c", 1));
            let _begun = d::sleep(5).await;
        }
        log.say("set gone");
        let _turn = d::yield_now().await;
        log.say("over");
    });
    outer.expect(&["c slept", "set gone", "a gone", "b gone", "over"]);
}

#[test]
fn abort_all_is_seen_by_join_next() {
    run(async {
        let set = pin!(d::JoinSet::<()>::new());
        let set = set.into_ref();
        set.spawn(pending());
        set.spawn(pending());
        set.abort_all();
        assert!(matches!(set.join_next().await, Some(Err(_))));
        assert!(matches!(set.join_next().await, Some(Err(_))));
        assert!(set.join_next().await.is_none());
    });
}

#[test]
fn a_scope_that_loses_a_race_is_gone_before_its_children() {
    let log = Log::default();
    let outer = log.clone();
    run(async move {
        let in_scope = log.clone();
        let scope = d::scope!(cap = 1, bytes = 64, |s| {
            let _child = s.spawn(nap(in_scope.clone(), "child gone", 50));
            let _scope = in_scope.at_drop("body gone");
            pending::<()>().await;
        });
        let _lost = d::timeout(5, scope).await;
        log.say("scope gone");
        let _turn = d::yield_now().await;
        log.say("over");
    });
    outer.expect(&["body gone", "scope gone", "child gone", "over"]);
}

#[test]
fn cancel_all_leaves_the_body() {
    let log = Log::default();
    let outer = log.clone();
    run(async move {
        let in_scope = log.clone();
        d::scope!(cap = 2, bytes = 64, |s| {
            for _ in 0..2 {
                let _child = s.spawn(nap(in_scope.clone(), "child gone", 50));
            }
            let _begun = d::sleep(5).await;
            s.cancel_all();
            let _elsewhere = d::sleep(5).await;
            in_scope.say("body");
        })
        .await;
    });
    outer.expect(&["child gone", "child gone", "body"]);
}

#[test]
fn t18_a_scope_that_is_named_after_its_end_refuses() {
    let polled = Rc::new(Cell::new(false));
    let outside = polled.clone();
    run(async move {
        let escaped = d::scope!(cap = 1, bytes = 64, |s| s).await;
        let dropped = Log::default();
        let gone = dropped.at_drop("future gone");
        let late = escaped.spawn(async move {
            let _gone = gone;
            polled.set(true);
        });
        dropped.expect(&["future gone"]);
        escaped.cancel_all();
        assert_eq!(late.await, Err(d::Error::Cancelled));
        // Its place in the table is taken by others meanwhile.
        d::scope!(cap = 1, bytes = 64, |other| {
            let child = other.spawn(async { 1 });
            assert!(escaped.spawn(async { 2 }).await.is_err());
            assert_eq!(child.await, Ok(1));
        })
        .await;
    });
    assert!(!outside.get());
}

#[test]
fn t18_children_may_own_handles_of_siblings_and_the_scope() {
    let log = Log::default();
    let outer = log.clone();
    run(async move {
        let in_scope = log.clone();
        let scope = d::scope!(cap = 3, bytes = 64, |s| {
            let first = s.spawn(nap(in_scope.clone(), "first gone", 50));
            let second = s.spawn(async move {
                let _ended = first.await;
            });
            let _third = s.spawn(async move {
                let _ended = second.await;
                s.spawn(pending::<()>());
            });
        });
        let _lost = d::timeout(5, scope).await;
        let _turns = d::sleep(5).await;
        log.say("over");
    });
    outer.expect(&["first gone", "over"]);
}

#[test]
fn t20_a_task_spawned_by_a_task_is_polled() {
    let log = Log::default();
    let outer = log.clone();
    run(async move {
        let in_task = log.clone();
        let parent = d::spawn(async move {
            let _woken = d::sleep(10).await;
            d::spawn(nap(in_task.clone(), "grandchild", 5)).await.is_ok()
        });
        let _sleeper = d::spawn(d::sleep(90));
        assert_eq!(parent.await.ok(), Some(true));
        log.say("joined");
    });
    outer.expect(&["grandchild slept", "joined"]);
}
