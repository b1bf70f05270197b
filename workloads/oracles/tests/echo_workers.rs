//! What the tasks of an echo on several threads wait for.
#![cfg(feature = "std")]

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::task::{Context, Wake, Waker};
use std::thread;

use oracles::echo_workers::EchoWorkers;

/// Counts its wakes.
#[derive(Default)]
struct Woken(AtomicU32);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn polled(future: std::pin::Pin<&mut impl Future<Output = ()>>, waker: &Waker) -> bool {
    future.poll(&mut Context::from_waker(waker)).is_ready()
}

#[test]
fn a_client_goes_on_when_the_last_one_is_there() {
    let run = EchoWorkers::new(2, 64);
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut first = pin!(run.connected());
    assert!(!polled(first.as_mut(), &waker), "one of two is there");
    thread::scope(|scope| {
        scope.spawn(|| assert!(polled(pin!(run.connected()), Waker::noop())));
    });
    assert_eq!(woken.0.load(SeqCst), 1);
    assert!(polled(first, &waker));
}

#[test]
fn clients_wait_for_the_root_at_both_edges() {
    let run = EchoWorkers::new(1, 64);
    let world = contract::World::new();
    let (mut ready, mut through) = (pin!(run.ready()), pin!(run.through()));
    let mut root = pin!(run.measured(&world, contract::World::begin));
    assert!(!polled(root.as_mut(), Waker::noop()), "the client is not ready");
    assert!(!polled(ready.as_mut(), Waker::noop()), "the root has not begun");
    assert!(!polled(root.as_mut(), Waker::noop()), "the client is not through");
    assert!(polled(ready, Waker::noop()));
    assert!(!polled(through.as_mut(), Waker::noop()), "the root has not ended");
    assert!(polled(root, Waker::noop()));
    assert!(polled(through, Waker::noop()));
}

#[test]
fn a_client_that_failed_lets_everyone_go() {
    let run = EchoWorkers::new(2, 64);
    let world = contract::World::new();
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut waits = pin!(run.connected());
    let mut root = pin!(run.measured(&world, contract::World::begin));
    assert!(!polled(waits.as_mut(), &waker));
    assert!(!polled(root.as_mut(), &waker));
    run.abandon();
    assert_eq!(woken.0.load(SeqCst), 2);
    assert!(polled(waits, &waker) && polled(root, &waker));
    assert!(polled(pin!(run.ready()), &waker) && polled(pin!(run.through()), &waker));
}
