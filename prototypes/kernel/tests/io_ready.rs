//! The readiness face on epoll: leaves that try, wait for an edge and try again.
#![cfg(feature = "io")]

mod io_support;

use std::pin::pin;
use std::task::Poll;

use io_support::{block_on, both, once, within};
use kernel::IoError;
use kernel::driver::select::Backend;
use kernel::leaf::ready::Source;
use kernel::leaf::socket::{Socket, loopback};

fn source(socket: &Socket) -> &Source {
    socket.source().expect("made under the epoll driver")
}

/// Two connected sockets, made with readiness leaves.
async fn pair() -> (Socket, Socket) {
    let (listener, port) = Socket::listen().expect("loopback listens");
    let client = Socket::stream().expect("a socket");
    let connect = source(&client).connect(loopback(port));
    let (connected, accepted) = both(connect, source(&listener).accept()).await;
    connected.expect("something listens");
    (client, accepted.expect("a connection"))
}

async fn send_all(socket: &Socket, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let sent = source(socket).send(bytes).await.expect("the peer is there");
        bytes = &bytes[sent..];
    }
}

async fn recv_exact(socket: &Socket, mut buffer: &mut [u8]) {
    while !buffer.is_empty() {
        let received = source(socket).recv(buffer).await.expect("the peer is there");
        assert_ne!(received, 0, "the stream ended early");
        buffer = &mut buffer[received..];
    }
}

#[test]
fn bytes_go_there_and_back_until_the_end() {
    block_on(Backend::Epoll, async {
        let (client, server) = pair().await;
        let echo = async {
            let (mut buffer, mut moved) = ([0; 64], 0);
            loop {
                match source(&server).recv(&mut buffer).await {
                    Ok(0) => return moved,
                    Ok(n) => send_all(&server, &buffer[..n]).await,
                    Err(error) => panic!("{error}"),
                }
                moved += 1;
            }
        };
        let ask = async {
            for round in 0..100 {
                let (sent, mut back) = ([round; 64], [0; 64]);
                send_all(&client, &sent).await;
                recv_exact(&client, &mut back).await;
                assert_eq!(sent, back);
            }
            drop(client);
        };
        assert_eq!(both(echo, ask).await.0, 100);
    });
}

#[test]
fn an_accept_waits_for_a_connection() {
    block_on(Backend::Epoll, async {
        let (listener, port) = Socket::listen().unwrap();
        let mut accept = pin!(source(&listener).accept());
        assert!(once(accept.as_mut()).await.is_pending());
        let client = Socket::stream().unwrap();
        source(&client).connect(loopback(port)).await.unwrap();
        let server = accept.await.unwrap();
        assert!(rustix::net::sockopt::tcp_nodelay(&server).unwrap(), "inherited");
    });
}

#[test]
fn nobody_listens() {
    block_on(Backend::Epoll, async {
        let (listener, port) = Socket::listen().unwrap();
        drop(listener);
        let client = Socket::stream().unwrap();
        let refused = source(&client).connect(loopback(port)).await;
        assert_eq!(refused, Err(IoError::Os(111)));
    });
}

/// A socket without a peer counts as closed. What the driver saw of it then must not be
/// believed afterwards.
#[test]
fn a_socket_may_be_watched_long_before_it_is_connected() {
    block_on(Backend::Epoll, async {
        let (listener, port) = Socket::listen().unwrap();
        let client = Socket::stream().unwrap();
        kernel::leaf::sleep::sleep(2).await;
        let connect = source(&client).connect(loopback(port));
        let (connected, accepted) = both(connect, source(&listener).accept()).await;
        connected.unwrap();
        let server = accepted.unwrap();
        let mut byte = [0; 1];
        assert_eq!(within(5, source(&client).recv(&mut byte)).await, None);
        send_all(&server, b"x").await;
        recv_exact(&client, &mut byte).await;
        assert_eq!(byte, *b"x");
    });
}

#[test]
fn a_full_send_buffer_waits_until_the_peer_reads() {
    block_on(Backend::Epoll, async {
        const BYTES: usize = 16 << 20;
        let (client, server) = pair().await;
        let fill = async {
            let block = vec![7; 1 << 20];
            for _ in 0..BYTES / block.len() {
                send_all(&client, &block).await;
            }
        };
        let mut fill = pin!(fill);
        // More than the system buffers, so it waits before anything reads.
        assert!(once(fill.as_mut()).await.is_pending());
        let read = async {
            let (mut buffer, mut left) = (vec![0; 100_000], BYTES);
            while left > 0 {
                let n = source(&server).recv(&mut buffer).await.unwrap();
                assert!(n > 0 && buffer[..n].iter().all(|byte| *byte == 7));
                left -= n;
            }
        };
        both(fill, read).await;
    });
}

#[test]
fn a_short_read_waits_for_the_next_edge_and_an_end_is_seen_after_it() {
    block_on(Backend::Epoll, async {
        let (client, server) = pair().await;
        let mut buffer = [0; 8];
        for round in 1..=3 {
            send_all(&client, &[round; 3]).await;
            assert_eq!(source(&server).recv(&mut buffer).await, Ok(3));
            let mut more = pin!(source(&server).recv(&mut buffer));
            assert!(once(more.as_mut()).await.is_pending(), "nothing more is there");
        }
        // Bytes and the end come together: the short read must not hide the end.
        send_all(&client, b"bye").await;
        drop(client);
        kernel::leaf::sleep::sleep(2).await;
        assert_eq!(source(&server).recv(&mut buffer).await, Ok(3));
        assert_eq!(source(&server).recv(&mut buffer).await, Ok(0));
        assert_eq!(source(&server).recv(&mut buffer).await, Ok(0));
    });
}

#[test]
fn both_directions_wait_on_their_own() {
    block_on(Backend::Epoll, async {
        let (client, server) = pair().await;
        let block = vec![1; 16 << 20];
        let mut send = pin!(send_all(&client, &block));
        assert!(once(send.as_mut()).await.is_pending());
        let mut byte = [0; 1];
        let mut recv = pin!(source(&client).recv(&mut byte));
        assert!(once(recv.as_mut()).await.is_pending());
        send_all(&server, b"x").await;
        assert_eq!(recv.await, Ok(1));
        assert!(once(send.as_mut()).await.is_pending(), "nothing has read yet");
        let mut buffer = vec![0; 1 << 20];
        let drain = async {
            let mut left = block.len();
            while left > 0 {
                left -= source(&server).recv(&mut buffer).await.unwrap();
            }
        };
        both(send, drain).await;
    });
}

#[test]
fn a_leaf_that_is_dropped_takes_nothing() {
    block_on(Backend::Epoll, async {
        let (client, server) = pair().await;
        let mut buffer = [0; 8];
        assert_eq!(within(2, source(&server).recv(&mut buffer)).await, None);
        send_all(&client, b"kept").await;
        kernel::leaf::sleep::sleep(2).await;
        assert_eq!(source(&server).recv(&mut buffer).await, Ok(4));
        let (listener, port) = Socket::listen().unwrap();
        assert!(within(2, source(&listener).accept()).await.is_none());
        let late = Socket::stream().unwrap();
        source(&late).connect(loopback(port)).await.unwrap();
        assert!(source(&listener).accept().await.is_ok());
    });
}

#[test]
fn a_socket_that_is_dropped_while_somebody_waits_is_forgotten() {
    block_on(Backend::Epoll, async {
        for _ in 0..200 {
            let (client, server) = pair().await;
            let mut byte = [0; 1];
            {
                let mut recv = pin!(source(&server).recv(&mut byte));
                assert!(matches!(once(recv.as_mut()).await, Poll::Pending));
            }
            send_all(&client, b"x").await;
            drop((client, server));
        }
    });
}

/// Nothing would tell it of an edge: the same error as on the completion face.
#[test]
fn a_leaf_that_waits_for_a_socket_of_another_driver_is_an_error() {
    let unsupported = Err(IoError::Os(-kernel::driver::UNSUPPORTED));
    let (client, server) = block_on(Backend::Epoll, pair());
    for backend in [Backend::Epoll, Backend::Uring] {
        block_on(backend, async {
            let received = within(10_000, source(&server).recv(&mut [0; 4])).await;
            assert_eq!(received, Some(unsupported), "{backend}");
            let readable = std::future::poll_fn(|cx| source(&server).poll_readable(cx));
            assert_eq!(within(10_000, readable).await, Some(unsupported.map(drop)), "{backend}");
            // What does not wait needs no driver.
            assert_eq!(source(&client).send(b"sent").await, Ok(4));
            assert_eq!(source(&server).recv_now(&mut [0; 4]), Ok(Some(4)));
        });
    }
}
