//! Sockets in a ring's table: that they are in it, and that it keeps none of them open.
#![cfg(all(feature = "io", not(loom)))]
#![allow(clippy::unwrap_used, reason = "test code, but not in functions marked as tests")]

mod ring;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsFd, AsRawFd, IntoRawFd};
use std::pin::pin;
use std::time::Duration;

use kernel::driver::uring::Uring;
use kernel::leaf::socket::Socket;
use ring::{block, once, pair, recv, ring, send, turn, within};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// One end for the ring, the other for a thread that blocks. Within a run.
fn ends() -> (TcpStream, Socket) {
    let (client, server) = pair();
    client.set_read_timeout(Some(Duration::from_secs(300))).unwrap();
    // SAFETY: given away by who owned it.
    (client, unsafe { Socket::accepted(server.into_raw_fd()) }.unwrap())
}

/// Whether the other end is closed, or will be within the time that a read waits. The kernel
/// interrupts a read for what is left to do of a ring that is gone.
fn is_closed(client: &mut TcpStream) -> bool {
    loop {
        match client.read(&mut [0]) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result.unwrap() == 0,
        }
    }
}

async fn echo_once(client: &mut TcpStream, server: &Socket) {
    let mut byte = [0];
    client.write_all(b"e").unwrap();
    assert_eq!(recv(&server.as_fd(), &mut byte).await, 1);
    assert_eq!(send(&server.as_fd(), &byte).await, 1);
    let mut back = [0];
    client.read_exact(&mut back).unwrap();
    assert_eq!(&back, b"e");
}

/// Whether so many sockets are in the ring's table, or none where the kernel is too old for one.
fn has_registered(ring: &Uring, sockets: usize) -> bool {
    let known = ring.sockets();
    known.registered() == if known.has_table() { sockets } else { 0 }
}

#[test]
fn a_socket_that_is_dropped_leaves_the_table_and_its_peer_hears_of_it() {
    let ring = ring(8);
    block(&ring, async {
        let (mut client, server) = ends();
        assert!(has_registered(&ring, 1));
        echo_once(&mut client, &server).await;
        drop(server);
        assert!(has_registered(&ring, 0));
        // The ring is still there, and nothing was handed to it since.
        assert!(is_closed(&mut client));
    });
}

/// A receive that is idle on one registered socket keeps no other open, its peer's in particular.
#[test]
fn an_idle_receive_hears_of_the_end_of_another_socket_of_its_ring() {
    let ring = ring(8);
    block(&ring, async {
        let (client, server) = pair();
        // SAFETY: given away by who owned it.
        let client = unsafe { Socket::accepted(client.into_raw_fd()) }.unwrap();
        // SAFETY: as above.
        let server = unsafe { Socket::accepted(server.into_raw_fd()) }.unwrap();
        assert!(has_registered(&ring, 2));
        let mut buffer = [0; 8];
        let mut read = pin!(recv(&server.as_fd(), &mut buffer));
        assert_eq!(once(read.as_mut()).await, None);
        turn().await;
        drop(client);
        assert_eq!(within(read.as_mut()).await, Some(0), "the end of the stream, at once");
    });
}

#[test]
fn a_number_that_is_used_again_names_the_new_socket() {
    let ring = ring(8);
    block(&ring, async {
        let (mut old, server) = ends();
        echo_once(&mut old, &server).await;
        let number = server.as_fd().as_raw_fd();
        drop(server);
        let (mut new, spare) = pair();
        let end = rustix::io::fcntl_dupfd_cloexec(&spare, number).unwrap();
        // SAFETY: given away by who owned it.
        let server = unsafe { Socket::accepted(end.into_raw_fd()) }.unwrap();
        echo_once(&mut new, &server).await;
        assert!(has_registered(&ring, 1));
    });
}

#[test]
fn a_socket_that_outlives_its_ring_stays_open_until_it_is_dropped() {
    let ring = ring(8);
    let (mut client, server) = block(&ring, async { ends() });
    drop(ring);
    client.set_nonblocking(true).unwrap();
    assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    client.set_nonblocking(false).unwrap();
    drop(server);
    assert!(is_closed(&mut client));
}

#[test]
fn a_socket_of_one_ring_is_nothing_special_to_another() {
    let (here, there) = (ring(8), ring(8));
    let (mut client, server) = block(&here, async { ends() });
    block(&there, echo_once(&mut client, &server));
    assert!(has_registered(&here, 1) && has_registered(&there, 0));
    block(&there, async { drop(server) });
    assert!(has_registered(&here, 0));
    assert!(is_closed(&mut client));
}

/// Run by the test below in a process of its own, because a limit is a process's.
#[test]
#[ignore = "changes the limit of descriptors of its process; run by the test below"]
fn alone_with_a_limit() {
    let ring = ring(8);
    let before = getrlimit(Resource::Nofile);
    block(&ring, async {
        let (mut client, server) = pair();
        let high = rustix::io::fcntl_dupfd_cloexec(&server, 100).unwrap();
        drop(server);
        setrlimit(Resource::Nofile, Rlimit { current: Some(64), maximum: before.maximum }).unwrap();
        // SAFETY: given away by who owned it.
        let server = unsafe { Socket::accepted(high.into_raw_fd()) }.unwrap();
        assert!(has_registered(&ring, 0));
        echo_once(&mut client, &server).await;
        drop(server);
        assert!(is_closed(&mut client));
        let (mut client, server) = ends();
        assert!(has_registered(&ring, 1));
        echo_once(&mut client, &server).await;
    });
}

#[test]
fn a_number_beyond_the_table_is_named_as_it_is() {
    let test = std::env::current_exe().unwrap();
    let run = std::process::Command::new(test)
        .args(["--ignored", "--exact", "alone_with_a_limit"])
        .output()
        .unwrap();
    let said = [run.stdout, run.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(run.status.success(), "{said}");
    assert!(said.contains("1 passed") || said.contains("not run"), "{said}");
}
