//! Tasks of a foreign runtime in the dialect: what every facade of `owned` promises.
//!
//! Mounted as `io.rs` is.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;

use contract::World;
use design as d;

/// What waits as long waits for ever. A run takes a second, so that no load brings it near.
const BOUND_MS: u32 = 300_000;

fn run(op: impl d::Op<Output = ()>) {
    let world: &'static World = Box::leak(Box::new(World::new()));
    d::block_on(world, async {
        let ended = d::timeout(BOUND_MS, op).await;
        assert_eq!(ended, Ok(()), "nothing may wait for ever");
    });
}

/// Raises a count when it is dropped.
struct Gone(Rc<Cell<u32>>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[test]
fn a_scope_waits_for_children_whose_handles_are_gone() {
    run(async {
        let order = Rc::new(RefCell::new(Vec::new()));
        let _all = d::scope!(cap = 4, bytes = 1024, |scope| {
            for number in [3, 1, 2] {
                let order = Rc::clone(&order);
                let _child = scope.spawn(async move {
                    for _ in 0..number {
                        let _yielded = d::yield_now().await;
                    }
                    order.borrow_mut().push(number);
                });
            }
        })
        .await;
        assert_eq!(*order.borrow(), [1, 2, 3]);
    });
}

#[test]
fn a_scope_without_children_ends_with_its_body() {
    run(async {
        let got = d::scope!(cap = 1, bytes = 1024, |_scope| 7).await;
        assert_eq!(got, 7);
    });
}

#[test]
fn a_handle_gives_the_output() {
    run(async {
        let got = d::scope!(cap = 1, bytes = 1024, |scope| {
            let child = scope.spawn(async {
                let _slept = d::sleep(1).await;
                5
            });
            assert!(!child.is_over());
            child.await
        })
        .await;
        assert_eq!(got, Ok(5));
    });
}

#[test]
fn a_child_that_is_cancelled_is_dropped_at_its_next_turn() {
    run(async {
        let gone = Rc::new(Cell::new(0));
        let guard = Gone(Rc::clone(&gone));
        let _all = d::scope!(cap = 2, bytes = 1024, |scope| {
            let endless = scope.spawn(async move {
                let _guard = guard;
                pending::<()>().await;
            });
            let other = scope.spawn(async { 1 });
            let _yielded = d::yield_now().await;
            endless.cancel();
            assert_eq!(gone.get(), 0, "not before its turn");
            let ended = endless.await;
            assert_eq!(ended, Err(d::Error::Cancelled));
            assert_eq!(gone.get(), 1);
            let other = other.await;
            assert_eq!(other, Ok(1), "the others go on");
        })
        .await;
    });
}

#[test]
fn a_child_that_is_cancelled_before_it_began_never_begins() {
    run(async {
        let _all = d::scope!(cap = 1, bytes = 1024, |scope| {
            let never = scope.spawn(async { panic!("it was cancelled") });
            never.cancel();
            let ended: Result<(), _> = never.await;
            assert_eq!(ended, Err(d::Error::Cancelled));
        })
        .await;
    });
}

#[test]
fn all_children_are_cancelled_at_once() {
    run(async {
        let gone = Rc::new(Cell::new(0));
        let _all = d::scope!(cap = 4, bytes = 1024, |scope| {
            for _ in 0..4 {
                let guard = Gone(Rc::clone(&gone));
                let _child = scope.spawn(async move {
                    let _guard = guard;
                    pending::<()>().await;
                });
            }
            let _yielded = d::yield_now().await;
            scope.cancel_all();
        })
        .await;
        assert_eq!(gone.get(), 4, "and the scope waits for their ends");
    });
}

#[test]
fn a_scope_that_is_dropped_aborts_its_children() {
    run(async {
        let gone = Rc::new(Cell::new(0));
        let endless = async {
            let _all = d::scope!(cap = 2, bytes = 1024, |scope| {
                for _ in 0..2 {
                    let guard = Gone(Rc::clone(&gone));
                    let _child = scope.spawn(async move {
                        let _guard = guard;
                        pending::<()>().await;
                    });
                }
            })
            .await;
        };
        assert_eq!(d::timeout(5, endless).await, Err(d::Error::Elapsed));
        while gone.get() < 2 {
            let _yielded = d::yield_now().await;
        }
    });
}

#[test]
fn a_late_cancel_of_an_ended_child_hits_nobody_else() {
    run(async {
        let _all = d::scope!(cap = 2, bytes = 1024, |scope| {
            let first = scope.spawn(async {});
            while !first.is_over() {
                let _yielded = d::yield_now().await;
            }
            let second = scope.spawn(async {
                let _yielded = d::yield_now().await;
                2
            });
            first.cancel();
            let got = second.await;
            assert_eq!(got, Ok(2), "though it sits where the first one sat");
        })
        .await;
    });
}

#[test]
fn a_kept_operation_moves_between_its_turns() {
    run(async {
        let moved = Rc::new(Cell::new(0));
        let told = Rc::clone(&moved);
        let op = async move {
            for _ in 0..3 {
                let _yielded = d::yield_now().await;
                told.set(told.get() + 1);
            }
            9
        };
        let got = d::hold!(op, |kept| {
            let first = d::race(async {}, kept.turn()).await;
            assert_eq!(first, d::Either::A(()));
            while moved.get() < 3 {
                let _yielded = d::yield_now().await;
            }
            kept.turn().await
        })
        .await;
        assert_eq!(got, 9);
    });
}

#[test]
fn a_window_of_tasks_keeps_the_order() {
    run(async {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let naps = (0..6_u32).map(|item| async move {
            let _slept = d::sleep((6 - item) % 3).await;
            item
        });
        d::buffered::<3, _, _, _>(naps, |item| {
            let seen = Rc::clone(&seen);
            async move { seen.borrow_mut().push(item) }
        })
        .await;
        assert_eq!(*seen.borrow(), [0, 1, 2, 3, 4, 5]);
    });
}

#[test]
fn tasks_share_what_they_own() {
    run(async {
        d::chan!(there: u32, 1);
        d::lock!(total = 0_u32);
        let _all = d::scope!(cap = 2, bytes = 1024, |scope| {
            let (letters, sum) = (d::share(there), d::share(total));
            let _reader = scope.spawn(async move {
                while let Ok(Some(letter)) = letters.recv().await {
                    *sum.lock().await.expect("nothing is cancelled") += letter;
                }
            });
            for letter in 1..=10 {
                let _sent = there.send(letter).await;
            }
            there.close();
        })
        .await;
        assert_eq!(*total.lock().await.expect("nothing is cancelled"), 55);
    });
}
