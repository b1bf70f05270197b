//! Ends of threads, of runs, of descriptors and of the table of wakers over a real driver, written
//! once in the dialect.
//!
//! What decides is outside of the driver: sockets of the standard library. A peer that is told of
//! the end of its connection knows that no operation in flight keeps it open, and a socket that
//! was given the number of a closed one gets all of its own bytes.
//!
//! Mounted beside `io.rs`, by a test that also gives `plain`, which makes an operation of a future.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::time::Duration;

use design as d;
use kernel::wake::handle::List;

use super::io::kept_world as world;
use super::{enter, plain};

#[path = "torment/process.rs"]
mod process;

/// What waits as long waits for ever. A run takes a second, so that no load brings it near.
const BOUND: Duration = Duration::from_secs(300);

/// A connection, and its other end outside of the runtime.
#[d::task_fn]
async fn pair() -> (d::Conn, TcpStream) {
    let (mut listener, port) = d::listen().expect("loopback has a free port");
    let peer = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
    peer.set_read_timeout(Some(BOUND)).expect("a limit is set");
    (d::accept(&mut listener).await.expect("connected"), peer)
}

/// The other end is told that nothing has the connection any more, and got nothing before.
fn is_told(mut peer: TcpStream) {
    let mut byte = [0];
    match peer.read(&mut byte) {
        Ok(read) => assert_eq!(read, 0, "a byte of another"),
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
    }
}

/// One round trip.
#[d::task_fn]
async fn echoes() {
    let (mut conn, mut peer) = pair().await;
    peer.write_all(b"ping").expect("connected");
    let mut buffer = d::buf(4);
    let read = d::read_exact(&mut conn, &mut buffer, 4).await;
    assert_eq!((read, buffer.as_ref()), (Ok(()), &b"ping"[..]));
    let written = d::write_all(&mut conn, &mut buffer, 4).await;
    assert_eq!(written, Ok(()));
    let mut back = [0; 4];
    peer.read_exact(&mut back).expect("it was written");
    assert_eq!(&back, b"ping");
    drop(conn);
    is_told(peer);
}

/// Begins to read from a silent peer, gives up after some turns, and closes.
#[d::task_fn]
async fn gives_up(turns: u32) -> TcpStream {
    let (mut conn, peer) = pair().await;
    let mut buffer = d::buf(8);
    let stops = d::task!(async {
        for _ in 0..turns {
            let _passed = d::yield_now().await;
        }
        if turns > 2 {
            let _passed = d::sleep(1).await;
        }
    });
    let raced = d::race(d::read(&mut conn, &mut buffer), stops).await;
    assert!(matches!(raced, d::Either::B(())), "the peer is silent");
    drop(conn);
    peer
}

#[test]
fn t01_the_next_socket_of_a_number_gets_all_of_its_bytes() {
    enter();
    d::block_on(world(), numbers());
}

/// The number of a connection whose read was given up is taken at once by sockets that are not
/// ours, and they are spoken to while the driver still ends the read.
#[d::task_fn]
async fn numbers() {
    for turns in [0, 1, 2, 3, 0, 3] {
        let peer = gives_up(turns).await;
        let pairs: Vec<_> = (0..4).map(|_| UnixStream::pair().expect("two sockets")).collect();
        for (one, other) in &pairs {
            (&*one).write_all(b"secret").expect("there is room");
            (&*other).write_all(b"hidden").expect("there is room");
        }
        let _meanwhile = d::sleep(2).await;
        for (one, other) in &pairs {
            for (mut socket, bytes) in [(one, b"hidden"), (other, b"secret")] {
                socket.set_nonblocking(true).expect("a socket");
                let mut got = [0; 8];
                let read = socket.read(&mut got).expect("its bytes are there, all of them");
                assert_eq!(&got[..read], bytes);
            }
        }
        is_told(peer);
    }
}

thread_local! {
    /// Runs when its thread ends.
    static LATE: RefCell<Late> = const { RefCell::new(Late(None)) };
}

struct Late(Option<mpsc::Sender<()>>);

impl Drop for Late {
    fn drop(&mut self) {
        if let Some(done) = self.0.take() {
            enter();
            d::block_on(world(), echoes());
            d::block_on(world(), numbers());
            done.send(()).expect("the test waits");
        }
    }
}

/// Values of a thread are destroyed in no promised order: this one before, and after, what a
/// design itself keeps for the thread.
#[test]
fn t07_a_thread_may_run_async_code_while_it_ends() {
    for first in [true, false] {
        let (done, is_done) = mpsc::channel();
        let late = move || LATE.with_borrow_mut(|late| late.0 = Some(done));
        let thread = std::thread::spawn(move || {
            enter();
            if first {
                late();
                d::block_on(world(), echoes());
            } else {
                d::block_on(world(), echoes());
                late();
            }
        });
        thread.join().expect("it ends");
        is_done.recv_timeout(BOUND).expect("its destructor has run both programs to their ends");
    }
}

/// What a thread keeps of a run is dropped when the thread ends.
#[test]
fn t07_a_thread_may_end_with_what_a_run_has_left() {
    thread_local! {
        static KEPT: RefCell<Vec<(d::Conn, d::Buf)>> = const { RefCell::new(Vec::new()) };
    }
    let (sends, peers) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        enter();
        let (keeps, kept) = (sends.clone(), sends);
        d::block_on(
            world(),
            leaves(&keeps, |conn, buffer| {
                KEPT.with_borrow_mut(|all| all.push((conn, buffer)));
            }),
        );
        // In the middle of them another run, which has nothing to do with them.
        d::block_on(world(), echoes());
        drop((keeps, kept));
    });
    let first: TcpStream = peers.recv_timeout(BOUND).expect("a peer");
    let second = peers.recv_timeout(BOUND).expect("a peer");
    thread.join().expect("it ends");
    is_told(first);
    is_told(second);
}

#[d::task_fn]
async fn leaves(peers: &mpsc::Sender<TcpStream>, keep: fn(d::Conn, d::Buf)) {
    for turns in [0, 3] {
        let (mut conn, mut peer) = pair().await;
        let mut buffer = d::buf(8);
        peer.write_all(b"kept").expect("connected");
        let read = d::read(&mut conn, &mut buffer).await;
        assert_eq!((read, &buffer.as_ref()[..4]), (Ok(4), &b"kept"[..]));
        let mut other = d::buf(8);
        let stops = d::task!(async {
            for _ in 0..turns {
                let _passed = d::yield_now().await;
            }
        });
        let raced = d::race(d::read(&mut conn, &mut other), stops).await;
        assert!(matches!(raced, d::Either::B(())), "the peer is silent");
        keep(conn, buffer);
        peers.send(peer).expect("the test waits");
    }
}

/// A waker is kept by another thread, which wakes it while the run waits, after it has ended, and
/// while the next run on the same thread waits.
#[test]
fn t11_a_waker_of_a_run_that_has_ended_wakes_nothing() {
    enter();
    let (sends, wakers) = mpsc::channel::<Waker>();
    let (go, goes) = mpsc::channel::<()>();
    let thread = std::thread::spawn(move || {
        let waker = wakers.recv().expect("the run sends one");
        waker.wake_by_ref();
        while goes.recv().is_ok() {
            for _ in 0..50 {
                waker.wake_by_ref();
                let clone = waker.clone();
                drop(clone);
            }
        }
    });
    d::block_on(world(), wakes_itself(&sends));
    for _ in 0..20 {
        go.send(()).expect("the thread waits");
        d::block_on(world(), echoes());
    }
    drop(go);
    thread.join().expect("a waker is harmless");
}

#[d::task_fn]
async fn wakes_itself(wakers: &mpsc::Sender<Waker>) {
    let mut polls = 0;
    plain(std::future::poll_fn(|cx| {
        polls += 1;
        if polls == 1 {
            wakers.send(cx.waker().clone()).expect("the thread waits");
            return Poll::Pending;
        }
        Poll::Ready(())
    }))
    .await;
    assert_eq!(polls, 2, "once for the wake of the other thread");
}

/// All nodes of the table of wakers that nothing has, which is of the whole process.
fn all_nodes() -> Vec<List> {
    let nodes = std::iter::from_fn(|| List::new().ok()).collect();
    assert!(List::new().is_err(), "the table is full");
    nodes
}

/// The table is full while sockets are in flight: a wait that has begun needs no node.
#[test]
fn a_full_table_of_wakers_ends_no_operation() {
    if process::in_one_of_its_own() {
        return;
    }
    enter();
    d::block_on(world(), reads_beside_a_full_table());
    d::block_on(world(), echoes());
}

#[d::task_fn]
async fn reads_beside_a_full_table() {
    let (mut conn, mut peer) = pair().await;
    let mut buffer = d::buf(4);
    let fills = d::task!(async {
        let _begun = d::sleep(1).await;
        let nodes = all_nodes();
        peer.write_all(b"ping").expect("connected");
        let _meanwhile = d::sleep(1).await;
        drop(nodes);
    });
    let (read, ()) = d::join(d::read_exact(&mut conn, &mut buffer, 4), fills).await;
    assert_eq!((read, buffer.as_ref()), (Ok(()), &b"ping"[..]));
    let nodes = all_nodes();
    let written = d::write_all(&mut conn, &mut buffer, 4).await;
    drop(nodes);
    assert_eq!(written, Ok(()));
    let mut back = [0; 4];
    peer.read_exact(&mut back).expect("it was written");
    assert_eq!(&back, b"ping");
}

/// What wants a node and gets none panics, and what is in flight beside it ends before its frames
/// go.
#[test]
fn t05_a_panic_for_want_of_a_waker_ends_what_is_in_flight() {
    if process::in_one_of_its_own() {
        return;
    }
    enter();
    for _ in 0..3 {
        let (sends, peers) = mpsc::channel();
        let nodes = RefCell::new(Vec::new());
        let run = || d::block_on(world(), wants_a_waker(&sends, &nodes));
        let panic = catch_unwind(AssertUnwindSafe(run)).expect_err("there is no node left");
        let text = panic.downcast_ref::<String>().map_or("?", String::as_str);
        assert!(text.contains("waker table"), "{text}");
        drop(nodes);
        is_told(peers.recv().expect("it was sent"));
        d::block_on(world(), echoes());
    }
}

#[d::task_fn]
async fn wants_a_waker(peers: &mpsc::Sender<TcpStream>, nodes: &RefCell<Vec<List>>) {
    let (mut conn, peer) = pair().await;
    peers.send(peer).expect("the test waits");
    let mut buffer = d::buf(8);
    let fills = d::task!(async {
        let _begun = d::sleep(1).await;
        nodes.replace(all_nodes());
        d::scope!(cap = 1, bytes = 256, |s| {
            let _scope = &s;
        })
        .await;
    });
    let _never = d::join(d::read(&mut conn, &mut buffer), fills).await;
}
