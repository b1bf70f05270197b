//! Reads, accepts and writes on sockets, over both real drivers, given up and begun again. For
//! designs over `core::Future`. Nothing here knows of virtual time, so a lost wake is a bound that
//! was passed.

#![expect(clippy::print_stdout, reason = "it says what it did not run")]

use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, TcpStream};

use contract::World;
use kernel::driver::select::{Backend, probe, select};
use kernel::foreign::Finally;
use real as d;

use crate::plain::caught;
use crate::torment::Part;
use crate::torment::foreign::foreign;

/// None under an interpreter, which has no such system calls.
pub(crate) const PARTS: &[Part] = if cfg!(miri) {
    &[]
} else {
    &[("sockets over epoll", over_epoll), ("sockets over io_uring", over_uring)]
};

/// What waits as long waits for ever. A run takes a second, so that no load brings it near.
const BOUND_MS: u32 = 60_000;

fn over_epoll(world: &'static World) {
    over(Backend::Epoll, world);
}

fn over_uring(world: &'static World) {
    if let Err(reason) = probe(Backend::Uring) {
        let known = std::env::var_os("KERNEL_WITHOUT_URING").is_some();
        assert!(known, "{reason}; if that is known, set KERNEL_WITHOUT_URING");
        println!("sockets over io_uring: not run: {reason}");
        return;
    }
    over(Backend::Uring, world);
}

fn over(backend: Backend, world: &'static World) {
    select(backend);
    let _back = Finally(|| select(Backend::Sim));
    let mut lost = false;
    d::block_on(world, async {
        let bound = d::race(foreign(talks()), d::sleep(BOUND_MS)).await;
        lost = matches!(bound, d::Either::B(_));
    });
    assert!(!lost, "a wake was lost");
}

async fn talks() {
    let (mut listener, port) = d::listen().expect("loopback has a free port");
    // Nothing comes; over a ring the accept is in flight when it is given up.
    let _gone = caught(foreign(d::timeout(1, foreign(d::accept(&mut listener))))).await;
    let mut there = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
    there.set_nodelay(true).expect("a socket");
    // An accept that panics has lost its connection, and so has one that panicked before and had
    // not heard of its end: then the peer sees it closed.
    let accept = foreign(d::race(foreign(d::accept(&mut listener)), is_closed(&there)));
    let Some(d::Either::A(Ok(mut conn))) = caught(accept).await else { return };
    let mut part = d::buf(5);
    let _gone = caught(foreign(d::timeout(1, foreign(d::read(&mut conn, &mut part))))).await;
    there.write_all(b"hello, world").expect("a connection");
    let mut exact = d::buf(5);
    let read = caught(foreign(d::read_exact(&mut conn, &mut exact, 5))).await;
    if read == Some(Ok(())) {
        // The first read may have taken some of it before it heard of its end.
        assert!(b"hello, world".windows(5).any(|five| five == exact.as_ref()));
    }
    let mut some = d::buf(4);
    let raced = d::race(foreign(d::read(&mut conn, &mut some)), foreign(d::sleep(1)));
    let _first = caught(foreign(raced)).await;
    let mut answer = d::buf(3);
    let _written = caught(foreign(d::write_all(&mut conn, &mut answer, 3))).await;
    let drops = caught(async move { drop(conn) });
    drops.await;
}

/// Ready when the other end is closed.
async fn is_closed(there: &TcpStream) {
    there.set_nonblocking(true).expect("a socket");
    while there.peek(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock) {
        let _passed = d::sleep(1).await;
    }
}
