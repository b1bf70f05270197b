//! Tasks on tokio's workers: what `workloads/conformance/tasks.rs` promises of tasks of one
//! thread, as far as it holds where tasks run beside their spawner. That text shares by `Rc`,
//! which no task here may keep.

use std::future::{pending, poll_fn};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::task::Poll;
use std::thread;

use contract::{Drivers, World};
use design_owned_tokio::parallel as d;

/// What waits as long waits for ever. A run takes a second, so that no load brings it near.
const BOUND_MS: u32 = 300_000;

fn run(op: impl d::Op<Output = ()>) {
    let world: &'static World = Box::leak(Box::new(World::new()));
    world.uses(Drivers::ALL);
    d::block_on(world, async {
        let ended = d::timeout(BOUND_MS, op).await;
        assert_eq!(ended, Ok(()), "nothing may wait for ever");
    });
}

/// Raises a count when it is dropped.
struct Gone(Arc<AtomicU32>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Keeps a guard and never ends.
async fn endless(guard: Gone) {
    let _guard = guard;
    pending::<()>().await;
}

#[test]
fn two_tasks_run_at_the_same_time_and_beside_the_root() {
    run(async {
        let met = Arc::new(Barrier::new(d::WORKERS + 1));
        let threads = d::scope!(cap = 2, bytes = 1024, |scope| {
            let [one, other] = [0, 1].map(|_| {
                let met = Arc::clone(&met);
                scope.spawn(async move {
                    met.wait();
                    thread::current().id()
                })
            });
            met.wait();
            [one.await, other.await]
        })
        .await;
        let root = thread::current().id();
        assert!(threads.iter().all(|id| *id != Ok(root)));
        assert_ne!(threads[0], threads[1]);
    });
}

#[test]
fn a_scope_waits_for_children_whose_handles_are_gone() {
    run(async {
        let ended = Arc::new(AtomicU32::new(0));
        let (let_go, held) = mpsc::channel::<()>();
        let held = Mutex::new(held);
        let mut all = Box::pin(d::scope!(cap = 8, bytes = 1024, |scope| {
            let mine = Arc::clone(&ended);
            let _held = scope.spawn(async move {
                let _never = held.lock().expect("one task locks").recv();
                mine.fetch_add(1, SeqCst);
            });
            for turns in 0..100 {
                let ended = Arc::clone(&ended);
                let _child = scope.spawn(async move {
                    for _ in 0..turns {
                        let _yielded = d::yield_now().await;
                    }
                    ended.fetch_add(1, SeqCst);
                });
            }
        }));
        while ended.load(SeqCst) < 100 {
            let waits = poll_fn(|cx| Poll::Ready(all.as_mut().poll(cx).is_pending())).await;
            assert!(waits, "one child is held");
            let _yielded = d::yield_now().await;
        }
        drop(let_go);
        all.await;
        assert_eq!(ended.load(SeqCst), 101);
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
fn a_child_that_is_cancelled_is_dropped_and_says_so() {
    run(async {
        let gone = Arc::new(AtomicU32::new(0));
        let _all = d::scope!(cap = 2, bytes = 1024, |scope| {
            let child = scope.spawn(endless(Gone(Arc::clone(&gone))));
            let other = scope.spawn(async { 1 });
            child.cancel();
            let ended = child.await;
            assert_eq!(ended, Err(d::Error::Cancelled));
            assert_eq!(gone.load(SeqCst), 1);
            let other = other.await;
            assert_eq!(other, Ok(1), "the others go on");
        })
        .await;
    });
}

#[test]
fn a_scope_ends_after_the_futures_of_its_cancelled_children() {
    // Some are dropped before their first poll, and some within a wait.
    for _ in 0..200 {
        run(async {
            let gone = Arc::new(AtomicU32::new(0));
            let _all = d::scope!(cap = 8, bytes = 1024, |scope| {
                for _ in 0..8 {
                    let _child = scope.spawn(endless(Gone(Arc::clone(&gone))));
                }
                scope.cancel_all();
            })
            .await;
            assert_eq!(gone.load(SeqCst), 8);
        });
    }
}

#[test]
fn a_scope_that_is_dropped_aborts_its_children() {
    run(async {
        let gone = Arc::new(AtomicU32::new(0));
        let never = async {
            let _all = d::scope!(cap = 2, bytes = 1024, |scope| {
                for _ in 0..2 {
                    let _child = scope.spawn(endless(Gone(Arc::clone(&gone))));
                }
            })
            .await;
        };
        assert_eq!(d::timeout(5, never).await, Err(d::Error::Elapsed));
        while gone.load(SeqCst) < 2 {
            let _yielded = d::yield_now().await;
        }
    });
}

#[test]
fn a_panic_of_a_child_goes_to_whoever_awaits_it() {
    let harmed = std::panic::catch_unwind(|| {
        run(async {
            let _all = d::scope!(cap = 1, bytes = 1024, |scope| {
                let child = scope.spawn(async { panic!("of the child") });
                let _ended: Result<(), _> = child.await;
            })
            .await;
        });
    });
    let payload = harmed.expect_err("the joiner has it");
    assert_eq!(payload.downcast_ref(), Some(&"of the child"));
}

#[test]
fn a_child_that_panics_alone_has_left_its_scope() {
    run(async {
        let _all = d::scope!(cap = 1, bytes = 1024, |scope| {
            let _child = scope.spawn(async { panic!("nothing awaits it") });
        })
        .await;
    });
}

#[test]
fn tasks_that_end_at_once_leave_nothing_behind() {
    run(async {
        let scope = d::Scope::new();
        for _ in 0..10_000 {
            let _child = scope.spawn(async {});
        }
        scope.ended().await;
        assert!(format!("{scope:?}").contains("live: 0, places: 0"), "{scope:?}");
    });
}

#[test]
fn an_echo_is_served_by_a_task() {
    run(async {
        let (mut listener, port) = d::listen().expect("a port is free");
        let _all = d::scope!(cap = 1, bytes = 1024, |scope| {
            let (server, client) = d::join(d::accept(&mut listener), d::connect(port)).await;
            let mut server = server.expect("accepted");
            let _child = scope.spawn(async move {
                let mut buffer = d::buf(4);
                d::read_exact(&mut server, &mut buffer, 4).await.expect("read");
                d::write_all(&mut server, &mut buffer, 4).await.expect("written");
            });
            let (mut client, mut message) = (client.expect("connected"), d::buf(4));
            message.copy_from_slice(b"ping");
            d::write_all(&mut client, &mut message, 4).await.expect("written");
            message.fill(0);
            d::read_exact(&mut client, &mut message, 4).await.expect("read");
            assert_eq!(&message[..], b"ping");
        })
        .await;
    });
}
