//! Runtime-owned operations over a real ring.
#![cfg(all(feature = "io", not(loom)))]

mod raw;
mod ring;

use std::future::Future;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd};
use std::pin::{Pin, pin};

use kernel::leaf::runtime_owned::{RuntimeOwned, Totals};
use ring::{block, both, forget, once, op_slots, pair, ring, turn};

fn copied() -> u64 {
    kernel::run::context::with(|runtime| runtime.copied())
}

#[test]
fn a_round_trip_copies_each_byte_four_times() {
    let (client, server) = pair();
    let ring = ring(8);
    block(&ring, async {
        let client = async {
            let mut buffer = [0; 64];
            for round in 0..100 {
                assert_eq!(raw::send(client.as_raw_fd(), &[round; 64]).await, 64);
                assert_eq!(raw::recv(client.as_raw_fd(), &mut buffer).await, 64);
                assert_eq!(buffer, [round; 64]);
            }
        };
        let server = async {
            let mut buffer = [0; 64];
            for _ in 0..100 {
                assert_eq!(raw::recv(server.as_raw_fd(), &mut buffer).await, 64);
                assert_eq!(raw::send(server.as_raw_fd(), &buffer).await, 64);
            }
        };
        both(client, server).await;
        assert_eq!((copied(), op_slots().slots(), op_slots().held_bytes()), (100 * 4 * 64, 2, 128));
        assert_eq!((op_slots().orphans(), op_slots().totals()), (0, Totals::default()));
    });
    let enters = ring.enters();
    assert!((200..=203).contains(&enters), "{enters}");
}

#[test]
fn connections_and_files_too() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let SocketAddr::V4(addr) = listener.local_addr().unwrap() else { unreachable!() };
    let (family, kind) = (rustix::net::AddressFamily::INET, rustix::net::SocketType::STREAM);
    let socket = rustix::net::socket(family, kind, None).unwrap();
    let mut file = tempfile::tempfile().unwrap();
    block(&ring(8), async {
        let accept = raw::accept(listener.as_raw_fd());
        let connect = raw::connect(socket.as_raw_fd(), addr);
        let (accepted, connected) = both(accept, connect).await;
        assert!(accepted > 0 && connected == 0);
        // SAFETY: the operation has opened it for us.
        drop(unsafe { OwnedFd::from_raw_fd(accepted) });
        let fd = file.as_raw_fd();
        assert_eq!(raw::write_at(fd, b"hello", 2).await, 5);
        let mut buffer = [0; 16];
        assert_eq!(raw::read_at(fd, &mut buffer, 1).await, 6);
        assert_eq!(&buffer[..6], b"\0hello");
        assert_eq!(copied(), 11);
    });
    let mut whole = Vec::new();
    file.read_to_end(&mut whole).unwrap();
    assert_eq!(whole, b"\0\0hello");
}

#[test]
fn a_dropped_receive_is_cancelled_and_loses_what_had_come() {
    let (mut client, server) = pair();
    let ring = ring(8);
    block(&ring, async {
        {
            let mut buffer = [0; 8];
            let mut read = pin!(raw::recv(server.as_raw_fd(), &mut buffer));
            assert_eq!(once(read.as_mut()).await, None);
            turn().await;
        }
        assert_eq!((op_slots().orphans(), ring.in_flight()), (1, 1));
        turn().await;
        assert_eq!((op_slots().orphans(), ring.in_flight()), (0, 0));
        assert_eq!(op_slots().totals(), Totals { orphaned: 1, cancels: 1, ..Totals::default() });
        // The bytes are there before the request: they are read, and nothing gets them.
        client.write_all(b"lost").unwrap();
        {
            let mut buffer = [0; 8];
            let mut read = pin!(raw::recv(server.as_raw_fd(), &mut buffer));
            assert_eq!(once(read.as_mut()).await, None);
        }
        turn().await;
        assert_eq!(op_slots().totals().lost_bytes, 4);
        assert_eq!(op_slots().slots(), 1);
    });
}

/// Accepts while a client connects; the leaf is dropped when the connection is accepted and
/// nothing has looked. Whether the server's end is open afterwards.
fn accept_and_drop(
    accept: impl FnOnce(i32) -> RuntimeOwned<'static>,
    look: bool,
) -> (bool, Totals) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let addr = listener.local_addr().expect("bound");
    let ring = ring(8);
    let (mut client, totals) = block(&ring, async {
        let client = {
            let mut accept = pin!(accept(listener.as_raw_fd()));
            assert_eq!(once(accept.as_mut()).await, None);
            if look {
                turn().await;
            }
            let client = TcpStream::connect(addr).expect("listening");
            if look {
                turn().await;
            }
            client
        };
        turn().await;
        (client, op_slots().totals())
    });
    // A connection that was accepted and closed ends; one that leaked does not.
    client.set_nonblocking(true).expect("a socket of ours");
    drop(listener);
    let open = client.read(&mut [0]).is_err_and(|e| e.kind() == std::io::ErrorKind::WouldBlock);
    (open, totals)
}

#[test]
fn an_accepted_connection_without_an_owner_leaks() {
    let (open, totals) = accept_and_drop(|fd| raw::accept(fd).uncancelled(), false);
    assert_eq!(totals, Totals { orphaned: 1, leaked: 1, ..Totals::default() });
    assert!(open);
    let (open, totals) = accept_and_drop(raw::accept, true);
    assert_eq!(totals, Totals { ignored: 1, leaked: 1, ..Totals::default() });
    assert!(open);
}

#[test]
fn a_guarded_one_is_closed() {
    let (open, totals) = accept_and_drop(|fd| raw::accept(fd).uncancelled().guarded(), false);
    assert_eq!(totals, Totals { orphaned: 1, reclaimed: 1, ..Totals::default() });
    assert!(!open);
    let (open, totals) = accept_and_drop(|fd| raw::accept(fd).guarded(), true);
    assert_eq!(totals, Totals { ignored: 1, reclaimed: 1, ..Totals::default() });
    assert!(!open);
}

#[test]
fn a_cancel_may_lose_the_race_and_leak_all_the_same() {
    // The connection waits before the operation is handed over together with the request.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let totals = block(&ring(8), async {
        {
            let mut accept = pin!(raw::accept(listener.as_raw_fd()));
            assert_eq!(once(accept.as_mut()).await, None);
        }
        turn().await;
        op_slots().totals()
    });
    assert_eq!(totals, Totals { orphaned: 1, cancels: 1, leaked: 1, ..Totals::default() });
}

#[test]
fn an_orphan_never_reads_from_the_next_owner_of_its_descriptor() {
    let (_client, server) = pair();
    let (mut other_client, other) = pair();
    other_client.write_all(b"mine").unwrap();
    let ring = ring(8);
    let mut buffer = [0; 8];
    let received = block(&ring, async {
        {
            let mut gone = [0; 8];
            let mut read = pin!(raw::recv(server.as_raw_fd(), &mut gone));
            assert_eq!(once(read.as_mut()).await, None);
        }
        // The number names another connection now, before anything else was handed over.
        let number = server.into_raw_fd();
        // SAFETY: our own, and owned by nothing else from here on.
        let mut number = unsafe { OwnedFd::from_raw_fd(number) };
        rustix::io::dup2(&other, &mut number).unwrap();
        turn().await;
        assert_eq!(op_slots().totals().lost_bytes, 0);
        raw::recv(other.as_raw_fd(), &mut buffer).await
    });
    assert_eq!((received, &buffer[..4]), (4, &b"mine"[..]));
}

#[test]
fn orphans_are_gone_before_the_run_ends() {
    let pairs: Vec<_> = (0..50).map(|_| pair()).collect();
    let ring = ring(4);
    let op_slots = block(&ring, async {
        let mut buffers = [[0; 8]; 50];
        let mut reads: Vec<_> = pairs
            .iter()
            .zip(&mut buffers)
            .map(|((_, server), buffer)| {
                Box::pin(raw::recv(server.as_raw_fd(), buffer).uncancelled())
            })
            .collect();
        for read in &mut reads {
            assert_eq!(once(read.as_mut()).await, None);
        }
        op_slots()
    });
    assert_eq!((op_slots.orphans(), ring.in_flight()), (0, 0));
    assert_eq!(op_slots.totals().orphaned, 50);
}

#[test]
fn a_forgotten_leaf_is_no_danger() {
    let (mut client, server) = pair();
    let ring = ring(8);
    let mut buffer = Box::new([0; 8]);
    block(&ring, async {
        let read = forget(Box::new(raw::recv(server.as_raw_fd(), &mut *buffer)));
        assert_eq!(once(Pin::new(read)).await, None);
        turn().await;
        client.write_all(b"bytes").unwrap();
        turn().await;
    });
    assert_eq!(*buffer, [0; 8]);
    assert_eq!(ring.in_flight(), 0);
}

#[test]
fn a_panic_with_orphans_and_leaves_leaves_nothing() {
    let (_client, server) = pair();
    let ring = ring(8);
    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        block(&ring, async {
            let (mut a, mut b) = ([0; 8], [0; 8]);
            {
                let mut gone = pin!(raw::recv(server.as_raw_fd(), &mut a));
                assert_eq!(once(gone.as_mut()).await, None);
            }
            let mut stays = pin!(raw::recv(server.as_raw_fd(), &mut b));
            assert_eq!(once(stays.as_mut()).await, None);
            panic!("with operations in flight");
        });
    }));
    assert!(unwound.is_err());
    assert_eq!(ring.in_flight(), 0);
}

/// The system wakes one of those that accept on a listener. One that was cancelled must not be
/// the one: the connection would wait, and so would the accept that follows.
#[test]
fn an_accept_that_was_dropped_takes_nobodys_wake() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let SocketAddr::V4(addr) = listener.local_addr().unwrap() else { unreachable!() };
    let (family, kind) = (rustix::net::AddressFamily::INET, rustix::net::SocketType::STREAM);
    block(&ring(8), async {
        for _ in 0..10 {
            {
                let mut gone = pin!(raw::accept(listener.as_raw_fd()));
                assert_eq!(once(gone.as_mut()).await, None);
                turn().await;
            }
            let socket = rustix::net::socket(family, kind, None).unwrap();
            let accept = raw::accept(listener.as_raw_fd());
            let connect = raw::connect(socket.as_raw_fd(), addr);
            let mut both = pin!(both(accept, connect));
            let mut limit = pin!(kernel::leaf::sleep::sleep(10_000));
            let (accepted, connected) = std::future::poll_fn(|cx| {
                assert!(limit.as_mut().poll(cx).is_pending(), "the accept was not woken");
                both.as_mut().poll(cx)
            })
            .await;
            assert_eq!(connected, 0);
            // SAFETY: the operation has opened it for us.
            drop(unsafe { OwnedFd::from_raw_fd(accepted) });
        }
    });
}
