//! Scopes in memory of the caller.

use std::cell::{Cell, RefCell};
use std::pin::pin;

use crate::common::{Trace, same};
use design as d;
use design::{Error, NoSpace, Policy, ScopeMem};

#[test]
fn children_lie_in_the_memory_of_the_caller_and_borrow_what_outlives_it() {
    let trace = Trace::new();
    let sum = Cell::new(0);
    d::block_on(
        trace.world,
        d::task!(async {
            let table = [1, 2, 3];
            let memory = pin!(ScopeMem::<1024>::new());
            let ended = d::scope_in(memory, Policy::AllOrFail, |s| {
                let (table, sum) = (&table, &sum);
                d::task!(async move {
                    for value in table {
                        let _ = s.spawn(d::task!(async move {
                            let _ = d::sleep(10).await;
                            sum.set(sum.get() + value);
                        }));
                    }
                    "body"
                })
            })
            .await;
            assert_eq!(ended, Ok("body"));
        }),
    );
    assert_eq!(sum.get(), 6);
    assert_eq!(trace.world.now_ms(), 10);
}

#[test]
fn what_finds_no_room_comes_back_and_room_is_used_again() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            // One sleep fits, and so little more that two do not.
            let memory = pin!(ScopeMem::<320>::new());
            let ended = d::scope_in(memory, Policy::AllOrFail, |s| {
                d::task!(async move {
                    for round in 0..3_u32 {
                        let child = s.try_spawn(d::sleep(10)).expect("room for one");
                        let refused = s.try_spawn(d::sleep(10));
                        let Err(NoSpace(back)) = refused else { panic!("no room for two") };
                        same(child.await, Ok(Ok(())));
                        // The operation is as it was, and can be awaited here.
                        same(back.await, Ok(()));
                        assert_eq!(s.live(), 0, "round {round}");
                    }
                })
            })
            .await;
            assert_eq!(ended, Ok(()));
        }),
    );
    assert_eq!(trace.world.now_ms(), 60);
}

/// A handle that gets out of its scope finds the memory, and in it that the scope is over.
#[test]
fn t18_handles_that_outlive_their_scope_do_nothing() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            let kept = RefCell::new(None);
            let memory = pin!(ScopeMem::<1024>::new());
            let scope = d::scope_in(memory, Policy::AllOrFail, |s| {
                let kept = &kept;
                d::task!(async move {
                    *kept.borrow_mut() = Some(s);
                    s.spawn(d::task!(async { 7 }))
                })
            });
            let child = scope.await.expect("nothing fails");
            assert!(child.is_over(), "its output went with the scope");
            child.cancel();
            same(child.await, Err(Error::Cancelled));
            let s = kept.borrow_mut().take().expect("the body ran");
            assert!(s.is_closed());
            s.cancel();
            s.cancel_all();
            s.deadline(1);
            let late = s.spawn(d::task!(async { panic!("begun") }));
            same(late.await.map(|()| 0), Err(Error::Cancelled));
            let late = s.try_spawn(d::sleep(1)).expect("closed, not full");
            same(late.ended().await.is_err(), true);
        }),
    );
    assert_eq!(trace.world.now_ms(), 0);
}

/// A handle may be used beside its scope: a spawn wakes the scope.
#[test]
fn t20_a_spawn_from_outside_of_the_scope_is_seen() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            let kept = RefCell::new(None);
            let trace = &trace;
            let memory = pin!(ScopeMem::<1024>::new());
            let scope = d::scope_in(memory, Policy::AllOrFail, |s| {
                let kept = &kept;
                d::task!(async move {
                    *kept.borrow_mut() = Some(s);
                    let _ = d::sleep(100).await;
                    trace.log("body");
                })
            });
            let beside = d::task!(async {
                let _ = d::sleep(10).await;
                let s = kept.borrow_mut().take().expect("the body ran");
                let _ = s.spawn(d::task!(async move { trace.log("child") }));
                let _ = d::sleep(10).await;
                s.deadline(20);
            });
            let (ended, ()) = d::join(scope, beside).await;
            assert!(ended.is_err());
        }),
    );
    assert_eq!(trace.events(), [(10, "child"), (40, "body")]);
}

#[test]
fn a_scope_that_is_not_begun_may_be_dropped() {
    let trace = Trace::new();
    d::block_on(
        trace.world,
        d::task!(async {
            let memory = pin!(ScopeMem::<256>::new());
            drop(d::scope_in(memory, Policy::AllOrFail, |s| {
                d::task!(async move {
                    let _ = s.spawn(d::sleep(1)).await;
                })
            }));
        }),
    );
}

#[test]
fn children_beyond_the_memory_go_to_the_heap_and_come_back() {
    const CHILDREN: u32 = if cfg!(miri) { 8 } else { 50 };
    let trace = Trace::new();
    let sum = d::block_on(
        trace.world,
        d::scope!(cap = 50, bytes = 512, |s| {
            let mut sum = 0;
            for round in 0..3_u32 {
                let mut children = Vec::new();
                for n in 0..CHILDREN {
                    children.push(s.spawn(d::task!(async move {
                        let _ = d::sleep(n % 7).await;
                        n + round
                    })));
                }
                for child in children {
                    sum += child.await.unwrap_or(0);
                }
            }
            sum
        }),
    );
    assert_eq!(sum, 3 * (0..CHILDREN).sum::<u32>() + CHILDREN * 3);
}
