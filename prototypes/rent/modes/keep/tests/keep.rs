//! What an operation that lost its race had done is there for the next call, on both drivers.
#![cfg(feature = "io")]

extern crate design_rent_keep as design;

use std::future::Future;
use std::io::Write;
use std::net::{Ipv4Addr, TcpStream};
use std::thread::sleep;
use std::time::Duration;

use contract::World;
use design as d;
use kernel::driver::select::{Backend, select};

#[path = "../../../../../workloads/conformance/ring.rs"]
mod ring;

/// Longer than anything here takes.
const BOUND_MS: u32 = 5_000;

/// Runs a program over epoll and over io_uring.
fn on_both<F: Future<Output = ()>>(program: impl Fn() -> F) {
    ring::select_ring();
    for backend in [Backend::Epoll, Backend::Uring] {
        select(backend);
        let world: &'static World = Box::leak(Box::new(World::new()));
        d::block_on(world, async {
            let ended = d::timeout(BOUND_MS, program()).await;
            assert_eq!(ended, Ok(()), "nothing may wait for ever");
        });
    }
    select(Backend::Sim);
}

/// A connection, and its other end outside of the runtime.
async fn pair() -> (d::Conn, TcpStream) {
    let (mut listener, port) = d::listen().expect("loopback has a free port");
    let there = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
    there.set_nodelay(true).expect("a socket");
    (d::accept(&mut listener).await.expect("something connected"), there)
}

/// The peer does something while the program holds its thread.
#[expect(clippy::disallowed_methods, reason = "a thread that is held is the situation")]
fn meanwhile<T>(act: impl FnOnce() -> T) -> T {
    let done = act();
    sleep(Duration::from_millis(2));
    done
}

/// Gives a read up after it has begun, and after what `act` does is there unseen.
async fn given_up(conn: &mut d::Conn, len: usize, exact: bool, act: impl FnOnce()) -> d::Buf {
    let mut buffer = d::buf(len);
    let stop = async {
        let _begun = d::sleep(1).await;
        meanwhile(act);
    };
    let read = async {
        match exact {
            true => d::read_exact(conn, &mut buffer, len).await.map(|()| len),
            false => d::read(conn, &mut buffer).await,
        }
    };
    let raced = d::race(stop, read).await;
    assert!(matches!(raced, d::Either::A(())), "the order to stop is looked at first");
    buffer
}

#[test]
fn bytes_that_were_there_unseen_come_with_the_next_read() {
    on_both(async || {
        let (mut conn, mut there) = pair().await;
        let write = || there.write_all(b"hello").expect("a connection");
        let buffer = given_up(&mut conn, 16, false, write).await;
        assert!(buffer.is_empty(), "it stays with its operation");
        // In parts, and followed by what comes later.
        let mut part = d::buf(3);
        assert_eq!(d::read(&mut conn, &mut part).await, Ok(3));
        assert_eq!(part.as_ref(), b"hel");
        there.write_all(b" world").expect("a connection");
        let mut rest = d::buf(8);
        assert_eq!(d::read_exact(&mut conn, &mut rest, 8).await, Ok(()));
        assert_eq!(rest.as_ref(), b"lo world");
        assert_eq!(d::orphans().lost_bytes, 0);
        assert_eq!(d::orphans().orphaned, 0);
    });
}

#[test]
fn a_read_that_had_nothing_is_begun_anew() {
    on_both(async || {
        let (mut conn, mut there) = pair().await;
        for _ in 0..3 {
            let _gone = given_up(&mut conn, 16, false, || ()).await;
        }
        assert_eq!(d::orphans().cancels, 3, "each was asked once");
        there.write_all(b"late").expect("a connection");
        let mut buffer = d::buf(16);
        assert_eq!(d::read(&mut conn, &mut buffer).await, Ok(4));
        assert_eq!(&buffer.as_ref()[..4], b"late");
    });
}

#[test]
fn half_a_frame_is_kept_with_its_other_half() {
    on_both(async || {
        let (mut conn, mut there) = pair().await;
        there.write_all(b"half").expect("a connection");
        let write = || there.write_all(b" and").expect("a connection");
        let _gone = given_up(&mut conn, 16, true, write).await;
        there.write_all(b" a half.").expect("a connection");
        let mut buffer = d::buf(16);
        assert_eq!(d::read_exact(&mut conn, &mut buffer, 16).await, Ok(()));
        assert_eq!(buffer.as_ref(), b"half and a half.");
    });
}

#[test]
fn the_end_of_the_stream_is_kept_too() {
    on_both(async || {
        let (mut conn, there) = pair().await;
        let _gone = given_up(&mut conn, 16, false, || drop(there)).await;
        for _ in 0..2 {
            assert_eq!(d::read(&mut conn, &mut d::buf(16)).await, Ok(0));
        }
    });
}

#[test]
fn a_connection_that_was_there_unseen_is_the_next_one_or_closed() {
    on_both(async || {
        for takes in [true, false] {
            let (mut listener, port) = d::listen().expect("loopback has a free port");
            let connect = || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
            let stop = async {
                let _begun = d::sleep(1).await;
                meanwhile(connect)
            };
            let raced = d::race(stop, d::accept(&mut listener)).await;
            let d::Either::A(mut there) = raced else { panic!("the order is looked at first") };
            if takes {
                let mut conn = d::accept(&mut listener).await.expect("it was there");
                there.write_all(b"x").expect("a connection");
                assert_eq!(d::read(&mut conn, &mut d::buf(1)).await, Ok(1));
            } else {
                drop(listener);
                let _settled = d::sleep(5).await;
                there.set_read_timeout(Some(Duration::from_secs(5))).expect("a socket");
                let ended = std::io::Read::read(&mut there, &mut [0]);
                assert!(!matches!(ended, Ok(1..)), "{ended:?}");
                let timed_out = ended
                    .is_err_and(|error| matches!(error.kind(), std::io::ErrorKind::WouldBlock));
                assert!(!timed_out, "nothing has closed it");
            }
            assert_eq!(d::orphans().leaked, 0);
        }
    });
}

#[test]
fn what_is_kept_goes_with_its_connection() {
    on_both(async || {
        let (mut conn, mut there) = pair().await;
        let write = || there.write_all(b"hello").expect("a connection");
        let _gone = given_up(&mut conn, 16, false, write).await;
        drop(conn);
        let _settled = d::sleep(5).await;
        assert_eq!(kernel::run::context::with(|runtime| runtime.op_slots().orphans()), 0);
        assert!(d::orphans().leaked == 0);
    });
}
