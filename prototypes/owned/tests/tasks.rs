//! Tasks one by one: the order of turns, aborting, detaching, and what a dropped handle does.

mod common;

use std::future::{Future, pending, poll_fn};
use std::task::Poll;

use common::{Log, nap, run, run_in};
use design_owned::{self as d, Cancel, Detach};

#[test]
fn turns_are_first_in_first_out_whoever_they_belong_to() {
    let log = Log::default();
    let outer = log.clone();
    run(async move {
        let twice = |name: &'static str| {
            let log = log.clone();
            async move {
                log.say(name);
                let _yielded = d::yield_now().await;
                log.say(name);
            }
        };
        let (a, b) = (d::spawn(twice("a")), d::spawn(twice("b")));
        log.say("root");
        let _yielded = d::yield_now().await;
        log.say("root");
        let _yielded = d::yield_now().await;
        log.say("root");
        assert!(a.await.is_ok() && b.await.is_ok());
    });
    outer.expect(&["root", "a", "b", "root", "a", "b", "root"]);
}

#[test]
fn an_abort_takes_effect_at_the_next_turn_of_the_task() {
    let log = Log::default();
    let outer = log.clone();
    run(async move {
        let task = d::spawn(nap(log.clone(), "task gone", 50));
        let _begun = d::sleep(5).await;
        task.abort();
        task.abort();
        log.say("asked");
        assert!(!task.is_finished());
        let aborted = task.await.expect_err("it was aborted");
        assert!(!aborted.is_panic());
        log.say("joined");
    });
    outer.expect(&["asked", "task gone", "joined"]);
}

#[test]
fn a_task_that_was_never_polled_can_be_aborted() {
    let log = Log::default();
    let outer = log.clone();
    run(async move {
        let task = d::spawn(nap(log.clone(), "never runs", 1));
        task.abort();
        assert!(task.await.is_err());
    });
    // The frame of an async function owns nothing before its first poll.
    outer.expect(&[]);
}

#[test]
fn a_task_that_is_ready_stays_ready() {
    run(async {
        let task = d::spawn(async { 7 });
        let _turn = d::yield_now().await;
        assert!(task.is_finished());
        task.abort();
        assert_eq!(task.cancelled().await, Some(7));
    });
}

#[test]
fn cancelled_waits_until_the_future_is_dropped() {
    let log = Log::default();
    let outer = log.clone();
    run(async move {
        let task = d::spawn(nap(log.clone(), "gone", 50));
        let _begun = d::sleep(1).await;
        assert_eq!(task.cancelled().await, None);
        log.say("cancelled");
    });
    outer.expect(&["gone", "cancelled"]);
}

#[test]
fn a_task_may_abort_itself() {
    let log = Log::default();
    let outer = log.clone();
    run(async move {
        let own = std::rc::Rc::new(std::cell::RefCell::new(None::<d::Task<()>>));
        let (handle, in_task) = (own.clone(), log.clone());
        let task = d::spawn(async move {
            let _gone = in_task.at_drop("gone");
            if let Some(own) = &*handle.borrow() {
                own.abort();
            }
            in_task.say("goes on to its next await");
            pending::<()>().await;
        });
        *own.borrow_mut() = Some(task);
        let _turns = d::sleep(1).await;
        let task = own.take().expect("put there above");
        assert!(task.is_finished());
        assert!(task.await.is_err());
    });
    outer.expect(&["goes on to its next await", "gone"]);
}

#[test]
fn an_abort_during_a_last_poll_comes_too_late() {
    run(async {
        let own = std::rc::Rc::new(std::cell::RefCell::new(None::<d::Task<u32>>));
        let handle = own.clone();
        let task = d::spawn(async move {
            if let Some(own) = &*handle.borrow() {
                own.abort();
            }
            3
        });
        *own.borrow_mut() = Some(task);
        let _turns = d::sleep(1).await;
        let task = own.take().expect("put there above");
        assert_eq!(task.await.ok(), Some(3));
    });
}

/// Drops the handle of a task at 5 ms; the run lasts 30 ms.
fn drop_a_handle<M: d::Mode>() -> Log {
    let log = Log::default();
    let outer = log.clone();
    run_in::<M>(async move {
        let task = d::spawn_in::<M, _>(nap(log.clone(), "gone", 10));
        let _begun = d::sleep(5).await;
        drop(task);
        log.say("dropped");
        let _later = d::sleep(25).await;
        log.say("over");
    });
    outer
}

#[test]
fn a_dropped_handle_detaches_or_aborts_as_the_mode_says() {
    drop_a_handle::<Detach>().expect(&["dropped", "gone slept", "over"]);
    drop_a_handle::<Cancel>().expect(&["dropped", "gone", "over"]);
}

#[test]
fn detach_lets_a_task_go_on_in_every_mode() {
    let log = Log::default();
    let outer = log.clone();
    run_in::<Cancel>(async move {
        d::spawn_in::<Cancel, _>(nap(log.clone(), "task", 10)).detach();
        let _later = d::sleep(20).await;
    });
    outer.expect(&["task slept"]);
}

#[test]
fn an_output_that_nobody_takes_is_dropped_with_its_handle() {
    let log = Log::default();
    let outer = log.clone();
    run(async move {
        let in_task = log.clone();
        let task = d::spawn(async move { in_task.at_drop("output gone") });
        let _turn = d::yield_now().await;
        log.say("ready");
        drop(task);
        log.say("handle gone");
        let in_task = log.clone();
        d::spawn(async move { in_task.at_drop("output of a detached task gone") }).detach();
        let _turn = d::yield_now().await;
        log.say("over");
    });
    outer.expect(&[
        "ready",
        "output gone",
        "handle gone",
        "output of a detached task gone",
        "over",
    ]);
}

#[test]
#[should_panic(expected = "polled after it was ready")]
fn an_output_is_taken_once() {
    run(async {
        let mut task = std::pin::pin!(d::spawn(async { 1 }));
        assert_eq!(task.as_mut().await.ok(), Some(1));
        let _again = task.as_mut().await;
    });
}

#[test]
fn the_waker_of_the_last_poll_of_a_handle_is_woken() {
    run(async {
        let mut task = std::pin::pin!(d::spawn(d::sleep(5)));
        // First from a task that ends, then from the root.
        poll_fn(|cx| {
            assert!(task.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        assert!(task.await.is_ok());
    });
}
