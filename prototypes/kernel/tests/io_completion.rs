//! The completion face of the epoll driver: operations that are lent to the driver.
#![cfg(feature = "io")]

mod io_support;

use std::os::fd::AsRawFd;
use std::pin::pin;
use std::task::Poll;

use io_support::{Op, block_on, both, file, once, pair, recv_exact, send_all, socket};
use kernel::IoError;
use kernel::driver::select::Backend;
use kernel::leaf::borrowed::Borrowed;
use kernel::leaf::sleep::sleep;
use kernel::leaf::socket::{Socket, loopback};

const BACKEND: Backend = Backend::Epoll;

#[test]
fn bytes_go_there_and_back_until_the_end() {
    block_on(BACKEND, async {
        let (client, server) = pair().await;
        let echo = async {
            let mut buffer = [0; 64];
            for round in 0.. {
                match recv_exact(&server, &mut buffer).await {
                    Ok(()) => send_all(&server, &buffer).await.unwrap(),
                    Err(error) => return (round, error),
                }
            }
            unreachable!()
        };
        let ask = async {
            for round in 0..100 {
                let (sent, mut back) = ([round; 64], [0; 64]);
                send_all(&client, &sent).await.unwrap();
                recv_exact(&client, &mut back).await.unwrap();
                assert_eq!(sent, back);
            }
            drop(client);
        };
        assert_eq!(both(echo, ask).await.0, (100, IoError::Eof));
    });
}

#[test]
fn accept_and_connect_report_what_the_system_says() {
    block_on(BACKEND, async {
        let (listener, port) = Socket::listen().unwrap();
        let mut accept = pin!(Op(Borrowed::accept(listener.fd())));
        assert!(once(accept.as_mut()).await.is_pending());
        let client = Socket::stream().unwrap();
        assert_eq!(Op(Borrowed::connect(client.fd(), loopback(port))).await, 0);
        drop(socket(accept.await));
        drop(listener);
        let late = Socket::stream().unwrap();
        let refused = Op(Borrowed::connect(late.fd(), loopback(port))).await;
        assert_eq!(IoError::check(refused), Err(IoError::Os(111)));
    });
}

#[test]
fn a_full_send_buffer_waits_until_the_peer_reads() {
    block_on(BACKEND, async {
        let (client, server) = pair().await;
        let (block, mut back) = (vec![7; 16 << 20], vec![0; 16 << 20]);
        let mut send = pin!(send_all(&client, &block));
        assert!(once(send.as_mut()).await.is_pending());
        let (sent, received) = both(send, recv_exact(&server, &mut back)).await;
        sent.and(received).unwrap();
        assert!(back == block);
    });
}

#[test]
fn files_are_read_and_written_at_a_place() {
    block_on(BACKEND, async {
        let file = file(b"0123456789");
        let mut buffer = [0; 4];
        assert_eq!(Op(Borrowed::read_at(file.as_raw_fd(), &mut buffer, 3)).await, 4);
        assert_eq!(buffer, *b"3456");
        assert_eq!(Op(Borrowed::write_at(file.as_raw_fd(), b"xy", 4)).await, 2);
        let mut first = [0; 6];
        let mut rest = [0; 6];
        let reads = both(
            Op(Borrowed::read_at(file.as_raw_fd(), &mut first, 0)),
            Op(Borrowed::read_at(file.as_raw_fd(), &mut rest, 6)),
        );
        assert_eq!(reads.await, (6, 4));
        assert_eq!((&first, &rest[..4]), (b"0123xy", &b"6789"[..]));
        assert_eq!(Op(Borrowed::read_at(file.as_raw_fd(), &mut buffer, 10)).await, 0, "its end");
        assert_eq!(Op(Borrowed::read_at(1_000_000, &mut buffer, 0)).await, -9, "not open");
    });
}

#[test]
fn an_operation_that_was_not_submitted_ignores_a_cancel() {
    block_on(BACKEND, async {
        let (client, server) = pair().await;
        let mut buffer = [0; 4];
        let mut recv = pin!(Op(Borrowed::recv(server.fd(), &mut buffer)));
        recv.as_mut().cancel();
        send_all(&client, b"kept").await.unwrap();
        assert_eq!(recv.await, 4);
    });
}

#[test]
fn an_operation_in_flight_is_cancelled_and_takes_nothing() {
    block_on(BACKEND, async {
        let (client, server) = pair().await;
        let mut buffer = [0; 4];
        {
            let mut recv = pin!(Op(Borrowed::recv(server.fd(), &mut buffer)));
            assert!(once(recv.as_mut()).await.is_pending());
            recv.as_mut().cancel();
            assert_eq!(recv.await, contract::CANCELLED);
        }
        send_all(&client, b"kept").await.unwrap();
        recv_exact(&server, &mut buffer).await.unwrap();
        assert_eq!(buffer, *b"kept");
    });
}

#[test]
fn each_of_two_operations_of_one_direction_gets_its_own_end() {
    block_on(BACKEND, async {
        let (client, server) = pair().await;
        let (mut a, mut b, mut c) = ([0; 1], [0; 1], [0; 1]);
        let mut first = pin!(Op(Borrowed::recv(server.fd(), &mut a)));
        let mut second = pin!(Op(Borrowed::recv(server.fd(), &mut b)));
        let mut third = pin!(Op(Borrowed::recv(server.fd(), &mut c)));
        assert!(once(first.as_mut()).await.is_pending());
        assert!(once(second.as_mut()).await.is_pending());
        assert!(once(third.as_mut()).await.is_pending());
        second.as_mut().cancel();
        assert_eq!(second.await, contract::CANCELLED);
        send_all(&client, b"xz").await.unwrap();
        assert_eq!((first.await, third.await), (1, 1));
        assert_eq!((a, b, c), (*b"x", [0], *b"z"), "first come, first served");
    });
}

/// T16: the bytes are there and a cancel is asked for before the driver looks again.
/// Whichever wins, the bytes are not lost.
#[test]
fn t16_a_cancel_in_the_same_tick_loses_no_byte() {
    block_on(BACKEND, async {
        let (client, server) = pair().await;
        let mut counted = [0; 2];
        for round in 0..50_u8 {
            let mut buffer = [0; 4];
            let result = {
                let mut recv = pin!(Op(Borrowed::recv(server.fd(), &mut buffer)));
                assert!(once(recv.as_mut()).await.is_pending());
                send_all(&client, &[round; 4]).await.unwrap();
                if round % 2 == 0 {
                    // The driver completes it, and the cancel comes before the poll.
                    let mut again = pin!(sleep(1));
                    assert!(once(again.as_mut()).await.is_pending());
                    again.await;
                }
                recv.as_mut().cancel();
                recv.await
            };
            match result {
                4 => counted[0] += 1,
                contract::CANCELLED => {
                    counted[1] += 1;
                    recv_exact(&server, &mut buffer).await.unwrap();
                }
                other => panic!("{other}"),
            }
            assert_eq!(buffer, [round; 4]);
        }
        assert_eq!(counted[0] + counted[1], 50);
        assert!(counted[0] >= 25, "what was complete before the cancel stays complete");
    });
}

/// T15: an operation that has completed and is not polled keeps nothing that others need.
#[test]
fn t15_a_completed_operation_that_nobody_polls_blocks_nobody() {
    block_on(BACKEND, async {
        let (client, server) = pair().await;
        let (other_client, other_server) = pair().await;
        let mut buffer = [0; 1];
        let mut unpolled = pin!(Op(Borrowed::recv(server.fd(), &mut buffer)));
        assert!(once(unpolled.as_mut()).await.is_pending());
        send_all(&client, b"x").await.unwrap();
        for _ in 0..100 {
            send_all(&other_client, b"y").await.unwrap();
            recv_exact(&other_server, &mut [0; 1]).await.unwrap();
        }
        sleep(1).await;
        assert_eq!(once(unpolled.as_mut()).await, Poll::Ready(1));
    });
}

#[test]
fn file_operations_that_wait_for_the_helper_are_cancelled() {
    block_on(BACKEND, async {
        let file = file(&[1; 1 << 20]);
        let mut buffers = vec![vec![0; 1 << 20]; 8];
        let mut reads: Vec<_> = buffers
            .iter_mut()
            .map(|buffer| Box::pin(Op(Borrowed::read_at(file.as_raw_fd(), buffer, 0))))
            .collect();
        for read in &mut reads {
            assert!(once(read.as_mut()).await.is_pending());
        }
        for read in &mut reads {
            read.as_mut().cancel();
        }
        for read in reads {
            let result = read.await;
            assert!(result == 1 << 20 || result == contract::CANCELLED, "{result}");
        }
    });
}

#[test]
fn an_empty_buffer_moves_nothing() {
    block_on(BACKEND, async {
        let (client, server) = pair().await;
        assert_eq!(Op(Borrowed::send(client.fd(), &[])).await, 0);
        send_all(&client, b"x").await.unwrap();
        assert_eq!(Op(Borrowed::recv(server.fd(), &mut [])).await, 0);
        let mut byte = [0; 1];
        assert_eq!(Op(Borrowed::recv(server.fd(), &mut byte)).await, 1);
    });
}
