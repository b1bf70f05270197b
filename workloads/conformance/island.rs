//! Operations inside a foreign runtime: an island beside that runtime's own work.
//!
//! Mounted by a test of each facade that is an island; the parent module names the adapter of
//! its runtime as `host`, and has `enter`, which chooses the island's driver, and `plain`, which
//! makes a future an operation of the design. What becomes of an island that is given up differs
//! by design: `island_end.rs`, `island_drop.rs`.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use contract::Drivers;
use design as d;

use super::{enter, host, plain};

/// What waits as long waits for ever. A run takes a second, so that no load brings it near.
const BOUND_MS: u32 = 300_000;

/// Runs a program of the host, for `island_end.rs` and `island_drop.rs` too.
pub(super) fn run(program: impl Future<Output = ()>) {
    enter();
    host::block_on(Drivers::ALL, async {
        let ended = host::timeout(BOUND_MS, program).await;
        assert!(ended.is_ok(), "nothing may wait for ever");
    });
}

/// After the end of an island that had connected and read: what comes from its peer now must
/// find neither buffer nor socket.
pub(super) async fn nothing_is_left(mut listener: host::Listener) {
    let mut stream = host::accept(&mut listener).await.expect("it had connected");
    let mut buffer = host::buf(4096);
    buffer.fill(7);
    let _written = host::write_all(&mut stream, &mut buffer, 4096).await;
    let read = host::read(&mut stream, &mut buffer).await;
    assert!(matches!(read, Ok(0) | Err(d::IoError::Os(_))), "closed: {read:?}");
}

/// A server of the host's: writes back what it reads, until the peer closes.
async fn echo(mut listener: host::Listener) -> usize {
    let mut stream = host::accept(&mut listener).await.expect("accepted");
    let mut buffer = host::buf(16);
    let mut total = 0;
    loop {
        let read = host::read(&mut stream, &mut buffer).await.expect("read");
        if read == 0 {
            return total;
        }
        host::write_all(&mut stream, &mut buffer, read).await.expect("written");
        total += read;
    }
}

/// A client of the island's.
#[d::task_fn]
async fn ask(port: u16, rounds: u8) -> u32 {
    let mut stream = d::connect(port).await.expect("connected");
    let mut buffer = d::buf(100);
    let mut right = 0;
    for round in 0..rounds {
        buffer.as_mut().fill(round);
        let written = d::write_all(&mut stream, &mut buffer, 100).await;
        assert_eq!(written, Ok(()));
        let read = d::read_exact(&mut stream, &mut buffer, 100).await;
        assert_eq!(read, Ok(()));
        right += u32::from(buffer.as_ref().iter().all(|byte| *byte == round));
    }
    right
}

#[test]
fn an_island_talks_to_sockets_of_its_host() {
    run(async {
        let (listener, port) = host::listen().expect("loopback has a free port");
        let server = host::spawn_local(echo(listener));
        let right = d::island(ask(port, 20)).await.expect("there is a driver");
        assert_eq!(right, 20);
        let _echoed = server.await;
    });
}

#[test]
fn islands_are_tasks_like_others() {
    run(async {
        let mut tasks = Vec::new();
        let right = Rc::new(Cell::new(0));
        for _ in 0..8 {
            let (listener, port) = host::listen().expect("loopback has a free port");
            tasks.push(host::spawn_local(async move {
                echo(listener).await;
            }));
            let right = Rc::clone(&right);
            tasks.push(host::spawn_local(async move {
                let got = d::island(ask(port, 5)).await.expect("there is a driver");
                right.set(right.get() + got);
            }));
        }
        for task in tasks {
            let _ended = task.await;
        }
        assert_eq!(right.get(), 40);
    });
}

#[d::task_fn]
async fn naps(log: Rc<RefCell<Vec<&'static str>>>) {
    for _ in 0..3 {
        let slept = d::sleep(20).await;
        assert_eq!(slept, Ok(()));
        log.borrow_mut().push("island");
    }
}

#[test]
fn a_sleeping_island_lets_its_host_run() {
    run(async {
        let log = Rc::new(RefCell::new(Vec::new()));
        let told = Rc::clone(&log);
        let other = host::spawn_local(async move {
            host::sleep(30).await;
            told.borrow_mut().push("host");
        });
        d::island(naps(Rc::clone(&log))).await.expect("there is a driver");
        let _ended = other.await;
        let log = log.borrow();
        assert_eq!(log.len(), 4);
        assert_eq!(log.last(), Some(&"island"), "the host did not wait for the island's end");
    });
}

/// Set by another thread.
#[derive(Clone, Default)]
struct Flag(Arc<Mutex<(bool, Option<Waker>)>>);

impl Future for Flag {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.lock().expect("nothing panics with it");
        if state.0 {
            return Poll::Ready(());
        }
        state.1 = Some(cx.waker().clone());
        Poll::Pending
    }
}

#[d::task_fn]
async fn waits(flag: Flag) {
    plain(flag).await;
}

#[test]
fn an_island_is_woken_from_another_thread() {
    run(async {
        for _ in 0..20 {
            let flag = Flag::default();
            let setter = flag.clone();
            let thread = std::thread::spawn(move || {
                loop {
                    let mut state = setter.0.lock().expect("nothing panics with it");
                    if let Some(waker) = state.1.take() {
                        state.0 = true;
                        drop(state);
                        return waker.wake();
                    }
                    drop(state);
                    std::thread::yield_now();
                }
            });
            d::island(waits(flag)).await.expect("there is a driver");
            thread.join().expect("waking does not panic");
        }
    });
}

#[d::task_fn]
async fn panics(port: u16) {
    let mut stream = d::connect(port).await.expect("connected");
    let mut buffer = d::buf(64);
    let (_read, ()) = d::join(d::read(&mut stream, &mut buffer), boom()).await;
}

#[d::task_fn]
async fn boom() {
    let _slept = d::sleep(1).await;
    panic!("boom");
}

#[test]
fn a_panic_ends_what_is_in_flight_and_reaches_the_host() {
    enter();
    let unwound = std::panic::catch_unwind(|| {
        host::block_on(Drivers::ALL, async {
            let (_listener, port) = host::listen().expect("loopback has a free port");
            d::island(panics(port)).await
        })
    });
    let panic = unwound.expect_err("it panics");
    assert_eq!(panic.downcast_ref(), Some(&"boom"));
}
