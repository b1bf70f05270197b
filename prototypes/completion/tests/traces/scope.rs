//! Scopes, holds and windows as event traces.

use std::cell::RefCell;

use crate::common::{Trace, same};
use design as d;
use design::{Either, Error};

#[test]
fn children_borrow_and_have_ended_when_the_scope_has() {
    let trace = Trace::new();
    let sum = RefCell::new(0);
    d::block_on(
        trace.world,
        d::task!(async {
            let table = [1, 2, 3];
            let out = d::scope!(cap = 3, bytes = 1024, |s| {
                for (ms, value) in (1..).zip(&table) {
                    let sum = &sum;
                    let _ = s.spawn(d::task!(async move {
                        d::sleep(10 * ms).await.expect("not cancelled");
                        *sum.borrow_mut() += value;
                    }));
                }
                "body"
            })
            .await;
            assert_eq!(out, "body");
            trace.log("scope over");
        }),
    );
    assert_eq!(*sum.borrow(), 6);
    assert_eq!(trace.events(), [(30, "scope over")]);
}

#[test]
fn a_handle_gives_the_output_and_children_spawn_children() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            let sum = d::scope!(cap = 4, bytes = 2048, |s| {
                let child = s.spawn(d::task!(async move {
                    let grandchild = s.spawn(d::task!(async {
                        d::sleep(7).await.expect("not cancelled");
                        3
                    }));
                    grandchild.await.expect("not cancelled") + 1
                }));
                child.await.expect("not cancelled") + 1
            })
            .await;
            assert_eq!(sum, 5);
        }),
    );
    assert_eq!(trace.world.now_ms(), 7);
}

#[test]
fn a_cancelled_child_is_a_value_and_a_lost_wait_is_not_a_cancel() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            d::scope!(cap = 3, bytes = 2048, |s| {
                let polite = s.spawn(d::task!(async {
                    let slept = d::sleep(100).await;
                    trace.log("asked to end");
                    slept.is_err()
                }));
                let slow = s.spawn(d::task!(async {
                    d::sleep(40).await.expect("not cancelled");
                    trace.log("slow over");
                }));
                let lost = d::race(slow, d::sleep(5)).await;
                assert!(matches!(lost, Either::B(Ok(()))));
                polite.cancel();
                same(polite.await, Ok(true));
                let unborn = s.spawn(d::task!(async { trace.log("never") }));
                unborn.cancel();
                same(unborn.await, Err(Error::Cancelled));
            })
            .await;
        }),
    );
    assert_eq!(trace.events(), [(5, "asked to end"), (40, "slow over")]);
}

#[test]
fn a_cancelled_scope_cancels_its_children_and_waits_for_them() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            let scope = d::scope!(cap = 2, bytes = 1024, |s| {
                let _ = s.spawn(d::task!(async {
                    let _ = d::sleep(100).await;
                    d::shield(d::task!(async {
                        let _ = d::sleep(5).await;
                    }))
                    .await;
                    trace.log("child over");
                }));
                let _ = d::sleep(1).await;
                d::yield_now().await.expect("not yet");
            });
            same(d::timeout(20, scope).await, Err(Error::Elapsed));
            trace.log("timeout over");
        }),
    );
    assert_eq!(trace.events(), [(25, "child over"), (25, "timeout over")]);
}

/// A child that awaits a sibling while it is woken itself must not eat its own wake.
#[test]
fn a_sibling_wait_inside_a_child_loses_no_wake() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            d::scope!(cap = 2, bytes = 2048, |s| {
                let sibling = s.spawn(d::task!(async {
                    d::sleep(3).await.expect("not cancelled");
                    1
                }));
                let child = s.spawn(d::task!(async move {
                    let both = d::join(d::yield_now(), sibling).await;
                    assert_eq!(both, (Ok(()), Ok(1)));
                }));
                child.await.expect("not cancelled");
            })
            .await;
        }),
    );
    assert!(!trace.world.ledger().watchdog_fired());
    assert_eq!(trace.world.now_ms(), 3);
}

#[test]
fn t18_handles_in_outputs_and_spawns_at_the_end_are_harmless() {
    struct SpawnsWhenDropped<F: FnMut()>(F);
    impl<F: FnMut()> Drop for SpawnsWhenDropped<F> {
        fn drop(&mut self) {
            (self.0)();
        }
    }
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            d::scope!(cap = 4, bytes = 2048, |s| {
                let first = s.spawn(d::task!(async { 1 }));
                // The second child's output is the handle of the first, never awaited.
                std::mem::forget(s.spawn(d::task!(async move { first })));
                std::mem::forget(s.spawn(d::task!(async move {
                    SpawnsWhenDropped(move || drop(s.spawn(d::task!(async { unreachable!() }))))
                })));
            })
            .await;
            trace.log("over");
        }),
    );
    assert_eq!(trace.events(), [(0, "over")]);
}

#[test]
fn a_held_operation_survives_lost_turns_and_is_drained_at_the_end() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            let work = d::task!(async {
                d::sleep(25).await.expect("turns that are lost are no cancel");
                trace.log("first step");
                same(d::sleep(100).await, Err(Error::Cancelled));
                trace.log("drained");
            });
            let turns = d::hold!(work, |h| {
                let mut turns = 0;
                for _ in 0..4 {
                    match d::race(h.turn(), d::sleep(10)).await {
                        Either::A(()) => break,
                        Either::B(_) => turns += 1,
                    }
                }
                turns
            })
            .await;
            assert_eq!(turns, 4);
            trace.log("hold over");
        }),
    );
    let expected = [(25, "first step"), (40, "drained"), (40, "hold over")];
    assert_eq!(trace.events(), expected);
}

#[test]
fn a_window_keeps_order_and_runs_one_body_at_a_time() {
    let trace = Trace::new();
    let order = RefCell::new(Vec::new());
    d::block_on(
        trace.world,
        d::task!(async {
            let ops = (0..4_u32).map(|i| {
                d::task!(async move {
                    d::sleep(10 * (4 - i)).await.expect("not cancelled");
                    i
                })
            });
            d::buffered::<2, _, _, _>(ops, |i| {
                let order = &order;
                let world = trace.world;
                d::task!(async move {
                    order.borrow_mut().push((world.now_ms(), i));
                    let _ = d::sleep(100).await;
                })
            })
            .await;
        }),
    );
    assert_eq!(*order.borrow(), [(40, 0), (140, 1), (240, 2), (340, 3)]);
}

#[test]
fn a_cancelled_window_begins_nothing_more_and_loses_nothing() {
    let trace = Trace::new();
    let taken = RefCell::new(Vec::new());
    d::block_on(
        trace.world,
        d::task!(async {
            let begun = RefCell::new(0);
            let ops = (0..10_u32).map(|i| {
                let begun = &begun;
                d::task!(async move {
                    *begun.borrow_mut() += 1;
                    d::sleep(10).await.map(|()| i)
                })
            });
            let all = d::buffered::<3, _, _, _>(ops, |item| {
                let taken = &taken;
                d::task!(async move { taken.borrow_mut().push(item) })
            });
            same(d::timeout(5, all).await, Err(Error::Elapsed));
            assert_eq!(*begun.borrow(), 3);
        }),
    );
    assert_eq!(*taken.borrow(), [Err(Error::Cancelled); 3]);
}
