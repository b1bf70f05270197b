//! Buffers that the kernel chooses: they come back whatever happens (trap T13), and an empty
//! pool is an error and never a wait (trap T15).
#![cfg(all(feature = "io", not(loom)))]

mod raw;
mod ring;

use std::future::Future;
use std::io::Write;
use std::net::Shutdown;
use std::os::fd::AsRawFd;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use contract::CANCELLED;
use kernel::driver::pool::Provided;
use kernel::driver::uring::Uring;
use kernel::leaf::provided::RecvProvided;
use ring::{block, once, op_slots, pair, ring, turn};

const NO_BUFFERS: i32 = -105;

/// A receive as a future; the tests keep its promise.
struct Must(RecvProvided);

impl Must {
    fn cancel(self: Pin<&mut Self>) {
        // SAFETY: the only field, pinned with this.
        unsafe { self.map_unchecked_mut(|must| &mut must.0) }.request_cancel();
    }
}

impl Future for Must {
    type Output = Result<Option<Provided>, i32>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the only field, pinned with this.
        let op = unsafe { self.map_unchecked_mut(|must| &mut must.0) };
        // SAFETY: see the type.
        unsafe { op.poll(cx) }
    }
}

fn receive(socket: &impl AsRawFd) -> Must {
    Must(RecvProvided::new(socket.as_raw_fd()))
}

fn bytes(received: Result<Option<Provided>, i32>) -> Provided {
    received.expect("no error").expect("not the end")
}

#[test]
fn bytes_arrive_in_a_buffer_that_goes_back() {
    let (mut client, server) = pair();
    let ring = ring(8);
    let pool = ring.provide(2, 16).unwrap();
    client.write_all(b"hello").unwrap();
    let received = bytes(block(&ring, receive(&server)));
    assert_eq!((&received[..], pool.held()), (&b"hello"[..], 1));
    drop(received);
    assert_eq!(pool.held(), 0);
}

#[test]
fn more_than_fits_comes_in_pieces() {
    let (mut client, server) = pair();
    let ring = ring(8);
    let pool = ring.provide(2, 4).unwrap();
    client.write_all(b"abcdefg").unwrap();
    let first = bytes(block(&ring, receive(&server)));
    let second = bytes(block(&ring, receive(&server)));
    assert_eq!((&first[..], &second[..], pool.held()), (&b"abcd"[..], &b"efg"[..], 2));
}

#[test]
fn a_buffer_is_used_many_times() {
    let (mut client, server) = pair();
    let ring = ring(8);
    let pool = ring.provide(1, 16).unwrap();
    for byte in 0..200 {
        client.write_all(&[byte]).unwrap();
        assert_eq!(*bytes(block(&ring, receive(&server))), [byte]);
    }
    assert_eq!(pool.held(), 0);
}

#[test]
fn the_end_of_the_stream_holds_no_buffer() {
    let (client, server) = pair();
    let ring = ring(8);
    let pool = ring.provide(1, 16).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    assert!(block(&ring, receive(&server)).unwrap().is_none());
    assert_eq!(pool.held(), 0);
}

#[test]
fn without_a_pool_it_ends_at_once() {
    let (_client, server) = pair();
    let ring = ring(8);
    assert_eq!(block(&ring, receive(&server)).unwrap_err(), kernel::driver::UNSUPPORTED);
    let owned = raw::recv_provided(server.as_raw_fd());
    assert_eq!(block(&ring, owned).unwrap_err(), kernel::driver::UNSUPPORTED);
}

#[test]
fn a_pool_has_a_size_that_the_kernel_takes() {
    let ring = ring(8);
    assert!(ring.provide(3, 16).is_err());
    assert!(ring.provide(0, 16).is_err());
    assert!(ring.provide(4, 0).is_err());
    assert!(ring.provide(4, 16).is_ok());
}

#[test]
fn t13_a_cancelled_receive_holds_nothing() {
    let (mut client, server) = pair();
    let ring = ring(8);
    let pool = ring.provide(1, 16).unwrap();
    for late in [false, true, false, true] {
        let received = block(&ring, async {
            let mut read = pin!(receive(&server));
            assert!(once(read.as_mut()).await.is_none());
            turn().await;
            if late {
                client.write_all(b"x").unwrap();
            }
            read.as_mut().cancel();
            read.await
        });
        match received {
            Err(error) => assert_eq!(error, CANCELLED),
            Ok(received) => assert_eq!(*received.expect("not the end"), *b"x"),
        }
        assert_eq!(pool.held(), 0, "late: {late}");
        if late {
            // Whatever the race came to, the buffer can be chosen again.
            client.write_all(b"y").unwrap();
            assert!(!bytes(block(&ring, receive(&server))).is_empty());
        }
    }
}

#[test]
fn t13_a_leaf_that_is_gone_gives_its_buffer_back() {
    let (mut client, server) = pair();
    let ring = ring(8);
    let pool = ring.provide(1, 16).unwrap();
    client.write_all(b"lost").unwrap();
    {
        let mut read = Box::pin(receive(&server));
        block(&ring, async {
            assert!(once(read.as_mut()).await.is_none());
            turn().await;
        });
        // It has ended, nothing has looked, and its run is over.
        assert_eq!((ring.in_flight(), pool.held()), (0, 1));
    }
    assert_eq!(pool.held(), 0);
}

#[test]
fn t13_an_orphan_gives_its_buffer_back() {
    let (mut client, server) = pair();
    let ring = ring(8);
    let pool = ring.provide(1, 16).unwrap();
    block(&ring, async {
        // Dropped before the kernel has seen it: request and entry go in one call, and the
        // bytes that are there win.
        client.write_all(b"lost").unwrap();
        {
            let mut read = pin!(raw::recv_provided(server.as_raw_fd()));
            assert!(once(read.as_mut()).await.is_none());
        }
        assert_eq!((op_slots().orphans(), pool.held()), (1, 0));
        turn().await;
        assert_eq!((op_slots().orphans(), op_slots().totals().lost_bytes), (0, 4));
        assert_eq!(pool.held(), 0);
        // Dropped after its end.
        client.write_all(b"too").unwrap();
        {
            let mut read = pin!(raw::recv_provided(server.as_raw_fd()));
            assert!(once(read.as_mut()).await.is_none());
            turn().await;
            assert_eq!(pool.held(), 1);
        }
        assert_eq!((op_slots().totals().ignored, pool.held()), (1, 0));
        // And the pool serves on.
        client.write_all(b"kept").unwrap();
        let received = bytes(raw::recv_provided(server.as_raw_fd()).await);
        assert_eq!(&received[..], b"kept");
    });
}

/// tokio-epoll-uring#60: an operation that has ended holds the last of something, and the
/// task that would look at it waits for another operation that needs one.
#[test]
fn t15_an_operation_nobody_looks_at_cannot_silence_the_others() {
    let ((mut a, a_server), (mut b, b_server)) = (pair(), pair());
    let ring = ring(8);
    let pool = ring.provide(1, 16).unwrap();
    block(&ring, async {
        a.write_all(b"first").unwrap();
        let mut first = pin!(receive(&a_server));
        assert!(once(first.as_mut()).await.is_none());
        turn().await;
        // Visible: everything is out, though no leaf has handed a buffer over.
        assert_eq!((pool.held(), pool.count()), (1, 1));
        b.write_all(b"second").unwrap();
        let refused = receive(&b_server).await;
        assert_eq!(refused.unwrap_err(), NO_BUFFERS);
        // The bytes stayed in the socket, and a look at the first one frees the buffer.
        drop(bytes(first.await));
        assert_eq!(&bytes(receive(&b_server).await)[..], b"second");
    });
}

#[test]
fn t15_a_receive_that_waited_is_refused_when_bytes_come() {
    let ((mut a, a_server), (mut b, b_server)) = (pair(), pair());
    let ring = ring(8);
    let _pool = ring.provide(1, 16).unwrap();
    block(&ring, async {
        let mut first = pin!(receive(&a_server));
        let mut second = pin!(receive(&b_server));
        assert!(once(first.as_mut()).await.is_none());
        assert!(once(second.as_mut()).await.is_none());
        turn().await;
        a.write_all(b"one").unwrap();
        let held = bytes(first.await);
        b.write_all(b"two").unwrap();
        assert_eq!(second.await.unwrap_err(), NO_BUFFERS);
        drop(held);
    });
}

#[test]
fn bytes_outlive_their_ring() {
    let (mut client, server) = pair();
    let received = {
        let ring: Uring = ring(8);
        ring.provide(1, 16).unwrap();
        client.write_all(b"stays").unwrap();
        bytes(block(&ring, receive(&server)))
    };
    assert_eq!(&received[..], b"stays");
}
