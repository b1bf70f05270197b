//! Traps of tasks: panics, ends of runs, wakers and handles that outlive everything. Run it
//! under Miri as well; some of these only then fail when they should.

mod common;

use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Poll, Waker};

use common::{Log, nap, run, world};
use design_owned as d;

/// A task that lasts for ever and says when it is dropped.
fn endless(log: &Log, name: &'static str) -> impl Future<Output = ()> + use<> {
    let log = log.clone();
    async move {
        let _gone = log.at_drop(name);
        pending::<()>().await;
    }
}

#[test]
fn t05_a_panic_drops_the_other_tasks_in_order_and_goes_on() {
    let log = Log::default();
    let in_root = log.clone();
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        run(async move {
            d::spawn(endless(&in_root, "first gone")).detach();
            let failing = d::spawn(async {
                let _slept = d::sleep(5).await;
                panic!("task");
            });
            d::spawn(endless(&in_root, "third gone")).detach();
            let _root = in_root.at_drop("root gone");
            let _never = failing.await;
        });
    }));
    let message = unwound.expect_err("the panic goes on");
    assert_eq!(message.downcast_ref::<&str>(), Some(&"task"));
    log.expect(&["first gone", "third gone", "root gone"]);
}

#[test]
fn t05_a_panic_in_a_destructor_does_not_keep_the_others_from_running() {
    let log = Log::default();
    let in_root = log.clone();
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        run(async move {
            d::spawn(endless(&in_root, "first gone")).detach();
            d::spawn(async {
                struct Bad;
                impl Drop for Bad {
                    fn drop(&mut self) {
                        panic!("destructor");
                    }
                }
                let _bad = Bad;
                pending::<()>().await;
            })
            .detach();
            d::spawn(endless(&in_root, "third gone")).detach();
            let _begun = d::sleep(1).await;
        });
    }));
    assert!(unwound.is_err());
    log.expect(&["first gone", "third gone"]);
}

#[test]
fn t05_a_destructor_that_panics_ends_its_task_all_the_same() {
    let log = Log::default();
    let in_root = log.clone();
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        run(async move {
            struct Bad;
            impl Drop for Bad {
                fn drop(&mut self) {
                    panic!("destructor");
                }
            }
            d::spawn(endless(&in_root, "sibling gone")).detach();
            let task = d::spawn(async {
                let _bad = Bad;
                pending::<()>().await;
            });
            let _begun = d::sleep(1).await;
            task.abort();
            let _ended = task.await;
        });
    }));
    assert!(unwound.is_err());
    log.expect(&["sibling gone"]);
}

#[test]
fn t07_tasks_that_are_left_go_in_the_order_of_spawning_before_the_run_returns() {
    let log = Log::default();
    let in_root = log.clone();
    d::block_on(world(), async move {
        for name in ["first gone", "second gone", "third gone"] {
            d::spawn(endless(&in_root, name)).detach();
        }
        let _begun = d::sleep(1).await;
        in_root.say("root ready");
    });
    log.say("returned");
    log.expect(&["root ready", "first gone", "second gone", "third gone", "returned"]);
}

#[test]
fn t07_the_watchdog_ends_tasks_as_well() {
    let log = Log::default();
    let in_root = log.clone();
    let world = world();
    d::block_on(world, async move {
        let _task = d::spawn(endless(&in_root, "task gone"));
        let _root = in_root.at_drop("root gone");
        pending::<()>().await;
    });
    assert!(world.ledger().watchdog_fired());
    log.expect(&["task gone", "root gone"]);
}

#[test]
fn t07_handles_outlive_the_run() {
    let kept = Rc::new(RefCell::new(None));
    let (inside, log) = (kept.clone(), Log::default());
    let in_root = log.clone();
    run(async move {
        let ready = d::spawn({
            let log = in_root.clone();
            async move { log.at_drop("output gone") }
        });
        let endless = d::spawn(endless(&in_root, "future gone"));
        let _begun = d::sleep(1).await;
        *inside.borrow_mut() = Some((ready, endless));
    });
    log.expect(&["future gone"]);
    let (ready, endless) = kept.take().expect("put there by the root");
    assert!(ready.is_finished() && endless.is_finished());
    endless.abort();
    drop((ready, endless));
    log.expect(&["future gone", "output gone"]);
}

#[test]
fn t08_block_on_inside_a_task_is_refused() {
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        run(async {
            let task = d::spawn(async { d::block_on(world(), async {}) });
            let _ended = task.await;
        });
    }));
    let message = unwound.expect_err("it panics");
    assert!(message.downcast_ref::<&str>().is_some_and(|text| text.contains("block_on inside")));
}

#[test]
fn t11_a_waker_outlives_its_task_and_its_run() {
    let kept: Rc<RefCell<Vec<Waker>>> = Rc::default();
    let keep = kept.clone();
    run(async move {
        let of_a_ready_one = keep.clone();
        let task = d::spawn(poll_fn(move |cx| {
            of_a_ready_one.borrow_mut().push(cx.waker().clone());
            Poll::Ready(())
        }));
        assert!(task.await.is_ok());
        let stale = keep.borrow()[0].clone();
        // The next task takes the same place in the table; a stale waker must not disturb it.
        let polls = Rc::new(RefCell::new(0));
        let (count, of_a_left_one) = (polls.clone(), keep.clone());
        d::spawn(poll_fn(move |cx| {
            *count.borrow_mut() += 1;
            of_a_left_one.borrow_mut().push(cx.waker().clone());
            Poll::<()>::Pending
        }))
        .detach();
        let _turn = d::yield_now().await;
        stale.wake();
        let _turn = d::yield_now().await;
        assert_eq!(*polls.borrow(), 1);
    });
    let wakers = kept.take();
    assert_eq!(wakers.len(), 2);
    let woken = std::thread::spawn(move || {
        for waker in wakers {
            waker.wake_by_ref();
            drop(waker.clone());
            waker.wake();
        }
    });
    woken.join().expect("waking nothing is fine");
}

#[test]
fn t11_wakes_from_another_thread_arrive() {
    run(async {
        let mut started = false;
        let task = d::spawn(poll_fn(move |cx| {
            if std::mem::replace(&mut started, true) {
                return Poll::Ready(7);
            }
            let waker = cx.waker().clone();
            std::thread::spawn(move || waker.wake()).join().expect("a wake does not panic");
            Poll::Pending
        }));
        assert_eq!(task.await.ok(), Some(7));
    });
}

#[test]
fn t18_spawn_while_the_run_ends_is_refused() {
    struct Spawns(Log);
    impl Drop for Spawns {
        fn drop(&mut self) {
            let gone = self.0.at_drop("late future gone");
            let late = d::spawn(async move {
                let _gone = gone;
                panic!("polled");
            });
            self.0.say(if late.is_finished() { "refused" } else { "taken" });
        }
    }
    let log = Log::default();
    let in_root = log.clone();
    run(async move {
        let spawns = Spawns(in_root.clone());
        d::spawn(async move {
            let _spawns = spawns;
            pending::<()>().await;
        })
        .detach();
        let _begun = d::sleep(1).await;
    });
    log.expect(&["late future gone", "refused"]);
}

#[test]
fn t18_a_destructor_may_spawn_while_the_run_goes_on() {
    struct Spawns(Log);
    impl Drop for Spawns {
        fn drop(&mut self) {
            d::spawn(nap(self.0.clone(), "late", 1)).detach();
        }
    }
    let log = Log::default();
    let in_root = log.clone();
    run(async move {
        let spawns = Spawns(in_root.clone());
        let task = d::spawn(async move {
            let _spawns = spawns;
            pending::<()>().await;
        });
        let _begun = d::sleep(1).await;
        assert!(task.cancelled().await.is_none());
        let _later = d::sleep(5).await;
    });
    log.expect(&["late slept"]);
}

#[test]
fn a_join_set_may_outlive_the_run() {
    let log = Log::default();
    let in_root = log.clone();
    let set = Box::pin(d::JoinSet::<()>::new());
    let kept = Rc::new(set);
    let inside = kept.clone();
    run(async move {
        inside.as_ref().as_ref().spawn(endless(&in_root, "gone"));
        let _begun = d::sleep(1).await;
    });
    log.expect(&["gone"]);
    assert_eq!(kept.live(), 0);
    drop(kept);
}
