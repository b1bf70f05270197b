//! What a request does: clean-ups run, once each, innermost first, shielded, and before frames are
//! dropped; and what skips them.
#![cfg(feature = "std")]

extern crate design_poll_cancel as design;

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::Poll;

use design as d;
use kernel::run::context;

#[path = "../../../workloads/conformance/log.rs"]
mod log;

use log::Log;

/// Says `gone` when it is dropped.
struct Gone<'l>(&'l Log, &'static str);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        self.0.say(&format!("{} gone", self.1));
    }
}

/// Works for 50 ms, and cleans up for 5.
async fn work(log: &Log, name: &'static str) {
    let _local = Gone(log, name);
    d::cleanup!(
        {
            let _body = Gone(log, "body");
            let _worked = d::sleep(50).await;
            log.say("worked");
        },
        {
            let _cleaned = d::sleep(5).await;
            log.say(&format!("{name} clean"));
        }
    )
    .await;
}

/// Two clean-ups, one in the other, behind an async function.
async fn nested(log: &Log) {
    let inner = async {
        let _frame = Gone(log, "frame");
        work(log, "inner").await;
    };
    let outer = async {
        let _cleaned = d::sleep(5).await;
        log.say("outer clean");
    };
    d::finally(inner, outer).await;
}

#[test]
fn clean_ups_run_innermost_first_before_their_frames_are_dropped() {
    let log = Log::new();
    d::block_on(log.world, async {
        let got = d::timeout(10, nested(log)).await;
        assert_eq!(got, Err(d::Error::Elapsed));
        log.say("over");
    });
    // The frames around a clean-up stand while it runs; those around it go before the next one.
    log.expect(&[
        "10 body gone",
        "15 inner clean",
        "15 inner gone",
        "15 frame gone",
        "20 outer clean",
        "20 over",
    ]);
}

#[test]
fn a_race_waits_for_the_clean_up_of_its_loser() {
    let log = Log::new();
    d::block_on(log.world, async {
        let got = d::race(d::sleep(10), work(log, "loser")).await;
        assert_eq!(got, d::Either::A(Ok(())));
        log.say("over");
        // A loser that was not begun has nothing to clean up.
        let got = d::race(async { 7 }, work(log, "never")).await;
        assert_eq!(got, d::Either::A(7));
        log.say("over again");
    });
    let expected = ["10 body gone", "15 loser clean", "15 loser gone", "15 over", "15 over again"];
    log.expect(&expected);
}

/// Both sides of a join clean up at the same time, and a side that has done so holds nothing.
#[test]
fn a_join_lets_go_of_the_side_that_has_nothing_to_clean_up() {
    let log = Log::new();
    d::block_on(log.world, async {
        d::lock!(state = 0_u32);
        let holds = async {
            let _guard = state.lock().await;
            pending::<()>().await;
        };
        let needs = async {
            d::cleanup!(pending::<()>().await, {
                let _guard = state.lock().await;
                log.say("clean");
            })
            .await;
        };
        let got = d::timeout(10, d::join(needs, holds)).await;
        assert_eq!(got, Err(d::Error::Elapsed));
        log.say("over");
    });
    log.expect(&["10 clean", "10 over"]);
}

#[test]
fn a_shielded_step_runs_to_its_end_and_the_code_behind_it_to_its_next_wait() {
    let log = Log::new();
    d::block_on(log.world, async {
        let op = async {
            let got = d::shield(async {
                let _worked = d::sleep(20).await;
                7
            })
            .await;
            log.say(&format!("step {got}"));
            let _next = d::sleep(0).await;
            log.say("wrong");
        };
        let got = d::timeout(10, op).await;
        assert_eq!(got, Err(d::Error::Elapsed));
        log.say("over");
    });
    log.expect(&["20 step 7", "20 over"]);
}

#[test]
fn what_is_kept_is_asked_at_the_end_of_its_body_and_not_by_a_lost_turn() {
    let log = Log::new();
    d::block_on(log.world, async {
        d::hold!(work(log, "held"), |held| {
            let _lost = d::race(held.turn(), d::sleep(10)).await;
            log.say("lost");
            let _lost = d::race(held.turn(), d::sleep(10)).await;
            log.say("end of body");
        })
        .await;
        log.say("over");
        let held = d::hold!(work(log, "again"), |held| held.turn().await);
        let got = d::timeout(10, held).await;
        assert_eq!(got, Err(d::Error::Elapsed));
    });
    log.expect(&[
        "10 lost",
        "20 end of body",
        "20 body gone",
        "25 held clean",
        "25 held gone",
        "25 over",
        "35 body gone",
        "40 again clean",
        "40 again gone",
    ]);
}

#[test]
fn a_scope_under_a_limit_asks_body_and_children_and_refuses_others() {
    let log = Log::new();
    d::block_on(log.world, async {
        let scope = d::scope!(cap = 4, bytes = 8192, |s| {
            let _a = s.spawn(work(log, "a"));
            let _b = s.spawn(d::task!(async {
                d::cleanup!(pending::<()>().await, {
                    let late = s.spawn(work(log, "late"));
                    assert_eq!(late.await, Err(d::Error::Cancelled));
                    log.say("refused");
                })
                .await;
            }));
            d::cleanup!(pending::<()>().await, {
                let _cleaned = d::sleep(20).await;
                log.say("body clean");
            })
            .await;
        });
        let driven = async {
            let got = d::timeout(10, scope).await;
            assert_eq!(got, Err(d::Error::Elapsed));
            log.say("over");
        };
        driven.await;
    });
    // Children that no handle awaits are not begun before the body ends: there is nothing to do.
    log.expect(&["30 body clean", "30 over"]);
}

#[test]
fn children_that_have_begun_clean_up_before_their_scope_is_over() {
    let log = Log::new();
    d::block_on(log.world, async {
        let scope = d::scope!(cap = 4, bytes = 8192, |s| {
            let a = s.spawn(work(log, "a"));
            let _b = s.spawn(d::task!(async {
                d::cleanup!(pending::<()>().await, {
                    let late = s.spawn(work(log, "late"));
                    assert_eq!(late.await, Err(d::Error::Cancelled));
                    log.say("refused");
                })
                .await;
            }));
            let _ended = a.await;
            log.say("wrong");
        });
        let got = d::timeout(10, scope).await;
        assert_eq!(got, Err(d::Error::Elapsed));
        log.say("over");
    });
    log.expect(&["10 body gone", "10 refused", "15 a clean", "15 a gone", "15 over"]);
}

#[test]
fn a_cancelled_child_cleans_up_and_its_sibling_goes_on() {
    let log = Log::new();
    d::block_on(log.world, async {
        d::scope!(cap = 3, bytes = 8192, |s| {
            let a = s.spawn(work(log, "a"));
            let b = s.spawn(async { d::sleep(12).await.is_ok() });
            let never = s.spawn(work(log, "never"));
            never.cancel();
            let _lost = d::race(b, d::sleep(10)).await;
            log.say("cancel");
            a.cancel();
            a.cancel();
            assert_eq!(a.await, Err(d::Error::Cancelled));
            log.say("joined");
            let last = s.spawn(work(log, "last"));
            s.cancel_all();
            assert_eq!(last.await, Err(d::Error::Cancelled));
        })
        .await;
        log.say("over");
    });
    let expected = ["10 cancel", "10 body gone", "15 a clean", "15 a gone", "15 joined", "15 over"];
    log.expect(&expected);
}

/// Cancelled twice, at each instant of work and clean-up: each step of it happens once.
#[test]
fn a_second_cancel_changes_nothing_at_any_instant() {
    for first in 0..12 {
        for second in first..30 {
            let log = Log::new();
            let steps = Cell::new(0);
            d::block_on(log.world, async {
                let op = d::cleanup!(d::sleep(8).await, {
                    for _ in 0..3 {
                        let _step = d::sleep(4).await;
                        steps.set(steps.get() + 1);
                    }
                });
                let _limited = d::timeout(second, d::timeout(first, op)).await;
                assert_eq!(steps.get(), 3, "before the limits of {first} and {second} are over");
            });
        }
    }
}

/// A panic of the body waits for its clean-up, under a request or not, and of two the first counts.
#[test]
fn a_panic_waits_for_its_clean_up_which_runs_once() {
    let said = |panic: Box<dyn std::any::Any + Send>| *panic.downcast::<&str>().expect("a text");
    for (limit, panics_too) in [(5, false), (12, false), (100, false), (100, true)] {
        let log = Log::new();
        let cleaned = Cell::new(0);
        let run = catch_unwind(AssertUnwindSafe(|| {
            d::block_on(log.world, async {
                let op = async {
                    d::cleanup!(
                        {
                            let _worked = d::sleep(10).await;
                            std::panic::panic_any("body");
                        },
                        {
                            let _cleaned = d::sleep(5).await;
                            cleaned.set(cleaned.get() + 1);
                            assert!(!panics_too, "clean-up");
                        }
                    )
                    .await;
                };
                let _limited = d::timeout(limit, op).await;
            });
        }));
        assert_eq!(cleaned.get(), 1, "under a limit of {limit}");
        let at = if limit == 5 { 10 } else { 15 };
        assert_eq!(log.world.now_ms(), at);
        // Dropped at the request, the body has no time for its panic.
        assert_eq!(run.map_err(said), if limit == 5 { Ok(()) } else { Err("body") });
    }
}

#[test]
fn a_clean_up_that_panics_is_not_run_again() {
    for limit in [5, 100] {
        let log = Log::new();
        let begun = Cell::new(0);
        let run = catch_unwind(AssertUnwindSafe(|| {
            d::block_on(log.world, async {
                let op = d::cleanup!(d::sleep(10).await, {
                    begun.set(begun.get() + 1);
                    let _cleaned = d::sleep(5).await;
                    panic!("clean-up");
                });
                let _limited = d::timeout(limit, op).await;
            });
        }));
        assert!(run.is_err());
        assert_eq!(begun.get(), 1);
    }
}

#[test]
fn a_drop_skips_the_clean_up() {
    let log = Log::new();
    d::block_on(log.world, async {
        {
            let mut op = pin!(work(log, "dropped"));
            poll_fn(|cx| {
                assert!(op.as_mut().poll(cx).is_pending());
                Poll::Ready(())
            })
            .await;
        }
        log.say("over");
    });
    log.expect(&["0 body gone", "0 dropped gone", "0 over"]);
}

#[test]
fn poll_cancel_asks_and_waits() {
    let log = Log::new();
    d::block_on(log.world, async {
        let mut op = pin!(work(log, "asked"));
        poll_fn(|cx| {
            assert!(op.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        poll_fn(|cx| d::poll_cancel(op.as_mut(), cx)).await;
        log.say("over");
    });
    log.expect(&["0 body gone", "5 asked clean", "5 over", "5 asked gone"]);
}

#[test]
fn t22_a_clean_up_that_never_ends_is_dropped_after_its_grace_and_counted() {
    let log = Log::new();
    d::block_on(log.world, async {
        let stuck = d::cleanup!(pending::<()>().await, pending::<()>().await);
        let got = d::timeout_with_grace(10, stuck, 20).await;
        assert_eq!(got, Err(d::Stopped::Dropped));
        log.say("dropped");
        let got = d::timeout_with_grace(10, work(log, "quick"), 20).await;
        assert_eq!(got, Err(d::Stopped::CleanedUp));
        log.say("cleaned up");
        let got = d::timeout_with_grace(10, async { 7 }, 20).await;
        assert_eq!(got, Ok(7));
        // Cut short by the surroundings, the grace still counts.
        let stuck = d::cleanup!(pending::<()>().await, pending::<()>().await);
        let got = d::timeout(15, d::timeout_with_grace(10, stuck, 20)).await;
        assert_eq!(got, Err(d::Error::Elapsed));
        log.say("over");
    });
    let expected = [
        "30 dropped",
        "40 body gone",
        "45 quick clean",
        "45 quick gone",
        "45 cleaned up",
        "75 over",
    ];
    log.expect(&expected);
}

/// Combinators that know nothing of requests: what polls everything passes them on, what drops its
/// loser skips the clean-up, and what polls only what was woken does too.
#[test]
fn unaware_combinators_pass_a_request_on_only_if_they_poll() {
    let log = Log::new();
    d::block_on(log.world, async {
        let both = futures_util::future::join(work(log, "a"), work(log, "b"));
        let got = d::timeout(10, both).await;
        assert!(got.is_err());
        log.say("join");
        let first =
            futures_util::future::select(Box::pin(d::sleep(10)), Box::pin(work(log, "c"))).await;
        drop(first);
        log.say("select");
        let mut set = futures_util::stream::FuturesUnordered::new();
        set.push(work(log, "d"));
        let next = futures_util::StreamExt::next(&mut set);
        let got = d::timeout(10, next).await;
        assert!(got.is_err());
        drop(set);
        log.say("set");
    });
    log.expect(&[
        "10 body gone",
        "10 body gone",
        "15 a clean",
        "15 b clean",
        "15 a gone",
        "15 b gone",
        "15 join",
        "25 body gone",
        "25 c gone",
        "25 select",
        "35 body gone",
        "35 d gone",
        "35 set",
    ]);
}

#[test]
fn t21_the_mode_is_restored_after_a_panic() {
    let log = Log::new();
    d::block_on(log.world, async {
        let mut panics = pin!(async {
            d::shield(async {
                assert!(!context::cancelling());
                if d::yield_now().await.is_ok() {
                    panic!("under a request");
                }
            })
            .await;
        });
        poll_fn(|cx| {
            assert!(panics.as_mut().poll(cx).is_pending());
            let ask = AssertUnwindSafe(|| d::poll_cancel(panics.as_mut(), cx));
            assert!(catch_unwind(ask).is_err());
            assert!(!context::cancelling());
            Poll::Ready(())
        })
        .await;
        // Nothing is left of the request: waits wait, and a limit finds nothing to clean up.
        let got = d::timeout(5, d::sleep(10)).await;
        assert_eq!(got, Err(d::Error::Elapsed));
        log.say("over");
    });
    log.expect(&["5 over"]);
}

/// What a request meets that knows nothing of it goes on, unless it is made a wait.
#[test]
fn a_foreign_future_stops_where_it_is_once_it_is_a_wait() {
    fn twice(polls: &RefCell<u32>) -> impl Future<Output = ()> {
        poll_fn(|_| {
            *polls.borrow_mut() += 1;
            Poll::Pending
        })
    }
    let log = Log::new();
    d::block_on(log.world, async {
        let (bare, wait) = (RefCell::new(0), RefCell::new(0));
        let mut bare_one: Pin<&mut _> = pin!(twice(&bare));
        let mut wait_one: Pin<&mut _> = pin!(d::wait(twice(&wait)));
        poll_fn(|cx| {
            assert!(bare_one.as_mut().poll(cx).is_pending());
            assert!(wait_one.as_mut().poll(cx).is_pending());
            assert!(d::poll_cancel(bare_one.as_mut(), cx).is_ready());
            assert!(d::poll_cancel(wait_one.as_mut(), cx).is_ready());
            Poll::Ready(())
        })
        .await;
        assert_eq!((*bare.borrow(), *wait.borrow()), (2, 1));
    });
}
