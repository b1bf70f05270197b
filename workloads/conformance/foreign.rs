//! Children under a task that is not ours: on a foreign executor a scope, a group or a
//! kept operation is polled with a waker of that executor, and whatever wakes a child has to
//! reach it, from wherever it comes.
//!
//! Mounted by a test of each facade of the poll family, as `io.rs` is; the parent module also
//! gives `spawn_local`, which starts a task of the runtime beside the one under test.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use contract::World;
use design as d;

use super::spawn_local;

/// What waits as long waits for ever. A run takes a second, so that no load brings it near.
const BOUND_MS: u32 = 300_000;

fn run(op: impl d::Op<Output = ()>) {
    let world: &'static World = Box::leak(Box::new(World::new()));
    d::block_on(world, async {
        let ended = d::timeout(BOUND_MS, op).await;
        assert_eq!(ended, Ok(()), "a wake was lost");
    });
}

/// Something that another task or thread sets once.
#[derive(Clone, Debug, Default)]
struct Flag(Arc<Mutex<(bool, Option<Waker>)>>);

impl Flag {
    fn set(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 = true;
        let waker = state.1.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn is_awaited(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.is_some()
    }
}

impl Future for Flag {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.0 {
            return Poll::Ready(());
        }
        state.1 = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// Sets the flags in turn, each from a new thread, once something waits for it.
fn set_from_threads(flags: Vec<Flag>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        for flag in flags {
            while !flag.is_awaited() {
                std::thread::yield_now();
            }
            std::thread::spawn(move || flag.set()).join().expect("setting does not panic");
        }
    })
}

/// Sets the flags in turn from a task of the runtime, once something waits for it.
async fn set_from_a_task(flags: Vec<Flag>) {
    for flag in flags {
        while !flag.is_awaited() {
            let _yielded = d::yield_now().await;
        }
        flag.set();
    }
}

/// Children that wait for a flag each; the order in which they were let go.
async fn wait_for(flags: &[Flag]) -> Vec<usize> {
    let order = RefCell::new(Vec::new());
    let _all = d::scope!(cap = 8, bytes = 1024, |scope| {
        for (number, flag) in flags.iter().enumerate() {
            let order = &order;
            let _child = scope.spawn(async move {
                flag.clone().await;
                order.borrow_mut().push(number);
            });
        }
    })
    .await;
    order.into_inner()
}

fn flags(count: usize) -> Vec<Flag> {
    (0..count).map(|_| Flag::default()).collect()
}

#[test]
fn a_child_is_woken_from_another_task() {
    run(async {
        let flags = flags(4);
        let backwards = flags.iter().rev().cloned().collect();
        let setter = spawn_local(set_from_a_task(backwards));
        assert_eq!(wait_for(&flags).await, [3, 2, 1, 0]);
        let _ended = setter.await;
    });
}

#[test]
fn a_child_is_woken_from_another_thread() {
    run(async {
        for _ in 0..50 {
            let flags = flags(4);
            let setter = set_from_threads(flags.iter().rev().cloned().collect());
            assert_eq!(wait_for(&flags).await, [3, 2, 1, 0]);
            setter.join().expect("setting does not panic");
        }
    });
}

#[test]
fn a_grandchild_is_woken_from_another_thread() {
    run(async {
        let flags = flags(4);
        let setter = set_from_threads(flags.clone());
        let inner = &flags;
        let order = d::scope!(cap = 1, bytes = 1024, |scope| {
            let child = scope.spawn(async move { wait_for(inner).await });
            child.await
        })
        .await;
        assert_eq!(order, Ok(vec![0, 1, 2, 3]));
        setter.join().expect("setting does not panic");
    });
}

#[test]
fn a_scope_in_a_spawned_task_is_woken_from_another_thread() {
    run(async {
        let flags = flags(4);
        let setter = set_from_threads(flags.clone());
        let done = Rc::new(Cell::new(false));
        let told = Rc::clone(&done);
        let task = spawn_local(async move {
            assert_eq!(wait_for(&flags).await, [0, 1, 2, 3]);
            told.set(true);
        });
        let _ended = task.await;
        assert!(done.get());
        setter.join().expect("setting does not panic");
    });
}

#[test]
fn a_kept_operation_is_woken_from_another_thread() {
    run(async {
        let flags = flags(3);
        let setter = set_from_threads(flags.clone());
        let all = async {
            for flag in &flags {
                flag.clone().await;
            }
            7
        };
        let got = d::hold!(all, |kept| {
            loop {
                match d::race(kept.turn(), d::sleep(1)).await {
                    d::Either::A(got) => break got,
                    d::Either::B(_) => {}
                }
            }
        })
        .await;
        assert_eq!(got, 7);
        setter.join().expect("setting does not panic");
    });
}

#[test]
fn children_hand_over_through_the_primitives_of_the_design() {
    run(async {
        d::chan!(there: u32, 1);
        d::chan!(back: u32, 1);
        d::lock!(total = 0_u32);
        d::sem!(turns = 1);
        let _all = d::scope!(cap = 2, bytes = 1024, |scope| {
            let _pong = scope.spawn(async {
                while let Ok(Some(ball)) = there.recv().await {
                    let _turn = turns.acquire().await;
                    let _slept = d::sleep(u32::from(ball % 40 == 0)).await;
                    let _sent = back.send(ball + 1).await;
                }
            });
            let _ping = scope.spawn(async {
                let mut ball = 0;
                for _ in 0..100 {
                    let turn = turns.acquire().await;
                    let _sent = there.send(ball + 1).await;
                    drop(turn);
                    ball = back.recv().await.ok().flatten().unwrap_or(0);
                }
                there.close();
                *total.lock().await.expect("nothing is cancelled") += ball;
            });
        })
        .await;
        assert_eq!(*total.lock().await.expect("nothing is cancelled"), 200);
    });
}

#[test]
fn a_window_of_operations_is_driven() {
    run(async {
        let seen = RefCell::new(Vec::new());
        let naps = (0..6_u32).map(|item| async move {
            let _slept = d::sleep(6 - item).await;
            item
        });
        d::buffered::<3, _, _, _>(naps, |item| {
            let seen = &seen;
            async move {
                let _slept = d::sleep(1).await;
                seen.borrow_mut().push(item);
            }
        })
        .await;
        assert_eq!(*seen.borrow(), [0, 1, 2, 3, 4, 5]);
    });
}

#[test]
fn a_scope_that_is_dropped_half_way_lets_its_children_go() {
    run(async {
        let flags = flags(2);
        let ended = d::timeout(10, wait_for(&flags)).await;
        assert_eq!(ended, Err(d::Error::Elapsed));
        // Wakes that come too late wake nothing.
        flags.iter().for_each(Flag::set);
        assert_eq!(wait_for(&flags).await, [0, 1]);
    });
}
