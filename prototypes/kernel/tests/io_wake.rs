//! Waking a real driver that blocks: from other threads, by timers, in storms.
#![cfg(feature = "io")]

mod io_support;
mod raw;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Poll, Waker};

use io_support::{block_on, block_on_driver, both, driver, pair, recv_exact, send_all};
use kernel::Instant;
use kernel::driver::select::Backend;
use kernel::driver::{Driver, Idle, OpHeader, Parked};
use kernel::leaf::sleep::sleep;
use kernel::run::children::Children;

const BACKENDS: [Backend; 2] = [Backend::Epoll, Backend::Uring];

#[test]
fn a_wake_from_another_thread_unparks() {
    for backend in BACKENDS {
        let (wakers, woken) = mpsc::channel::<Waker>();
        let counted = Arc::new(AtomicU32::new(0));
        let count = counted.clone();
        let thread = std::thread::spawn(move || {
            for waker in woken {
                count.fetch_add(1, Ordering::SeqCst);
                waker.wake();
            }
        });
        let mut polls = 0;
        block_on(
            backend,
            std::future::poll_fn(|cx| {
                if polls == 2000 {
                    return Poll::Ready(());
                }
                // One ask, one answer: a wake that is lost stops the test for ever, and one
                // too many shows as an answer that was not asked for.
                if counted.load(Ordering::SeqCst) == polls {
                    wakers.send(cx.waker().clone()).expect("the thread waits for wakers");
                    polls += 1;
                }
                Poll::Pending
            }),
        );
        drop(wakers);
        thread.join().unwrap();
        assert_eq!(counted.load(Ordering::SeqCst), 2000, "{backend}");
    }
}

#[test]
fn a_storm_of_wakes_is_one_turn_after_another() {
    const THREADS: u32 = 4;
    const EACH: u32 = 5000;
    for backend in BACKENDS {
        let done = Arc::new(AtomicU32::new(0));
        let mut started = false;
        let turns = Cell::new(0_u32);
        block_on(
            backend,
            std::future::poll_fn(|cx| {
                turns.set(turns.get() + 1);
                if !started {
                    started = true;
                    for _ in 0..THREADS {
                        let (waker, done) = (cx.waker().clone(), done.clone());
                        std::thread::spawn(move || {
                            for _ in 1..EACH {
                                waker.wake_by_ref();
                            }
                            done.fetch_add(1, Ordering::SeqCst);
                            waker.wake();
                        });
                    }
                }
                let all = done.load(Ordering::SeqCst) == THREADS;
                if all { Poll::Ready(()) } else { Poll::Pending }
            }),
        );
        assert!(turns.get() <= 1 + THREADS * EACH, "{backend}: a wake is at most one turn");
    }
}

/// T11: a waker that is older than its executor wakes nothing, and writes to no descriptor
/// that is another's by now.
#[test]
fn t11_a_waker_that_outlives_its_executor_is_harmless() {
    for backend in BACKENDS {
        let stale = block_on(backend, std::future::poll_fn(|cx| Poll::Ready(cx.waker().clone())));
        let thread = std::thread::spawn(move || {
            for _ in 0..10_000 {
                stale.wake_by_ref();
            }
        });
        for _ in 0..20 {
            block_on(backend, async {
                let (client, server) = pair().await;
                send_all(&client, b"mine").await.unwrap();
                let mut buffer = [0; 4];
                recv_exact(&server, &mut buffer).await.unwrap();
                assert_eq!(buffer, *b"mine");
                sleep(1).await;
            });
        }
        thread.join().unwrap();
    }
}

#[test]
fn timers_end_a_park_and_not_too_early() {
    for backend in BACKENDS {
        let driver = driver(backend);
        block_on_driver(&*driver, async {
            for ms in [0, 1, 3, 7] {
                let before = driver.now();
                sleep(ms).await;
                assert!(driver.now().0 - before.0 >= u64::from(ms) * 1000, "{backend} {ms}");
            }
            let before = driver.now();
            both(both(sleep(8), sleep(2)), both(sleep(5), sleep(8))).await;
            assert!(driver.now().0 - before.0 >= 8000, "{backend}");
        });
    }
}

/// A task that wakes itself for ever does not keep the driver from looking.
#[test]
fn a_root_that_never_rests_gets_its_events() {
    for backend in BACKENDS {
        block_on(backend, async {
            let (client, server) = pair().await;
            let mut buffer = [0; 1];
            let mut recv = pin!(recv_exact(&server, &mut buffer));
            assert!(io_support::once(recv.as_mut()).await.is_pending());
            send_all(&client, b"x").await.unwrap();
            let mut slept = pin!(sleep(1));
            let (mut received, mut fired) = (false, false);
            std::future::poll_fn(|cx| {
                received = received || recv.as_mut().poll(cx).is_ready();
                fired = fired || slept.as_mut().poll(cx).is_ready();
                cx.waker().wake_by_ref();
                if received && fired { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        });
    }
}

#[test]
fn a_thousand_connections_take_turns() {
    const CONNECTIONS: usize = 1000;
    let rounds = Cell::new(0_u32);
    let children = pin!(Children::<4096>::new());
    let children = children.as_ref();
    block_on(Backend::Epoll, async {
        for number in 0..CONNECTIONS {
            let (client, server) = pair().await;
            let frame = u32::try_from(number).unwrap().to_le_bytes();
            let rounds = &rounds;
            let serve = async move {
                let mut buffer = [0; 4];
                let source = server.source().unwrap();
                while source.recv(&mut buffer).await.unwrap() == 4 {
                    assert_eq!(source.send(&buffer).await.unwrap(), 4);
                }
            };
            let ask = async move {
                let mut buffer = [0; 4];
                let source = client.source().unwrap();
                for _ in 0..4 {
                    assert_eq!(source.send(&frame).await.unwrap(), 4);
                    assert_eq!(source.recv(&mut buffer).await.unwrap(), 4);
                    assert_eq!(buffer, frame);
                    rounds.set(rounds.get() + 1);
                }
            };
            // SAFETY: `clear` is called below, before `rounds` ends.
            let _server = unsafe { children.spawn(serve) };
            // SAFETY: as above.
            let _client = unsafe { children.spawn(ask) };
        }
        std::future::poll_fn(|cx| {
            children.drive(cx);
            if children.live() == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    });
    children.clear();
    assert_eq!(rounds.get(), 4000);
}

/// An operation of the runtime that ends as it is begun gives its root no second turn.
#[test]
fn what_ends_at_once_wakes_nobody() {
    block_on(Backend::Epoll, async {
        let (client, server) = pair().await;
        let mut sleep = pin!(sleep(1));
        let mut polls = 0;
        let counted = std::future::poll_fn(|cx| {
            if polls == 0 {
                let send = pin!(raw::send(client.fd(), b"here")).poll(cx);
                assert_eq!(send, Poll::Ready(4));
                let receive = pin!(raw::recv(server.fd(), &mut [0; 4])).poll(cx);
                assert_eq!(receive, Poll::Ready(4));
            }
            polls += 1;
            sleep.as_mut().poll(cx)
        });
        counted.await;
        assert_eq!(polls, 2, "one for the operations and one for the timer");
    });
}

/// Something is woken whenever the driver is about to block.
struct Hasty {
    inner: Box<dyn Driver>,
    root: RefCell<Option<Waker>>,
    parks: Cell<u32>,
    looks: Cell<u32>,
}

impl Driver for Hasty {
    fn now(&self) -> Instant {
        self.inner.now()
    }

    fn deadline(&self, ms: u32) -> Instant {
        self.inner.deadline(ms)
    }

    unsafe fn submit(&self, op: NonNull<OpHeader>) {
        // SAFETY: the caller's promise.
        unsafe { self.inner.submit(op) };
    }

    fn cancel(&self, op: &OpHeader) {
        self.inner.cancel(op);
    }

    fn edges(&self, _: usize) -> u32 {
        0
    }

    fn register(&self, _: usize, _: &Waker) {}

    fn park(&self, deadline: Option<Instant>, idle: Idle<'_>) -> Parked {
        self.parks.set(self.parks.get() + 1);
        self.root.borrow().as_ref().expect("the root was polled").wake_by_ref();
        self.inner.park(deadline, idle)
    }

    fn stuck(&self) -> ! {
        self.inner.stuck()
    }

    fn poll(&self) {
        self.looks.set(self.looks.get() + 1);
        self.inner.poll();
    }
}

#[test]
fn a_driver_that_never_gets_to_block_looks_all_the_same() {
    for backend in [Backend::Epoll, Backend::Uring] {
        let (root, parks, looks) = (RefCell::new(None), Cell::new(0), Cell::new(0));
        let hasty = Hasty { inner: driver(backend), root, parks, looks };
        let root = std::future::poll_fn(|cx| {
            *hasty.root.borrow_mut() = Some(cx.waker().clone());
            if hasty.looks.get() > 0 || hasty.parks.get() > 200 {
                return Poll::Ready(());
            }
            Poll::Pending
        });
        block_on_driver(&hasty, root);
        assert_eq!(hasty.looks.get(), 1, "{backend}: after {} parks", hasty.parks.get());
    }
}
