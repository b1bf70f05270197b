//! What channel, semaphore and lock promise when something gives up between being granted
//! something and taking it. Polled by hand, so that every step is visible.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use kernel::leaf::chan::Chan;
use kernel::leaf::lock::Lock;
use kernel::leaf::sem::Sem;

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn is_ready<F: Future>(future: Pin<&mut F>) -> bool {
    poll(future).is_ready()
}

#[test]
fn an_item_granted_to_a_receiver_that_is_dropped_goes_to_the_next() {
    let chan: Chan<u32, 2> = Chan::new();
    let mut first = Box::pin(chan.recv());
    let mut second = Box::pin(chan.recv());
    assert!(!is_ready(first.as_mut()) && !is_ready(second.as_mut()));
    assert!(is_ready(pin!(chan.send(7))));
    drop(first);
    assert_eq!(poll(second.as_mut()), Poll::Ready(Some(7)));
    assert!(chan.is_empty());
}

#[test]
fn an_item_granted_to_the_only_receiver_stays_when_it_gives_up() {
    let chan: Chan<u32, 1> = Chan::new();
    let mut waiting = Box::pin(chan.recv());
    assert!(!is_ready(waiting.as_mut()));
    assert!(is_ready(pin!(chan.send(7))));
    waiting.withdraw();
    assert_eq!(poll(pin!(chan.recv())), Poll::Ready(Some(7)));
}

#[test]
fn an_item_that_was_granted_is_not_taken_by_a_newcomer() {
    let chan: Chan<u32, 1> = Chan::new();
    let mut first = Box::pin(chan.recv());
    assert!(!is_ready(first.as_mut()));
    assert!(is_ready(pin!(chan.send(7))));
    assert!(!is_ready(pin!(chan.recv())), "the item is the first receiver's");
    assert_eq!(poll(first.as_mut()), Poll::Ready(Some(7)));
}

#[test]
fn a_slot_granted_to_a_sender_that_is_dropped_goes_to_the_next() {
    let chan: Chan<u32, 1> = Chan::new();
    assert!(is_ready(pin!(chan.send(0))));
    let mut first = Box::pin(chan.send(1));
    let mut second = Box::pin(chan.send(2));
    assert!(!is_ready(first.as_mut()) && !is_ready(second.as_mut()));
    assert_eq!(poll(pin!(chan.recv())), Poll::Ready(Some(0)));
    assert!(!is_ready(pin!(chan.send(3))), "the slot is the first sender's");
    drop(first);
    assert_eq!(poll(second.as_mut()), Poll::Ready(Ok(())));
    assert_eq!(poll(pin!(chan.recv())), Poll::Ready(Some(2)));
}

#[test]
fn a_sender_that_gives_up_has_its_item_back() {
    let chan: Chan<u32, 1> = Chan::new();
    assert!(is_ready(pin!(chan.send(0))));
    let mut waiting = Box::pin(chan.send(1));
    assert!(!is_ready(waiting.as_mut()));
    assert_eq!(waiting.withdraw(), Some(1));
    assert_eq!(waiting.withdraw(), None, "given back once");
    assert_eq!(poll(pin!(chan.recv())), Poll::Ready(Some(0)));
    assert!(is_ready(pin!(chan.send(2))), "nothing stands in line any more");
}

#[test]
fn closing_gives_waiting_senders_their_items_and_receivers_what_is_left() {
    let chan: Chan<u32, 1> = Chan::new();
    assert!(is_ready(pin!(chan.send(0))));
    let mut waiting = Box::pin(chan.send(1));
    assert!(!is_ready(waiting.as_mut()));
    chan.close();
    assert_eq!(poll(waiting.as_mut()), Poll::Ready(Err(1)));
    assert_eq!(poll(pin!(chan.send(2))), Poll::Ready(Err(2)));
    assert_eq!(poll(pin!(chan.recv())), Poll::Ready(Some(0)));
    assert_eq!(poll(pin!(chan.recv())), Poll::Ready(None));
}

#[test]
fn a_waiter_in_the_middle_of_the_line_may_leave() {
    let sem = Sem::new(1);
    let Poll::Ready(held) = poll(pin!(sem.acquire())) else { panic!("one permit is free") };
    let mut line: Vec<_> = (0..3).map(|_| Box::pin(sem.acquire())).collect();
    assert!(line.iter_mut().all(|waiter| !is_ready(waiter.as_mut())));
    drop(line.remove(1));
    drop(held);
    let Poll::Ready(first) = poll(line[0].as_mut()) else { panic!("the head was granted") };
    assert!(!is_ready(line[1].as_mut()));
    drop(first);
    assert!(is_ready(line[1].as_mut()));
}

#[test]
fn a_lock_that_was_granted_and_given_up_goes_to_the_next() {
    let lock = Lock::new(1_u32);
    let Poll::Ready(mut guard) = poll(pin!(lock.lock())) else { panic!("the lock is open") };
    let mut first = Box::pin(lock.lock());
    let mut second = Box::pin(lock.lock());
    assert!(!is_ready(first.as_mut()) && !is_ready(second.as_mut()));
    *guard += 1;
    drop(guard);
    drop(first);
    let Poll::Ready(guard) = poll(second.as_mut()) else { panic!("the grant was passed on") };
    assert_eq!(*guard, 2);
}
