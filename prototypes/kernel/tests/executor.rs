//! The executor, timers and primitives on the simulated driver, as event traces.

use std::cell::RefCell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use contract::{WATCHDOG_MS, World};
use kernel::leaf::chan::Chan;
use kernel::leaf::sem::Sem;
use kernel::leaf::sleep::sleep;
use kernel::run::children::Children;
use kernel::run::executor::{OnWatchdog, run_on_world};

fn world() -> &'static World {
    Box::leak(Box::new(World::new()))
}

fn block_on<F: Future>(world: &'static World, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    run_on_world(world, OnWatchdog::Drop, |cx| future.as_mut().poll(cx))
}

/// Polls all of its futures whenever it is polled.
struct All<'a>(Vec<Pin<Box<dyn Future<Output = ()> + 'a>>>);

impl Future for All<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.retain_mut(|future| future.as_mut().poll(cx).is_pending());
        if self.0.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Runs each future as a child with a waker of its own, so that they run in the order of
/// their wakes.
fn run_each(world: &'static World, futures: Vec<Pin<Box<dyn Future<Output = ()> + '_>>>) {
    let children = pin!(Children::<16_384>::new());
    let children = children.as_ref();
    block_on(world, async {
        for future in futures {
            // SAFETY: `clear` is called below, before the futures' borrows end.
            let _handle = unsafe { children.spawn(future) };
        }
        std::future::poll_fn(|cx| {
            children.drive(cx);
            if children.live() == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    });
    children.clear();
}

#[test]
fn time_jumps_to_the_next_timer() {
    let world = world();
    let out = block_on(world, async {
        sleep(30).await;
        sleep(0).await;
        sleep(12).await;
        world.now_ms()
    });
    assert_eq!(out, Some(42));
}

#[test]
fn timers_fire_in_order_of_deadline_and_then_of_arming() {
    let (world, log) = (world(), RefCell::new(Vec::new()));
    let wait = |name: u32, ms: u32| {
        let log = &log;
        Box::pin(async move {
            sleep(ms).await;
            log.borrow_mut().push((world.now_ms(), name));
        }) as Pin<Box<dyn Future<Output = ()>>>
    };
    block_on(world, All(vec![wait(1, 20), wait(2, 10), wait(3, 20), wait(4, 5), wait(5, 10)]));
    assert_eq!(*log.borrow(), [(5, 4), (10, 2), (10, 5), (20, 1), (20, 3)]);
}

#[test]
fn a_schedule_permutes_timers_of_one_deadline_and_nothing_else() {
    for seed in [0, 3, 99] {
        let (world, log) = (world(), RefCell::new(Vec::new()));
        world.script().choose(seed, 0);
        let mut futures: Vec<Pin<Box<dyn Future<Output = ()> + '_>>> = Vec::new();
        for name in 0..40_u32 {
            let log = &log;
            futures.push(Box::pin(async move {
                sleep(10).await;
                log.borrow_mut().push(name);
            }));
        }
        run_each(world, futures);
        let mut expected: Vec<u32> = (0..40).collect();
        expected.sort_by_key(|name| world.script().tie(10_000, *name));
        assert_eq!(*log.borrow(), expected, "seed {seed}");
    }
}

#[test]
fn many_timers_leave_the_heap_in_order_even_when_some_are_dropped() {
    let (world, log) = (world(), RefCell::new(Vec::new()));
    let mut futures: Vec<Pin<Box<dyn Future<Output = ()> + '_>>> = Vec::new();
    for i in 0..200_u32 {
        let ms = i * 7919 % 199 + 1;
        let log = &log;
        futures.push(Box::pin(async move {
            let mut victim = Box::pin(sleep(ms / 2 + 1));
            let pending = std::future::poll_fn(|cx| Poll::Ready(victim.as_mut().poll(cx))).await;
            assert!(pending.is_pending());
            drop(victim);
            sleep(ms).await;
            log.borrow_mut().push(world.now_ms());
        }));
    }
    block_on(world, All(futures));
    assert_eq!(log.borrow().len(), 200);
    assert!(log.borrow().is_sorted());
}

#[test]
fn the_watchdog_ends_a_root_that_waits_for_nothing() {
    let world = world();
    assert_eq!(block_on(world, std::future::pending::<()>()), None);
    assert!(world.ledger().watchdog_fired());
    assert_eq!(world.now_ms(), WATCHDOG_MS);
}

#[test]
fn a_full_channel_hands_slots_over_in_order() {
    let (world, log) = (world(), RefCell::new(Vec::new()));
    let chan: Chan<u32, 1> = Chan::new();
    let (chan, log_ref) = (&chan, &log);
    let send = |value| {
        Box::pin(async move {
            chan.send(value).await.expect("open");
        }) as Pin<Box<dyn Future<Output = ()>>>
    };
    let recv = Box::pin(async move {
        for _ in 0..4 {
            sleep(5).await;
            let value = chan.recv().await;
            log_ref.borrow_mut().push((world.now_ms(), value));
        }
        chan.close();
        assert_eq!(chan.recv().await, None);
    });
    block_on(world, All(vec![send(1), send(2), send(3), send(4), recv]));
    let expected = [(5, Some(1)), (10, Some(2)), (15, Some(3)), (20, Some(4))];
    assert_eq!(*log.borrow(), expected);
}

#[test]
fn a_granted_permit_that_nobody_polls_is_not_available() {
    let sem = Sem::new(1);
    block_on(world(), async {
        let held = sem.acquire().await;
        let mut waiting = Box::pin(sem.acquire());
        let polled = std::future::poll_fn(|cx| Poll::Ready(waiting.as_mut().poll(cx))).await;
        assert!(polled.is_pending());
        drop(held);
        assert_eq!(sem.available(), 0, "granted to the waiter at the head");
        drop(waiting);
        assert_eq!(sem.available(), 1, "a grant that is given up comes back");
    });
}

#[test]
fn children_are_polled_only_when_woken_and_nested_spawns_run() {
    let (world, log) = (world(), RefCell::new(Vec::new()));
    let children = pin!(Children::<2048>::new());
    let children = children.as_ref();
    block_on(world, async {
        let (log, parent) = (&log, children);
        let child = async move {
            sleep(10).await;
            let nested = async move {
                sleep(1).await;
                log.borrow_mut().push((world.now_ms(), "nested"));
                7_u32
            };
            // SAFETY: `clear` is called below, before `log` ends.
            let nested = unsafe { parent.spawn(nested) };
            // SAFETY: before `clear`.
            let out = std::future::poll_fn(|cx| unsafe { nested.poll_join(cx) }).await;
            log.borrow_mut().push((world.now_ms(), "child"));
            assert_eq!(out, Some(7));
        };
        // SAFETY: `clear` is called below, before `log` ends.
        let child = unsafe { parent.spawn(child) };
        std::future::poll_fn(|cx| {
            parent.drive(cx);
            // SAFETY: before `clear`.
            unsafe { child.poll_join(cx) }
        })
        .await;
    });
    children.clear();
    assert_eq!(*log.borrow(), [(11, "nested"), (11, "child")]);
    assert_eq!(children.live(), 0);
}
