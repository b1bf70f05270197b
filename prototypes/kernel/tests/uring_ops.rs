//! Every operation on a real ring, with its results and its ends.
#![cfg(all(feature = "io", not(loom)))]

mod ring;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use kernel::leaf::borrowed::Borrowed;
use ring::{Must, block, both, pair, recv, ring, send};

#[test]
fn bytes_go_there_and_back() {
    let (client, server) = pair();
    let ring = ring(8);
    let (mut there, mut back) = ([0; 4], [0; 4]);
    let (sent, received) = block(&ring, both(send(&client, b"ping"), recv(&server, &mut there)));
    assert_eq!((sent, received, &there), (4, 4, b"ping"));
    let (sent, received) = block(&ring, both(send(&server, b"pong"), recv(&client, &mut back)));
    assert_eq!((sent, received, &back), (4, 4, b"pong"));
    assert_eq!(ring.in_flight(), 0);
}

#[test]
fn a_connection_is_made_and_accepted() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let SocketAddr::V4(addr) = listener.local_addr().unwrap() else { unreachable!() };
    let socket = rustix::net::socket(
        rustix::net::AddressFamily::INET,
        rustix::net::SocketType::STREAM,
        None,
    )
    .unwrap();
    let ring = ring(8);
    let accept = Must(Borrowed::accept(listener.as_raw_fd()));
    let connect = Must(Borrowed::connect(socket.as_raw_fd(), addr));
    let (accepted, connected) = block(&ring, both(accept, connect));
    assert_eq!(connected, 0);
    assert!(accepted > 0);
    // SAFETY: the operation has opened it for us.
    let accepted = unsafe { OwnedFd::from_raw_fd(accepted) };
    let mut buffer = [0; 2];
    let (sent, received) = block(&ring, both(send(&socket, b"ok"), recv(&accepted, &mut buffer)));
    assert_eq!((sent, received, &buffer), (2, 2, b"ok"));
}

#[test]
fn many_connects_share_the_few_places_for_names() {
    let listeners: Vec<_> = (0..40).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    for entries in [1, 2, 16, 64] {
        let (family, kind) = (rustix::net::AddressFamily::INET, rustix::net::SocketType::STREAM);
        let sockets: Vec<_> =
            listeners.iter().map(|_| rustix::net::socket(family, kind, None).unwrap()).collect();
        let connects = sockets.iter().zip(&listeners).map(|(socket, listener)| {
            let SocketAddr::V4(addr) = listener.local_addr().unwrap() else { unreachable!() };
            Must(Borrowed::connect(socket.as_raw_fd(), addr))
        });
        assert_eq!(block(&ring(entries), ring::all(connects.collect())), [0; 40]);
        for (socket, listener) in sockets.into_iter().zip(&listeners) {
            let stream = TcpStream::from(socket);
            assert_eq!(stream.peer_addr().unwrap(), listener.local_addr().unwrap());
        }
    }
}

#[test]
fn a_refused_connection_says_so() {
    let addr = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let SocketAddr::V4(addr) = addr else { unreachable!() };
    let (family, kind) = (rustix::net::AddressFamily::INET, rustix::net::SocketType::STREAM);
    let socket = rustix::net::socket(family, kind, None).unwrap();
    let result = block(&ring(8), Must(Borrowed::connect(socket.as_raw_fd(), addr)));
    assert_eq!(result, -rustix::io::Errno::CONNREFUSED.raw_os_error());
}

#[test]
fn a_receive_takes_what_is_there_and_no_more_than_fits() {
    let (mut client, server) = pair();
    client.write_all(b"abcdef").unwrap();
    let ring = ring(8);
    let (mut large, mut small) = ([0; 64], [0; 4]);
    assert_eq!(block(&ring, recv(&server, &mut small)), 4);
    assert_eq!(block(&ring, recv(&server, &mut large)), 2);
    assert_eq!((&small, &large[..3]), (b"abcd", &b"ef\0"[..]));
}

#[test]
fn after_a_socket_was_emptied_nothing_that_comes_is_missed() {
    let (mut client, server) = pair();
    let ring = ring(8);
    let mut buffer = [0; 8];
    let mut emptied = |client: &mut TcpStream| {
        client.write_all(b"one").unwrap();
        assert_eq!(block(&ring, recv(&server, &mut buffer)), 3);
    };
    emptied(&mut client);
    // It lies there before the receive is submitted.
    emptied(&mut client);
    let mut buffer = [0; 8];
    let late = async {
        ring::turn().await;
        client.write_all(b"two!").unwrap();
    };
    let (received, ()) = block(&ring, both(recv(&server, &mut buffer), late));
    assert_eq!((received, &buffer[..4]), (4, &b"two!"[..]));
    // Nor is the end.
    drop(client);
    assert_eq!(block(&ring, recv(&server, &mut buffer)), 0);
    assert_eq!(ring.in_flight(), 0);
}

#[test]
fn the_end_of_the_stream_is_zero() {
    let (client, server) = pair();
    let ring = ring(8);
    let mut buffer = [0; 8];
    let end = async {
        ring::turn().await;
        client.shutdown(Shutdown::Write).unwrap();
    };
    let (received, ()) = block(&ring, both(recv(&server, &mut buffer), end));
    assert_eq!(received, 0);
}

#[test]
fn a_send_to_a_peer_that_is_gone_is_an_error_and_no_signal() {
    let (client, server) = pair();
    drop(server);
    let ring = ring(8);
    let results: Vec<i32> = (0..3).map(|_| block(&ring, send(&client, b"x"))).collect();
    assert_eq!(results[2], -rustix::io::Errno::PIPE.raw_os_error());
}

#[test]
fn files_are_read_and_written_at_a_place() {
    let mut file = tempfile::tempfile().unwrap();
    let ring = ring(8);
    let fd = file.as_raw_fd();
    assert_eq!(block(&ring, Must(Borrowed::write_at(fd, b"hello", 3))), 5);
    let mut buffer = [9; 8];
    assert_eq!(block(&ring, Must(Borrowed::read_at(fd, &mut buffer, 2))), 6);
    assert_eq!(&buffer, b"\0hello\x09\x09");
    assert_eq!(block(&ring, Must(Borrowed::read_at(fd, &mut buffer, 8))), 0);
    let mut whole = Vec::new();
    file.read_to_end(&mut whole).unwrap();
    assert_eq!(whole, b"\0\0\0hello");
}

#[test]
fn a_descriptor_that_is_not_open_is_an_error() {
    let mut buffer = [0; 8];
    let result = block(&ring(8), Must(Borrowed::recv(i32::MAX, &mut buffer)));
    assert_eq!(result, -rustix::io::Errno::BADF.raw_os_error());
}

#[test]
fn what_a_ring_cannot_do_ends_at_once() {
    let ring = ring(8);
    assert_eq!(block(&ring, Must(Borrowed::open_resource(10))), kernel::driver::UNSUPPORTED);
    assert_eq!(block(&ring, Must(Borrowed::device(&mut [0; 4], 10))), kernel::driver::UNSUPPORTED);
    assert_eq!(ring.enters(), 0);
}

#[test]
fn a_large_send_ends_short_and_goes_on() {
    let (client, server) = pair();
    let data: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let ring = ring(8);
    let sender = async {
        let mut at = 0;
        while at < data.len() {
            at += usize::try_from(send(&client, &data[at..]).await).unwrap();
        }
    };
    let receiver = async {
        let (mut got, mut buffer) = (Vec::new(), vec![0; 10_000]);
        while got.len() < data.len() {
            let n = usize::try_from(recv(&server, &mut buffer).await).unwrap();
            got.extend_from_slice(&buffer[..n]);
        }
        got
    };
    let ((), got) = block(&ring, both(sender, receiver));
    assert!(got == data);
}

/// To a ring the largest of all offsets is the position that the file has.
#[test]
fn a_place_that_no_file_has_is_an_error() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"data").unwrap();
    let ring = ring(8);
    block(&ring, async {
        for offset in [u64::MAX, 1 << 63] {
            let mut buffer = [0; 4];
            let read = Must(Borrowed::read_at(file.as_raw_fd(), &mut buffer, offset));
            assert_eq!(read.await, -22, "{offset:#x}");
            assert_eq!(Must(Borrowed::write_at(file.as_raw_fd(), b"more", offset)).await, -22);
        }
    });
    assert_eq!(file.metadata().unwrap().len(), 4);
    assert_eq!(ring.in_flight(), 0);
}
