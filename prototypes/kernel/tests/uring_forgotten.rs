//! Leaves that are forgotten while their operation waits for the next system call: what they have
//! left uses the file that it was begun on, and never the next owner of its number (trap T1).
#![cfg(all(feature = "io", not(loom)))]
#![allow(clippy::unwrap_used, reason = "test code, but not in functions marked as tests")]

mod raw;
mod ring;

use std::future::Future;
use std::io::Write;
use std::net::TcpStream;
use std::os::fd::{AsFd, AsRawFd, IntoRawFd, OwnedFd};

use kernel::leaf::socket::{Numbered, Socket, loopback};
use ring::{block, forget, once, pair, ring, turn, within};

/// Begins an operation and forgets its leaf.
async fn begin_and_forget(op: impl Future<Output = i32>) {
    let op = std::pin::Pin::from(Box::new(op));
    // SAFETY: it is leaked, so it stays where it is.
    let op = forget(unsafe { std::pin::Pin::into_inner_unchecked(op) });
    // SAFETY: as above.
    assert_eq!(once(unsafe { std::pin::Pin::new_unchecked(op) }).await, None);
}

fn socket(end: TcpStream) -> Socket {
    // SAFETY: given away by who owned it.
    unsafe { Socket::accepted(end.into_raw_fd()) }.unwrap()
}

/// Under a number that is free.
fn at(number: i32, file: impl Into<OwnedFd>) -> OwnedFd {
    let end = rustix::io::fcntl_dupfd_cloexec(file.into(), number).unwrap();
    assert_eq!(end.as_raw_fd(), number, "nothing else opens files meanwhile");
    end
}

/// A number that no other test uses, and that of nothing open.
fn at_a_number_of_its_own(end: TcpStream, number: i32) -> TcpStream {
    at(number, end).into()
}

#[test]
fn t01_a_forgotten_receive_takes_nothing_from_the_next_socket_of_its_number() {
    let ring = ring(8);
    block(&ring, async {
        let (_client, server) = pair();
        let server = socket(at_a_number_of_its_own(server, 200));
        begin_and_forget(raw::recv(server.fd(), forget(Box::new([0; 8])))).await;
        drop(server);
        let (mut client, next) = pair();
        let next = socket(at_a_number_of_its_own(next, 200));
        client.write_all(b"mine").unwrap();
        let mut buffer = [0; 8];
        let mut read = Box::pin(raw::recv(next.fd(), &mut buffer));
        assert_eq!(within(read.as_mut()).await, Some(4));
        drop(read);
        assert_eq!(&buffer[..4], b"mine");
    });
}

#[test]
fn t01_a_forgotten_send_puts_nothing_into_the_next_socket_of_its_number() {
    let ring = ring(8);
    block(&ring, async {
        let (_old, server) = pair();
        let server = socket(at_a_number_of_its_own(server, 210));
        begin_and_forget(raw::send(server.fd(), b"old")).await;
        drop(server);
        let (client, next) = pair();
        let _next = socket(at_a_number_of_its_own(next, 210));
        turn().await;
        client.set_nonblocking(true).unwrap();
        let got = std::io::Read::read(&mut &client, &mut [0; 8]).unwrap_err();
        assert_eq!(got.kind(), std::io::ErrorKind::WouldBlock);
    });
}

#[test]
fn t01_a_forgotten_accept_takes_no_connection_of_the_next_listener_of_its_number() {
    let ring = ring(8);
    block(&ring, async {
        let (old, _) = Socket::listen().unwrap();
        let number = old.fd();
        begin_and_forget(raw::accept(number)).await;
        let (next, port) = Socket::listen().unwrap();
        drop(old);
        let next: OwnedFd = next.as_fd().try_clone_to_owned().unwrap();
        // SAFETY: the number was closed just now; if it is another's already it stays so.
        let moved = Numbered::from(rustix::io::fcntl_dupfd_cloexec(&next, number).unwrap());
        let _client = TcpStream::connect(loopback(port)).unwrap();
        turn().await;
        let mut accept = Box::pin(raw::accept(moved.number()));
        let accepted = within(accept.as_mut()).await.unwrap();
        assert!(accepted >= 0, "{accepted}");
        // SAFETY: accepted just now, for us.
        drop(unsafe { Socket::accepted(accepted) }.unwrap());
    });
}

#[test]
fn t01_a_forgotten_write_leaves_the_next_file_of_its_number_alone() {
    let ring = ring(8);
    block(&ring, async {
        let old = Numbered::from(at(220, tempfile::tempfile().unwrap()));
        begin_and_forget(raw::write_at(old.number(), b"old", 0)).await;
        drop(old);
        let next = std::fs::File::from(at(220, tempfile::tempfile().unwrap()));
        while ring.in_flight() > 0 {
            turn().await;
        }
        assert_eq!(next.metadata().unwrap().len(), 0);
    });
}

/// Nothing is handed over early for the sake of others.
#[test]
fn closing_a_socket_that_nothing_names_makes_no_call() {
    let ring = ring(8);
    block(&ring, async {
        let ((_a, idle), (_b, busy)) = (pair(), pair());
        let (idle, busy) = (socket(idle), socket(busy));
        let mut buffer = [0; 8];
        let mut read = std::pin::pin!(raw::recv(busy.fd(), &mut buffer));
        assert_eq!(once(read.as_mut()).await, None);
        drop(idle);
        assert_eq!(ring.enters(), 0);
    });
}
