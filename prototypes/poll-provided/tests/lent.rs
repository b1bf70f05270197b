//! What a program is lent, what it costs, and that it comes back, on every driver.
#![cfg(feature = "io")]

extern crate design_poll_provided as design;

use std::future::Future;
use std::io::Write;
use std::net::{Ipv4Addr, TcpStream};

use contract::World;
use design as d;
use kernel::driver::select::{Backend, select};

#[path = "../../../workloads/conformance/ring.rs"]
mod ring;

fn world() -> &'static World {
    Box::leak(Box::new(World::new()))
}

/// What waits as long waits for ever. A run takes a second, so that no load brings it near.
const BOUND_MS: u32 = 300_000;

/// Runs a program over epoll and over io_uring.
fn on_both<F: Future<Output = ()>>(program: impl Fn() -> F) {
    ring::select_ring();
    for backend in [Backend::Epoll, Backend::Uring] {
        select(backend);
        d::block_on(world(), async {
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

fn copied() -> u64 {
    kernel::run::context::with(|runtime| runtime.copied())
}

/// Buffers that the kernel cannot choose now.
fn held() -> u16 {
    kernel::run::context::with(|runtime| runtime.driver.pool().map_or(0, |pool| pool.held()))
}

#[test]
fn reads_copy_nothing() {
    on_both(async || {
        let (mut conn, mut there) = pair().await;
        let mut buffer = d::buf(16);
        there.write_all(b"hello, world").expect("a connection");
        assert_eq!(d::read_exact(&mut conn, &mut buffer, 5).await, Ok(()));
        assert_eq!(buffer.as_ref(), b"hello");
        assert_eq!(d::read(&mut conn, &mut buffer).await, Ok(7));
        assert_eq!(buffer.as_ref(), b", world");
        assert_eq!(copied(), 0);
    });
    d::block_on(world(), async {
        let mut buffer = d::buf(4);
        assert_eq!(d::device_read(&mut buffer, 10).await, Ok(4));
        assert_eq!(buffer.as_ref(), [0, 1, 2, 3]);
        assert_eq!(copied(), 0);
        buffer.as_mut()[0] = 9;
        assert_eq!((buffer.as_ref(), copied()), (&[9, 1, 2, 3][..], 4));
    });
}

#[test]
fn pieces_are_put_together_by_a_copy() {
    on_both(async || {
        let (mut conn, mut there) = pair().await;
        there.write_all(b"half").expect("a connection");
        let late = async {
            let _later = d::sleep(2).await;
            there.write_all(b"more").expect("a connection");
        };
        let mut buffer = d::buf(8);
        let (read, ()) = d::join(d::read_exact(&mut conn, &mut buffer, 8), late).await;
        assert_eq!(read, Ok(()));
        assert_eq!(buffer.as_ref(), b"halfmore");
        assert_eq!(copied(), 8);
    });
}

#[test]
fn what_is_shown_stays_until_it_is_used() {
    on_both(async || {
        let (mut conn, mut there) = pair().await;
        there.write_all(b"abcdef").expect("a connection");
        assert_eq!(d::fill(&mut conn).await, Ok(&b"abcdef"[..]));
        d::consume(&mut conn, 2);
        assert_eq!(d::fill(&mut conn).await, Ok(&b"cdef"[..]));
        let mut buffer = d::buf(3);
        assert_eq!(d::read(&mut conn, &mut buffer).await, Ok(3));
        assert_eq!((buffer.as_ref(), copied()), (&b"cde"[..], 3));
        assert_eq!(d::read(&mut conn, &mut buffer).await, Ok(1));
        assert_eq!((buffer.as_ref(), copied()), (&b"f"[..], 3));
        drop(there);
        assert_eq!(d::fill(&mut conn).await, Ok(&[][..]));
    });
}

#[test]
fn a_dropped_read_leaves_no_buffer_out() {
    on_both(async || {
        let (mut conn, mut there) = pair().await;
        let mut buffer = d::buf(16);
        for _ in 0..3 {
            let raced = d::race(d::sleep(1), d::read(&mut conn, &mut buffer)).await;
            assert!(matches!(raced, d::Either::A(_)));
        }
        // Over a ring the request to end is on its way, and what comes before it is lost.
        let _settled = d::sleep(1).await;
        there.write_all(b"here").expect("a connection");
        assert_eq!(d::read(&mut conn, &mut buffer).await, Ok(4));
        assert!(held() <= 1, "what the program has");
        drop(buffer);
        let _settled = d::sleep(1).await;
        assert_eq!(held(), 0);
    });
}

#[test]
fn more_readers_than_buffers_all_get_their_bytes() {
    on_both(async || {
        let mut kept = Vec::new();
        for number in 0..100_u8 {
            let (mut conn, mut there) = pair().await;
            there.write_all(&[number]).expect("a connection");
            let mut buffer = d::buf(8);
            assert_eq!(d::read(&mut conn, &mut buffer).await, Ok(1));
            kept.push((conn, there, buffer));
        }
        let all = kept.iter().zip(0..).all(|((_, _, buffer), number)| buffer.as_ref() == [number]);
        assert!(all, "no other bytes were written over");
        assert_eq!(copied(), 0);
    });
}
