//! Cancelling lent operations on a real ring: the operation's own end counts, and what it
//! has moved is never lost (traps T13 and T16).
#![cfg(all(feature = "io", not(loom)))]

mod ring;

use std::io::Write;
use std::net::TcpListener;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::pin::pin;

use contract::CANCELLED;
use kernel::leaf::borrowed::Borrowed;
use ring::{Must, block, both, once, pair, recv, ring, send, turn};

#[test]
fn t13_a_cancel_ends_nothing_before_the_kernel_has_it() {
    let (_client, server) = pair();
    let ring = ring(8);
    let mut buffer = [0; 8];
    let result = block(&ring, async {
        let mut read = pin!(recv(&server, &mut buffer));
        assert_eq!(once(read.as_mut()).await, None);
        assert_eq!((ring.enters(), ring.in_flight()), (0, 1));
        read.as_mut().cancel();
        assert_eq!((once(read.as_mut()).await, ring.in_flight()), (None, 1));
        read.await
    });
    assert_eq!((result, ring.in_flight()), (CANCELLED, 0));
    // Entry and request went in one call, and both answers came with it.
    assert_eq!(ring.enters(), 1);
}

#[test]
fn t13_a_cancel_ends_nothing_while_the_kernel_waits() {
    let (_client, server) = pair();
    let ring = ring(8);
    let mut buffer = [0; 8];
    let result = block(&ring, async {
        let mut read = pin!(recv(&server, &mut buffer));
        assert_eq!(once(read.as_mut()).await, None);
        turn().await;
        assert_eq!(ring.enters(), 1);
        read.as_mut().cancel();
        assert_eq!((once(read.as_mut()).await, ring.in_flight()), (None, 1));
        read.await
    });
    assert_eq!((result, ring.in_flight()), (CANCELLED, 0));
}

#[test]
fn asking_twice_is_asking_once() {
    let (_client, server) = pair();
    let ring = ring(8);
    let mut buffer = [0; 8];
    let result = block(&ring, async {
        let mut read = pin!(recv(&server, &mut buffer));
        assert_eq!(once(read.as_mut()).await, None);
        read.as_mut().cancel();
        read.as_mut().cancel();
        let result = read.as_mut().await;
        read.as_mut().cancel();
        turn().await;
        result
    });
    assert_eq!(result, CANCELLED);
}

#[test]
fn t16_bytes_that_are_there_win_over_a_request_in_the_same_tick() {
    let (mut client, server) = pair();
    client.write_all(b"data").unwrap();
    let ring = ring(8);
    let mut buffer = [0; 8];
    let result = block(&ring, async {
        let mut read = pin!(recv(&server, &mut buffer));
        assert_eq!(once(read.as_mut()).await, None);
        read.as_mut().cancel();
        read.await
    });
    assert_eq!((result, &buffer[..4]), (4, &b"data"[..]));
}

#[test]
fn t16_bytes_that_come_between_wait_and_request_are_read_now_or_next() {
    let (mut client, server) = pair();
    let ring = ring(8);
    let (mut first, mut second) = ([0; 8], [0; 8]);
    let result = block(&ring, async {
        let mut read = pin!(recv(&server, &mut first));
        assert_eq!(once(read.as_mut()).await, None);
        turn().await;
        client.write_all(b"late").unwrap();
        read.as_mut().cancel();
        read.await
    });
    // The kernel may hear of the request before it looks at the socket again. Then it has
    // moved nothing, and the bytes are where they were.
    if result == CANCELLED {
        assert_eq!((block(&ring, recv(&server, &mut second)), first), (4, [0; 8]));
    } else {
        assert_eq!(result, 4);
        second = first;
    }
    assert_eq!(&second[..4], b"late");
}

#[test]
fn t16_no_byte_of_a_stream_is_lost_over_many_cancelled_reads() {
    let (client, server) = pair();
    let ring = ring(8);
    let data: Vec<u8> = (0..=255).collect();
    let writer = async {
        for chunk in data.chunks(3) {
            assert_eq!(send(&client, chunk).await, i32::try_from(chunk.len()).unwrap());
        }
    };
    let reader = async {
        let (mut got, mut round, mut cancelled) = (Vec::new(), 0, 0);
        while got.len() < data.len() {
            let mut buffer = [0; 5];
            let mut read = pin!(recv(&server, &mut buffer));
            let mut result = once(read.as_mut()).await;
            for _ in 0..round % 3 {
                turn().await;
            }
            round += 1;
            if result.is_none() {
                read.as_mut().cancel();
                result = Some(read.await);
            }
            match result {
                Some(CANCELLED) => cancelled += 1,
                Some(n) => got.extend_from_slice(&buffer[..usize::try_from(n).unwrap()]),
                None => unreachable!(),
            }
        }
        (got, cancelled)
    };
    let ((), (got, _)) = block(&ring, both(writer, reader));
    assert_eq!(got, data);
    assert_eq!(ring.in_flight(), 0);
}

#[test]
fn t16_a_connection_that_comes_between_is_accepted_now_or_next() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let ring = ring(8);
    let result = block(&ring, async {
        let mut accept = pin!(Must(Borrowed::accept(listener.as_raw_fd())));
        assert_eq!(once(accept.as_mut()).await, None);
        turn().await;
        let _client = std::net::TcpStream::connect(addr).unwrap();
        accept.as_mut().cancel();
        match accept.await {
            CANCELLED => Must(Borrowed::accept(listener.as_raw_fd())).await,
            result => result,
        }
    });
    assert!(result > 0, "{result}");
    // SAFETY: the operation has opened it for us.
    drop(unsafe { OwnedFd::from_raw_fd(result) });
}

#[test]
fn an_accept_can_be_cancelled() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let result = block(&ring(8), async {
        let mut accept = pin!(Must(Borrowed::accept(listener.as_raw_fd())));
        assert_eq!(once(accept.as_mut()).await, None);
        turn().await;
        accept.as_mut().cancel();
        accept.await
    });
    assert_eq!(result, CANCELLED);
}

#[test]
fn a_send_that_does_not_fit_can_be_cancelled() {
    let (client, _server) = pair();
    let data = vec![1; 64 << 20];
    let ring = ring(8);
    let result = block(&ring, async {
        // Fill the connection: nothing reads.
        let mut last = 0;
        for _ in 0..64 {
            let mut write = pin!(send(&client, &data));
            let mut result = once(write.as_mut()).await;
            turn().await;
            turn().await;
            if result.is_none() {
                write.as_mut().cancel();
                result = Some(write.await);
            }
            last = result.unwrap_or_default();
            if last == CANCELLED {
                break;
            }
        }
        last
    });
    assert_eq!(result, CANCELLED);
}
