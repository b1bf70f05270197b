//! Wakers that panic, come back in, or have destructors, in the middle of what the kernel does.
//! Run it under Miri and AddressSanitizer as well.

#[path = "../../../workloads/conformance/doubles.rs"]
mod doubles;

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use contract::World;
use doubles::{counting, on_drop, on_wake, poll_with, unwinds};
use kernel::driver::sim::Sim;
use kernel::leaf::chan::{Chan, Recv};
use kernel::leaf::sem::{Permit, Sem};
use kernel::run::context;
use kernel::run::executor::{OnWatchdog, run};

fn world() -> &'static World {
    Box::leak(Box::new(World::new()))
}

/// Runs a future on virtual time; false when the watchdog ended it.
fn on_sim(world: &'static World, future: impl Future<Output = ()>) -> bool {
    let mut future = Box::pin(future);
    run(&Sim::new(world, context::edge), OnWatchdog::Drop, |cx| future.as_mut().poll(cx)).is_some()
}

fn leaked<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

type Waiting = RefCell<Option<Pin<Box<Recv<'static, u32, 1>>>>>;

#[test]
fn a_receiver_that_is_dropped_by_its_own_wake_passes_its_item_on() {
    thread_local! {
        static FIRST: Waiting = const { RefCell::new(None) };
    }
    let chan = leaked(Chan::<u32, 1>::new());
    let mut first = Box::pin(chan.recv());
    let dropper = on_wake(|| drop(FIRST.take()));
    assert!(poll_with(&mut first, &dropper).is_pending());
    FIRST.set(Some(first));
    let (woken, waker) = counting();
    let mut second = Box::pin(chan.recv());
    assert!(poll_with(&mut second, &waker).is_pending());
    assert!(poll_with(&mut Box::pin(chan.send(7)), Waker::noop()).is_ready());
    assert_eq!(woken.load(Ordering::Relaxed), 1);
    assert_eq!(poll_with(&mut second, &waker), Poll::Ready(Some(7)));
}

#[test]
fn a_grant_whose_waker_panics_is_a_grant() {
    let chan = Chan::<u32, 4>::new();
    let mut first = Box::pin(chan.recv());
    assert!(poll_with(&mut first, &on_wake(doubles::burst)).is_pending());
    assert!(unwinds(|| poll_with(&mut Box::pin(chan.send(1)), Waker::noop())));
    assert!(poll_with(&mut Box::pin(chan.send(2)), Waker::noop()).is_ready());
    assert_eq!(poll_with(&mut first, Waker::noop()), Poll::Ready(Some(1)));
    assert_eq!(poll_with(&mut Box::pin(chan.recv()), Waker::noop()), Poll::Ready(Some(2)));
    assert!(chan.is_empty());
}

#[test]
fn closing_tells_the_others_when_a_waker_panics() {
    let chan = Chan::<u32, 1>::new();
    assert!(poll_with(&mut Box::pin(chan.send(1)), Waker::noop()).is_ready());
    let (mut first, mut second) = (Box::pin(chan.send(2)), Box::pin(chan.send(3)));
    assert!(poll_with(&mut first, &on_wake(doubles::burst)).is_pending());
    let (woken, waker) = counting();
    assert!(poll_with(&mut second, &waker).is_pending());
    assert!(unwinds(|| chan.close()));
    assert_eq!(woken.load(Ordering::Relaxed), 1);
    assert_eq!(poll_with(&mut second, &waker), Poll::Ready(Err(3)));
}

thread_local! {
    static PERMIT: RefCell<Option<Permit<'static>>> = const { RefCell::new(None) };
}

/// A semaphore without permits, whose one permit is in [`PERMIT`].
fn taken() -> &'static Sem {
    let sem = leaked(Sem::new(1));
    let Poll::Ready(permit) = poll_with(&mut Box::pin(sem.acquire()), Waker::noop()) else {
        panic!("there is one");
    };
    PERMIT.set(Some(permit));
    sem
}

#[test]
fn what_the_destructor_of_an_old_waker_grants_is_told_to_the_new_one() {
    let sem = taken();
    let mut waits = Box::pin(sem.acquire());
    assert!(poll_with(&mut waits, &on_drop(|| drop(PERMIT.take()))).is_pending());
    let (woken, waker) = counting();
    let polled = poll_with(&mut waits, &waker);
    assert!(polled.is_ready() || woken.load(Ordering::Relaxed) == 1);
}

/// A waker whose clone runs a function.
fn on_clone(f: &'static (impl Fn() + Sync)) -> Waker {
    use std::task::{RawWaker, RawWakerVTable};
    trait Call {
        fn call(&self);
    }
    impl<F: Fn()> Call for F {
        fn call(&self) {
            self();
        }
    }
    static TABLE: RawWakerVTable = RawWakerVTable::new(
        |data| {
            // SAFETY: data is the leaked reference below.
            unsafe { *data.cast::<&'static dyn Call>() }.call();
            RawWaker::new(std::ptr::null(), Waker::noop().vtable())
        },
        |_| {},
        |_| {},
        |_| {},
    );
    let call: &'static &'static dyn Call = leaked(f as &'static dyn Call);
    // SAFETY: the clone is a waker that does nothing; the others do nothing.
    unsafe { Waker::from_raw(RawWaker::new(std::ptr::from_ref(call).cast(), &TABLE)) }
}

#[test]
fn what_the_clone_of_a_waker_grants_is_seen_by_the_poll_that_made_it() {
    let sem = taken();
    let waker = on_clone(&|| drop(PERMIT.take()));
    assert!(poll_with(&mut Box::pin(sem.acquire()), &waker).is_ready());
    let sem = taken();
    let mut waits = Box::pin(sem.acquire());
    assert!(poll_with(&mut waits, Waker::noop()).is_pending());
    assert!(poll_with(&mut waits, &waker).is_ready());
}

#[test]
fn a_timer_waits_on_when_the_clone_of_a_new_waker_panics() {
    let ended = on_sim(world(), async {
        let mut nap = Box::pin(kernel::leaf::sleep::sleep(5));
        poll_fn(|cx| {
            assert!(nap.as_mut().poll(cx).is_pending());
            let bad = on_clone(&doubles::burst);
            assert!(unwinds(|| nap.as_mut().poll(&mut Context::from_waker(&bad))));
            Poll::Ready(())
        })
        .await;
        // Not polled again before it has woken us.
        let mut polled = false;
        poll_fn(|cx| {
            if std::mem::replace(&mut polled, true) { nap.as_mut().poll(cx) } else { Poll::Pending }
        })
        .await;
    });
    assert!(ended, "the former waker was kept");
}

#[test]
fn a_run_inside_a_waker_is_refused() {
    let refused = Rc::new(Cell::new(false));
    thread_local! {
        static REFUSED: Cell<bool> = const { Cell::new(false) };
    }
    let world = world();
    world.start_line(0, 5);
    let ended = on_sim(world, async {
        let inner = on_wake(|| REFUSED.set(unwinds(|| on_sim(self::world(), async {}))));
        let mut edge = Box::pin(kernel::leaf::line::edge(0, 0));
        assert!(edge.as_mut().poll(&mut Context::from_waker(&inner)).is_pending());
        kernel::leaf::sleep::sleep(6).await;
    });
    refused.set(REFUSED.get());
    assert!(ended && refused.get());
}

#[test]
fn an_edge_wakes_all_who_wait_for_it() {
    let world = world();
    world.start_line(0, 5);
    let count = Cell::new(0);
    let ended = on_sim(world, async {
        let (mut a, mut b) =
            (Box::pin(kernel::leaf::line::edge(0, 0)), Box::pin(kernel::leaf::line::edge(0, 0)));
        let (woken_a, waker_a) = counting();
        let (woken_b, waker_b) = counting();
        assert!(poll_with(&mut a, &waker_a).is_pending());
        assert!(poll_with(&mut b, &waker_b).is_pending());
        kernel::leaf::sleep::sleep(7).await;
        count.set(woken_a.load(Ordering::Relaxed) + woken_b.load(Ordering::Relaxed));
    });
    assert!(ended);
    assert_eq!(count.get(), 2);
}

#[test]
fn a_sleep_that_outlives_its_run_counts_anew_in_the_next() {
    let nap = Rc::new(RefCell::new(Box::pin(kernel::leaf::sleep::sleep(50))));
    let first = nap.clone();
    assert!(on_sim(
        world(),
        poll_fn(move |cx| {
            assert!(first.borrow_mut().as_mut().poll(cx).is_pending());
            Poll::Ready(())
        })
    ));
    let second = world();
    assert!(on_sim(second, poll_fn(move |cx| nap.borrow_mut().as_mut().poll(cx))));
    assert_eq!(second.now_ms(), 50);
}
