//! What a wait costs, and what ends it: completions, timers, another thread.
#![cfg(all(feature = "io", not(loom)))]

mod ring;

use std::future::poll_fn;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::task::{Poll, Waker};

use kernel::driver::Driver;
use kernel::leaf::sleep::sleep;
use ring::{block, both, pair, recv, ring, send};

async fn exchange(socket: &TcpStream, rounds: u32, first: bool) {
    let mut buffer = [0; 64];
    for round in 0..rounds {
        if first {
            assert_eq!(send(socket, &[round.to_le_bytes()[0]; 64]).await, 64);
        }
        assert_eq!(recv(socket, &mut buffer).await, 64);
        assert_eq!(buffer, [round.to_le_bytes()[0]; 64]);
        if !first {
            assert_eq!(send(socket, &buffer).await, 64);
        }
    }
}

#[test]
fn a_round_trip_is_two_calls() {
    let (client, server) = pair();
    let ring = ring(8);
    block(&ring, both(exchange(&client, 100, true), exchange(&server, 100, false)));
    // Four operations: those of one tick go into one call, with the wait for the next.
    let enters = ring.enters();
    assert!((200..=203).contains(&enters), "{enters}");
}

#[test]
fn operations_of_one_tick_go_in_one_call() {
    let file = tempfile::tempfile().unwrap();
    let ring = ring(64);
    let fd = std::os::fd::AsRawFd::as_raw_fd(&file);
    let writes =
        (0..50).map(|at| ring::Must(kernel::leaf::borrowed::Borrowed::write_at(fd, b"x", at)));
    assert_eq!(block(&ring, ring::all(writes.collect())), [1; 50]);
    // The kernel may hand the writes to workers, whose ends come one by one.
    assert!(ring.enters() <= 50, "{}", ring.enters());
}

#[test]
fn timers_are_not_early() {
    let ring = ring(8);
    let timed = async |ms: u32| {
        let begin = ring.now();
        sleep(ms).await;
        assert!(ring.now().0 - begin.0 >= u64::from(ms) * 1000);
    };
    block(&ring, both(both(timed(7), timed(2)), both(timed(5), timed(1))));
}

#[test]
fn a_timer_is_the_timeout_of_the_wait() {
    let mut ms = 3;
    loop {
        let ring = ring(8);
        block(&ring, sleep(ms));
        // One call; the first may be cut short by an old ring of the notifier.
        assert!(ring.enters() <= 2, "{}", ring.enters());
        if ring.enters() > 0 {
            return;
        }
        // A machine that is busy elsewhere comes back when the time has passed.
        ms *= 2;
        assert!(ms < 10_000, "it does not wait in the ring");
    }
}

#[test]
fn bytes_end_a_wait_with_a_timer() {
    let (client, server) = pair();
    let ring = ring(8);
    let mut buffer = [0; 1];
    let mut timer = std::pin::pin!(sleep(600_000));
    let received = block(&ring, async {
        assert!(ring::once(timer.as_mut()).await.is_none());
        both(send(&client, b"x"), recv(&server, &mut buffer)).await
    });
    assert_eq!(received, (1, 1));
}

/// Another thread that is given wakers and wakes each after it has raised the count.
fn waking_thread() -> (mpsc::Sender<Waker>, Arc<AtomicU32>, std::thread::JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel::<Waker>();
    let woken = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&woken);
    let thread = std::thread::spawn(move || {
        for waker in receiver {
            count.fetch_add(1, Ordering::Release);
            waker.wake();
        }
    });
    (sender, woken, thread)
}

#[test]
fn another_thread_ends_a_wait() {
    let ring = ring(8);
    let (wakers, woken, thread) = waking_thread();
    block(&ring, async {
        for round in 1..=200 {
            let mut asked = false;
            poll_fn(|cx| {
                if !asked {
                    asked = true;
                    wakers.send(cx.waker().clone()).unwrap();
                }
                let done = woken.load(Ordering::Acquire) >= round;
                if done { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    });
    drop(wakers);
    thread.join().unwrap();
    // A wait that is cut short is one call; so is the one after it.
    assert!(ring.enters() <= 401, "{}", ring.enters());
}

#[test]
fn another_thread_and_bytes_together() {
    let (client, server) = pair();
    let ring = ring(8);
    let (wakers, woken, thread) = waking_thread();
    let woken_often = async {
        for round in 1..=100 {
            let mut asked = false;
            poll_fn(|cx| {
                if !asked {
                    asked = true;
                    wakers.send(cx.waker().clone()).unwrap();
                }
                let done = woken.load(Ordering::Acquire) >= round;
                if done { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    };
    let echo = both(exchange(&client, 100, true), exchange(&server, 100, false));
    block(&ring, both(woken_often, echo));
    drop(wakers);
    thread.join().unwrap();
    assert_eq!(ring.in_flight(), 0);
}
