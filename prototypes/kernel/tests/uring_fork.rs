//! A forked child has the parent's ring by inheritance and must leave it and its sockets alone
//! (trap T14).
//! One test, because a fork copies one thread only.
#![cfg(all(feature = "io", not(loom)))]

mod ring;

use std::io::Write;
use std::os::fd::{AsFd, AsRawFd, IntoRawFd};

use kernel::driver::Driver;
use kernel::leaf::socket::Socket;
use ring::{block, once, pair, recv, ring, turn};

#[test]
fn t14_a_child_that_drops_the_ring_takes_nothing_from_the_parent() {
    let (mut client, server) = pair();
    let ring = ring(8);
    let mut buffer = [0; 8];
    let result = block(&ring, async {
        // SAFETY: given away by who owned it.
        let server = unsafe { Socket::accepted(server.into_raw_fd()) }.unwrap();
        let mut read = Box::pin(recv(&server.as_fd(), &mut buffer));
        assert_eq!(once(read.as_mut()).await, None);
        turn().await;
        // SAFETY: the child only drains and drops copies of socket and driver, sets an alarm, and
        // ends.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // SAFETY: takes no memory; ends the child should it hang.
            unsafe { libc::alarm(10) };
            // SAFETY: a copy in the child's own memory, which is not used again.
            drop(unsafe { std::ptr::read(&raw const server) });
            // As the end of a run does, which the child never sees.
            ring.drain();
            // SAFETY: as above.
            drop(unsafe { std::ptr::read(&raw const ring) });
            // SAFETY: ends the child at once, without destructors.
            unsafe { libc::_exit(7) };
        }
        let mut status = 0;
        // SAFETY: our own child, once.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 7, "{status}");
        assert_eq!(ring.in_flight(), 1);
        client.write_all(b"mine").unwrap();
        let result = read.await;
        if ring.sockets().has_table() {
            by_its_place(&mut client, &server).await;
        }
        result
    });
    assert_eq!((result, &buffer[..4]), (4, &b"mine"[..]));
}

/// Receives from a socket while its number names something else: the ring knows it by its place.
async fn by_its_place(client: &mut impl Write, server: &Socket) {
    let number = server.as_fd().as_raw_fd();
    let spare = std::fs::File::open("/dev/null").expect("there is one");
    let kept = server.as_fd().try_clone_to_owned().expect("a descriptor is left");
    // SAFETY: exchanges what the number names, which nothing else uses meanwhile.
    assert_eq!(unsafe { libc::dup2(spare.as_raw_fd(), number) }, number);
    let mut byte = [0];
    client.write_all(b"p").expect("the other end is open");
    assert_eq!((recv(&server.as_fd(), &mut byte).await, &byte), (1, b"p"));
    // SAFETY: puts it back.
    assert_eq!(unsafe { libc::dup2(kept.as_raw_fd(), number) }, number);
}
