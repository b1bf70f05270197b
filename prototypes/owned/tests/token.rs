//! Tokens: what a request to end does where the program looks, and where it does not.

mod common;

use std::future::pending;

use common::{Log, nap, run, run_in};
use design_owned::{self as d, ByToken, Cancel};

/// Says every step of ten milliseconds, and the end; looks at the token between steps.
async fn steps(log: Log, token: d::Token) -> u32 {
    let mut steps = 0;
    while !token.is_cancelled() && steps < 5 {
        let _worked = d::sleep(10).await;
        steps += 1;
        log.say(format!("step {steps}"));
    }
    steps
}

#[test]
fn a_task_ends_where_its_program_looks_and_has_an_output() {
    let log = Log::default();
    let outer = log.clone();
    run_in::<ByToken>(async move {
        let task = d::spawn_with_in::<ByToken, _>(|token| steps(log.clone(), token));
        let _begun = d::sleep(15).await;
        task.abort();
        log.say("asked");
        assert_eq!(task.await.ok(), Some(2), "the step that had begun is whole");
    });
    outer.expect(&["step 1", "asked", "step 2"]);
}

#[test]
fn the_same_program_is_dropped_in_its_step_where_handles_abort() {
    let log = Log::default();
    let outer = log.clone();
    run_in::<Cancel>(async move {
        let task = d::spawn_with_in::<Cancel, _>(|token| steps(log.clone(), token));
        let _begun = d::sleep(15).await;
        task.abort();
        log.say("asked");
        assert!(task.await.is_err());
    });
    outer.expect(&["step 1", "asked"]);
}

#[test]
fn who_asks_and_waits_gets_the_output() {
    run_in::<ByToken>(async {
        let task = d::spawn_with_in::<ByToken, _>(async |token: d::Token| {
            token.cancelled().await;
            let _tidied = d::sleep(10).await;
            7
        });
        let _begun = d::sleep(5).await;
        assert_eq!(task.cancelled().await, Some(7));
    });
}

#[test]
fn a_task_without_a_token_goes_on_to_its_own_end() {
    let log = Log::default();
    let outer = log.clone();
    run_in::<ByToken>(async move {
        let task = d::spawn_in::<ByToken, _>(nap(log.clone(), "gone", 20));
        let _begun = d::sleep(5).await;
        task.abort();
        assert_eq!(task.await.ok(), Some(20));
        drop(d::spawn_in::<ByToken, _>(nap(log.clone(), "gone", 10)));
        let _later = d::sleep(15).await;
        drop(d::spawn_in::<ByToken, _>(nap(log.clone(), "gone with the run", 50)));
        let _begun = d::yield_now().await;
    });
    outer.expect(&["gone slept", "gone slept", "gone with the run"]);
}

#[test]
fn dropping_a_handle_or_a_scope_tells_the_tasks_after_it_has_returned() {
    let log = Log::default();
    let outer = log.clone();
    run_in::<ByToken>(async move {
        let told = |name: &'static str| {
            let log = log.clone();
            async move |token: d::Token| {
                token.cancelled().await;
                log.say(name);
            }
        };
        let task = d::spawn_with_in::<ByToken, _>(told("task told"));
        let _begun = d::sleep(1).await;
        drop(task);
        log.say("dropped");
        let _turn = d::sleep(1).await;
        let scope = d::__scope!((ByToken) 1, 1024, |scope| {
            let _child = scope.spawn_with(told("child told"));
            let _pending: () = pending().await;
        });
        assert!(d::timeout(1, scope).await.is_err());
        log.say("scope gone");
        let _turn = d::sleep(1).await;
    });
    outer.expect(&["dropped", "task told", "scope gone", "child told"]);
}

#[test]
fn a_scope_that_tells_its_children_waits_for_them() {
    let log = Log::default();
    let outer = log.clone();
    run_in::<ByToken>(async move {
        d::__scope!((ByToken) 2, 1024, |scope| {
            let _looks = scope.spawn_with(|token| steps(log.clone(), token));
            let _does_not = scope.spawn(nap(log.clone(), "gone", 30));
            let _begun = d::sleep(5).await;
            scope.cancel_all();
            log.say("asked");
        })
        .await;
        log.say("over");
    });
    outer.expect(&["asked", "step 1", "gone slept", "over"]);
}

#[test]
fn clones_of_a_token_reach_other_tasks_and_their_operations() {
    let log = Log::default();
    let outer = log.clone();
    run(async move {
        let token = d::Token::new();
        let waits = |ms: u32| {
            let (log, token) = (log.clone(), token.clone());
            async move {
                let got = token.run_until(nap(log.clone(), "dropped", ms)).await;
                log.say(format!("{got:?}"));
            }
        };
        let (short, long) = (d::spawn(waits(5)), d::spawn(waits(50)));
        let _begun = d::sleep(10).await;
        assert!(!token.is_cancelled());
        token.cancel();
        token.cancel();
        assert!(short.await.is_ok() && long.await.is_ok());
        let late = d::spawn(waits(5));
        assert!(late.await.is_ok());
    });
    outer.expect(&["dropped slept", "Some(5)", "dropped", "None", "None"]);
}

#[test]
fn a_task_may_ask_itself() {
    run_in::<ByToken>(async {
        let own: d::Shared<'static, std::cell::RefCell<Option<d::Task<u32, ByToken>>>> =
            d::share(&d::TaskRc::new(std::cell::RefCell::new(None)));
        let of_task = own.clone();
        let task = d::spawn_with_in::<ByToken, _>(async move |token: d::Token| {
            // Its handle is dropped in its own turn: it is told at the next one.
            drop(of_task.borrow_mut().take());
            assert!(!token.is_cancelled());
            token.cancelled().await;
            let _tidied = d::sleep(1).await;
            1
        });
        *own.borrow_mut() = Some(task);
        let _later = d::sleep(5).await;
        assert!(own.borrow().is_none());
    });
}
