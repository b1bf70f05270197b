//! A forked child has the parent's ring by inheritance and must leave it alone (trap T14).
//! One test, because a fork copies one thread only.
#![cfg(all(feature = "io", not(loom)))]

mod ring;

use std::io::Write;

use ring::{block, once, pair, recv, ring, turn};

#[test]
fn t14_a_child_that_drops_the_ring_takes_nothing_from_the_parent() {
    let (mut client, server) = pair();
    let ring = ring(8);
    let mut buffer = [0; 8];
    let result = block(&ring, async {
        let mut read = Box::pin(recv(&server, &mut buffer));
        assert_eq!(once(read.as_mut()).await, None);
        turn().await;
        // SAFETY: the child only drops a copy of the driver, sets an alarm, and ends.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // SAFETY: takes no memory; ends the child should it hang.
            unsafe { libc::alarm(10) };
            // SAFETY: a copy in the child's own memory, which is not used again.
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
        read.await
    });
    assert_eq!((result, &buffer[..4]), (4, &b"mine"[..]));
}
