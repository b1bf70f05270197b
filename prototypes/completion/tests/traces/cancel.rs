//! Cancel is a value: what a wait is ready with, in every stage of the wait.

use crate::common::{Trace, holds, same};
use design as d;
use design::{Either, Error, SendError};

#[test]
fn a_loser_runs_on_to_its_end_before_the_race_is_over() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            let loser = d::task!(async {
                let slept = d::sleep(100).await;
                assert_eq!(slept, Err(Error::Cancelled));
                trace.log("loser cancelled");
                same(d::sleep(1).await, Err(Error::Cancelled));
                let goodbye = d::task!(async {
                    same(d::sleep(5).await, Ok(()));
                });
                d::shield(goodbye).await;
                trace.log("loser over");
            });
            same(d::race(d::sleep(10), loser).await, Either::A(Ok(())));
            trace.log("race over");
            same(d::sleep(1).await, Ok(()));
        }),
    );
    let expected = [(10, "loser cancelled"), (15, "loser over"), (15, "race over")];
    assert_eq!(trace.events(), expected);
}

#[test]
fn the_first_arm_is_drained_when_the_second_wins() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            let loser = d::task!(async {
                let _ = d::sleep(100).await;
                trace.log("a over");
                7
            });
            match d::race_both(loser, d::sleep(10)).await {
                Either::B((Ok(()), late)) => assert_eq!(late, Some(7)),
                _ => panic!("the sleeper of 10 ms is first"),
            }
        }),
    );
    assert_eq!(trace.events(), [(10, "a over")]);
}

#[test]
fn a_loser_that_was_never_begun_does_not_run() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            let never = d::task!(async { trace.log("begun") });
            same(d::race(d::checkpoint(), never).await, Either::A(Ok(())));
        }),
    );
    assert_eq!(trace.events(), []);
}

#[test]
fn a_cancelled_send_gives_the_item_back() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            d::chan!(ch: String, 1);
            same(ch.send("first".into()).await, Ok(()));
            let sender = d::task!(async {
                match ch.send("second".into()).await {
                    Err(SendError::Cancelled(item)) => assert_eq!(item, "second"),
                    other => panic!("{other:?}"),
                }
                trace.log("back");
            });
            let _ = d::timeout(5, sender).await;
            assert_eq!(ch.len(), 1);
        }),
    );
    assert_eq!(trace.events(), [(5, "back")]);
}

/// The item is granted to the receiver in the very turn in which it is cancelled; it stays in
/// the channel.
#[test]
fn an_item_granted_to_a_cancelled_receiver_is_passed_on() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            d::chan!(ch: u32, 1);
            let receiver = d::task!(async {
                same(ch.recv().await, Err(Error::Cancelled));
                trace.log("cancelled");
            });
            let sender = d::task!(async {
                d::sleep(5).await.expect("not cancelled");
                ch.send(1).await.expect("there is room");
            });
            same(d::race(sender, receiver).await, Either::A(()));
            same(ch.recv().await, Ok(Some(1)));
        }),
    );
    assert_eq!(trace.events(), [(5, "cancelled")]);
}

#[test]
fn a_granted_lock_is_passed_on() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            d::lock!(l = 0_u32);
            let waiter = d::task!(async {
                holds(l.lock().await.is_err());
                trace.log("cancelled");
            });
            let holder = d::task!(async {
                let mut guard = l.lock().await.expect("free");
                d::sleep(5).await.expect("not cancelled");
                *guard += 1;
                drop(guard);
            });
            let _ = d::race(holder, waiter).await;
            same(*l.lock().await.expect("free again"), 1);
        }),
    );
    assert_eq!(trace.events(), [(5, "cancelled")]);
}

#[test]
fn cleanup_waits_also_when_the_body_is_cancelled() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            let work = d::cleanup!(
                {
                    let _ = d::sleep(100).await;
                    trace.log("body over");
                },
                {
                    same(d::sleep(20).await, Ok(()));
                    trace.log("goodbye");
                }
            );
            same(d::timeout(10, work).await, Err(Error::Elapsed));
            trace.log("timeout over");
        }),
    );
    let expected = [(10, "body over"), (30, "goodbye"), (30, "timeout over")];
    assert_eq!(trace.events(), expected);
}

#[test]
fn the_watchdog_cancels_and_drains_the_root() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            d::chan!(ch: u32, 1);
            same(ch.recv().await, Err(Error::Cancelled));
            trace.log("drained");
        }),
    );
    assert!(trace.world.ledger().watchdog_fired());
    assert_eq!(trace.events(), [(contract::WATCHDOG_MS, "drained")]);
}

#[test]
fn an_ordinary_future_is_dropped_or_goes_on() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            same(d::plain(async { 7 }).await, 7);
            let never = d::plain(std::future::pending::<()>());
            same(d::timeout(3, never).await, Err(Error::Elapsed));
            let inner = d::task!(async { d::interruptible(std::future::pending::<()>()).await });
            let (output, elapsed) = d::deadline(3, inner).await;
            assert_eq!((output, elapsed), (Some(Err(Error::Cancelled)), true));
        }),
    );
    assert_eq!(trace.world.now_ms(), 6);
}
