//! Peers that close, reset or stall, at each byte of a message.
#![cfg(all(feature = "io", not(loom)))]

mod ring;

use std::io::Write;
use std::net::TcpStream;
use std::pin::pin;

use contract::CANCELLED;
use kernel::IoError;
use ring::{block, once, pair, recv, ring, turn};

const MESSAGE: &[u8; 8] = b"message.";
const RESET: i32 = 104;

/// Reads until the buffer is full; how many bytes came, and how it ended.
async fn read_exact(socket: &TcpStream, buffer: &mut [u8]) -> (usize, Result<(), IoError>) {
    let mut at = 0;
    while at < buffer.len() {
        match IoError::check(recv(socket, &mut buffer[at..]).await) {
            Ok(0) => return (at, Err(IoError::Eof)),
            Ok(n) => at += n,
            Err(error) => return (at, Err(error)),
        }
    }
    (at, Ok(()))
}

#[test]
fn a_peer_that_closes_after_each_byte() {
    let ring = ring(8);
    for sent in 0..=MESSAGE.len() {
        let (mut client, server) = pair();
        client.write_all(&MESSAGE[..sent]).unwrap();
        drop(client);
        let mut buffer = [0; MESSAGE.len()];
        let (at, end) = block(&ring, read_exact(&server, &mut buffer));
        assert_eq!((at, &buffer[..at]), (sent, &MESSAGE[..sent]));
        let whole = sent == MESSAGE.len();
        assert_eq!(end, if whole { Ok(()) } else { Err(IoError::Eof) });
    }
}

#[test]
fn a_peer_that_sends_byte_by_byte() {
    let ring = ring(8);
    let (client, server) = pair();
    let mut buffer = [0; MESSAGE.len()];
    let sender = async {
        for byte in MESSAGE {
            (&client).write_all(std::slice::from_ref(byte)).unwrap();
            turn().await;
            turn().await;
        }
    };
    let ((at, end), ()) = block(&ring, ring::both(read_exact(&server, &mut buffer), sender));
    assert_eq!((at, end, &buffer), (8, Ok(()), MESSAGE));
}

#[test]
fn a_peer_that_resets_after_each_byte() {
    let ring = ring(8);
    for sent in 0..MESSAGE.len() {
        let (mut client, server) = pair();
        client.write_all(&MESSAGE[..sent]).unwrap();
        let mut buffer = [0; MESSAGE.len()];
        let (at, end) = block(&ring, async {
            let mut read = pin!(read_exact(&server, &mut buffer));
            assert!(once(read.as_mut()).await.is_none());
            turn().await;
            rustix::net::sockopt::set_socket_linger(&client, Some(std::time::Duration::ZERO))
                .unwrap();
            drop(client);
            read.await
        });
        // What had come before the reset was read before it.
        assert_eq!((at, end, &buffer[..at]), (sent, Err(IoError::Os(RESET)), &MESSAGE[..sent]));
    }
}

#[test]
fn a_peer_that_stalls_after_each_byte() {
    let ring = ring(8);
    for sent in 0..MESSAGE.len() {
        let (mut client, server) = pair();
        client.write_all(&MESSAGE[..sent]).unwrap();
        block(&ring, async {
            let mut buffer = [0; MESSAGE.len()];
            let mut at = 0;
            if sent > 0 {
                at = usize::try_from(recv(&server, &mut buffer).await).unwrap();
            }
            assert_eq!(at, sent);
            let mut rest = pin!(recv(&server, &mut buffer[at..]));
            assert_eq!(once(rest.as_mut()).await, None);
            kernel::leaf::sleep::sleep(1).await;
            assert_eq!(once(rest.as_mut()).await, None);
            rest.as_mut().cancel();
            assert_eq!(rest.await, CANCELLED);
            // The stream is where it was.
            client.write_all(&MESSAGE[sent..]).unwrap();
            let (n, end) = read_exact(&server, &mut buffer[at..]).await;
            assert_eq!((at + n, end, &buffer), (8, Ok(()), MESSAGE));
        });
    }
}
