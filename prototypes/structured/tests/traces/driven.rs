//! What this design is about: whatever the body of a scope, a hold or a window awaits, the rest
//! moves.

use std::cell::{Cell, RefCell};

use crate::common::{Trace, same};
use design as d;
use design::{Either, Error};

#[test]
fn children_move_while_the_body_awaits_something_else() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            d::scope!(cap = 1, bytes = 512, |s| {
                let child = s.spawn(d::task!(async {
                    let _ = d::sleep(3).await;
                    trace.log("child");
                }));
                let _ = d::sleep(10).await;
                trace.log("body awaits it");
                let _ = child.await;
            })
            .await;
        }),
    );
    assert_eq!(trace.events(), [(3, "child"), (10, "body awaits it")]);
}

/// A wake of one part polls this part and no other: neither the body nor a sibling.
#[test]
fn a_wake_polls_the_part_that_it_wakes() {
    /// Counts its polls, and wakes itself so often.
    struct Counts<'a>(&'a Cell<u32>, u32);
    // SAFETY: it lends nothing.
    unsafe impl d::Completion for Counts<'_> {
        type Output = ();
        unsafe fn poll(
            mut self: std::pin::Pin<&mut Self>,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<()> {
            self.0.set(self.0.get() + 1);
            match self.1 {
                0 => std::task::Poll::Ready(()),
                _ => {
                    self.1 -= 1;
                    cx.waker().wake_by_ref();
                    std::task::Poll::Pending
                }
            }
        }
    }
    let trace = Trace::new();
    let (busy, idle, body) = (Cell::new(0), Cell::new(0), Cell::new(0));
    d::block_on(
        trace.world,
        d::scope!(cap = 2, bytes = 1024, |s| {
            let _ = s.spawn(Counts(&busy, 100));
            let _ = s.spawn(Counts(&idle, 0));
            Counts(&body, 3).await;
        }),
    );
    assert_eq!((busy.get(), idle.get(), body.get()), (101, 1, 4));
}

#[test]
fn a_held_operation_moves_between_turns() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            let work = d::task!(async {
                d::sleep(15).await.expect("a lost turn is no cancel");
                trace.log("worked");
                7
            });
            d::hold!(work, |h| {
                let lost = d::race(h.turn(), d::sleep(10)).await;
                assert_eq!(lost, Either::B(Ok(())));
                let _ = d::sleep(20).await;
                trace.log("elsewhere");
                same(h.turn().await, 7);
            })
            .await;
        }),
    );
    assert_eq!(trace.events(), [(15, "worked"), (30, "elsewhere")]);
}

#[test]
fn a_window_moves_and_is_filled_while_a_body_runs() {
    let trace = Trace::new();
    let ready = RefCell::new(Vec::new());
    d::block_on(
        trace.world,
        d::task!(async {
            let ops = (0..4_u32).map(|i| {
                let ready = &ready;
                let world = trace.world;
                d::task!(async move {
                    d::sleep(10).await.expect("not cancelled");
                    ready.borrow_mut().push((world.now_ms(), i));
                })
            });
            d::buffered::<2, _, _, _>(ops, |()| {
                d::task!(async {
                    let _ = d::sleep(100).await;
                })
            })
            .await;
        }),
    );
    // Items 2 and 3 begin when 0 and 1 leave the window, at the begin of their bodies.
    assert_eq!(*ready.borrow(), [(10, 0), (10, 1), (20, 2), (120, 3)]);
    assert_eq!(trace.world.now_ms(), 410);
}

/// The lock is granted to a waiter that is held, and what is held is polled.
#[test]
fn a_held_waiter_hands_the_lock_on_while_the_body_waits_for_it() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            d::lock!(lock = 0_u32);
            let first = d::task!(async move {
                let mut guard = lock.lock().await?;
                d::sleep(10).await?;
                *guard += 1;
                Ok::<(), Error>(())
            });
            let holder = d::task!(async move {
                let guard = lock.lock().await;
                let _ = d::sleep(50).await;
                drop(guard);
            });
            let user = d::hold!(first, |h| {
                let _ = d::race(h.turn(), d::sleep(20)).await;
                // Stands behind what is held.
                let mine = lock.lock().await.map(|guard| *guard);
                same(mine, Ok(1));
                trace.log("served");
            });
            d::join(holder, user).await;
        }),
    );
    assert!(!trace.world.ledger().watchdog_fired());
    assert_eq!(trace.events(), [(60, "served")]);
}
