//! What mode `production` carries, one by one.

mod common;

use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::Poll;

use common::{Log, run_in};
use design_owned::production::{self, BUDGET, Hooks, Id, Metrics, OnPanic, Production};
use design_owned::{self as d, coop};

/// Each test runs on a thread of its own, whose counters begin at zero.
fn run(root: impl Future<Output = ()>) -> Metrics {
    production::reset();
    run_in::<Production>(root);
    production::metrics()
}

#[test]
fn a_turn_yields_when_its_budget_is_spent() {
    let metrics = run(async {
        let chan = Rc::new(coop::Chan::<usize, 1000>::new());
        let receiver = chan.clone();
        let sent = d::spawn_in::<Production, _>(async move {
            for item in 0..300 {
                let _sent = chan.send(item).await;
            }
            chan.close();
        });
        let received = d::spawn_in::<Production, _>(async move {
            let mut seen = Vec::new();
            loop {
                let before = receiver.len();
                let Ok(Some(_)) = receiver.recv().await else { return seen };
                if receiver.len() >= before {
                    seen.push(before);
                }
            }
        });
        assert!(sent.await.is_ok());
        assert!(received.await.is_ok());
    });
    // 300 sends take three turns. The receiver takes what is there, at most 128 a turn.
    assert!(metrics.forced_yields >= 4, "{metrics:?}");
    assert_eq!(metrics.spawned, 2);
    assert_eq!(metrics.ended, 2);
}

#[test]
fn what_makes_no_progress_is_given_back() {
    let metrics = run(async {
        let task = d::spawn_in::<Production, _>(async {
            let sem = coop::Sem::new(0);
            let mut waits: Vec<_> =
                (0..2 * usize::from(BUDGET)).map(|_| Box::pin(sem.acquire())).collect();
            poll_fn(|cx| {
                for wait in &mut waits {
                    assert!(wait.as_mut().poll(cx).is_pending());
                }
                Poll::Ready(())
            })
            .await;
        });
        assert!(task.await.is_ok());
    });
    assert_eq!(metrics.forced_yields, 0);
}

#[test]
fn the_other_modes_have_no_budget() {
    production::reset();
    common::run(async {
        let task = d::spawn(async {
            for _ in 0..2 * u32::from(BUDGET) {
                let done = d::spawn(async {});
                let _done = done.await;
            }
        });
        assert!(task.await.is_ok());
    });
    assert_eq!(production::metrics(), Metrics::default());
}

#[test]
fn ids_differ_and_name_the_task_that_is_polled() {
    run(async {
        assert_eq!(production::current_id(), None);
        let id = || async { production::current_id() };
        let (a, b) = (d::spawn_in::<Production, _>(id()), d::spawn_in::<Production, _>(id()));
        let (a, b) = (a.await.expect("not aborted"), b.await.expect("not aborted"));
        assert!(a.is_some() && b.is_some() && a != b);
    });
}

#[test]
fn t05_a_panic_goes_to_whoever_joins() {
    let log = Log::default();
    let inside = log.clone();
    let metrics = run(async move {
        let in_task = inside.clone();
        let failing = d::spawn_in::<Production, _>(async move {
            let _gone = in_task.at_drop("frame gone");
            let _turn = d::yield_now().await;
            panic!("task");
        });
        let ended: Result<(), _> = failing.await;
        let panicked = ended.expect_err("it panicked");
        assert!(panicked.is_panic());
        let payload = panicked.into_panic().expect("with this");
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"task"));
        inside.say("the run goes on");
    });
    log.expect(&["frame gone", "the run goes on"]);
    assert_eq!(metrics.panics, 1);
}

#[test]
fn t05_a_panic_ends_the_run_where_the_policy_says_so() {
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        run(async {
            production::on_unhandled_panic(OnPanic::Shutdown);
            let task = d::spawn_in::<Production, _>(async { panic!("task") });
            let _never: Result<(), _> = task.await;
            pending::<()>().await;
        });
    }));
    let message = unwound.expect_err("the panic goes on");
    assert_eq!(message.downcast_ref::<&str>(), Some(&"task"));
}

#[test]
fn t05_a_destructor_that_panics_harms_nobody() {
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("destructor");
        }
    }
    run(async {
        let task = d::spawn_in::<Production, _>(async {
            let _bad = Bad;
            pending::<()>().await;
        });
        let _begun = d::sleep(1).await;
        assert_eq!(task.cancelled().await, None);
    });
}

std::thread_local! {
    static SEEN: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

#[test]
fn hooks_see_a_task_from_its_making_to_its_end() {
    fn see(what: &'static str) {
        SEEN.with_borrow_mut(|seen| seen.push(what));
    }
    run(async {
        production::set_hooks(Hooks {
            spawned: Some(|_: Id| see("spawned")),
            before_poll: Some(|_| see("before")),
            after_poll: Some(|_| see("after")),
            ended: Some(|_| see("ended")),
        });
        let task = d::spawn_in::<Production, _>(d::yield_now());
        assert!(task.await.is_ok());
        let task = d::spawn_in::<Production, _>(pending::<()>());
        assert!(task.cancelled().await.is_none());
    });
    let seen = SEEN.take();
    let expected = ["spawned", "before", "after", "before", "ended", "after", "spawned", "ended"];
    let mut sorted = (seen.clone(), expected.to_vec());
    sorted.0.sort_unstable();
    sorted.1.sort_unstable();
    assert_eq!(sorted.0, sorted.1, "{seen:?}");
    assert_eq!((seen.first(), seen.last()), (Some(&"spawned"), Some(&"ended")));
}
