//! Peers that end early, reset or stall, and a system that has no descriptor left: each is
//! an error value, on both faces of the epoll driver.
#![cfg(feature = "io")]

mod io_support;

use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::time::Duration;

use io_support::{Op, block_on, pair, recv_exact, send_all, within};
use kernel::IoError;
use kernel::driver::select::Backend;
use kernel::leaf::borrowed::Borrowed;
use kernel::leaf::sleep::sleep;
use kernel::leaf::socket::{Socket, loopback};
use rustix::net::sockopt::set_socket_linger;
use rustix::process::{Resource, Rlimit, setrlimit};

const BACKEND: Backend = Backend::Epoll;
const FRAME: [u8; 12] = *b"length:bytes";

/// Which face receives.
#[derive(Clone, Copy, Debug)]
enum Face {
    Ready,
    Completion,
}

const FACES: [Face; 2] = [Face::Ready, Face::Completion];

impl Face {
    async fn recv_exact(self, socket: &Socket, mut buffer: &mut [u8]) -> Result<(), IoError> {
        let source = match self {
            Face::Completion => return recv_exact(socket, buffer).await,
            Face::Ready => socket.source().expect("made under the epoll driver"),
        };
        while !buffer.is_empty() {
            let received = source.recv(buffer).await?;
            if received == 0 {
                return Err(IoError::Eof);
            }
            buffer = &mut buffer[received..];
        }
        Ok(())
    }

    /// Sends until the peer's refusal is known.
    async fn send_until_refused(self, socket: &Socket) -> IoError {
        loop {
            let sent = match self {
                Face::Completion => IoError::check(Op(Borrowed::send(socket.fd(), &FRAME)).await),
                Face::Ready => socket.source().expect("an epoll socket").send(&FRAME).await,
            };
            if let Err(error) = sent {
                return error;
            }
            sleep(1).await;
        }
    }
}

/// Closes so that the peer is told of an error.
fn reset(socket: Socket) {
    set_socket_linger(&socket, Some(Duration::ZERO)).expect("a socket lingers");
    drop(socket);
}

#[test]
fn a_peer_that_closes_at_any_byte_of_a_frame_is_an_end() {
    for face in FACES {
        block_on(BACKEND, async {
            for cut in 0..FRAME.len() {
                for pause in [false, true] {
                    let (client, server) = pair().await;
                    let mut buffer = [0; FRAME.len()];
                    let close = async {
                        send_all(&client, &FRAME[..cut]).await.unwrap();
                        if pause {
                            sleep(1).await;
                        }
                        drop(client);
                    };
                    let (got, ()) =
                        io_support::both(face.recv_exact(&server, &mut buffer), close).await;
                    assert_eq!(got, Err(IoError::Eof), "{face:?} {cut} {pause}");
                    assert_eq!(buffer[..cut], FRAME[..cut]);
                }
            }
        });
    }
}

#[test]
fn a_peer_that_resets_is_an_error_that_is_told_once() {
    for face in FACES {
        block_on(BACKEND, async {
            for cut in [0, 5] {
                let (client, server) = pair().await;
                let mut buffer = [0; FRAME.len()];
                send_all(&client, &FRAME[..cut]).await.unwrap();
                face.recv_exact(&server, &mut buffer[..cut]).await.unwrap();
                reset(client);
                let got = face.recv_exact(&server, &mut buffer).await;
                assert_eq!(got, Err(IoError::Os(104)), "{face:?}");
                let after = face.recv_exact(&server, &mut buffer).await;
                assert_eq!(after, Err(IoError::Eof), "{face:?}");
            }
        });
    }
}

#[test]
fn a_reset_wakes_who_waits() {
    for face in FACES {
        block_on(BACKEND, async {
            let (client, server) = pair().await;
            let mut buffer = [0; 4];
            let peer = async {
                sleep(2).await;
                reset(client);
            };
            let (got, ()) = io_support::both(face.recv_exact(&server, &mut buffer), peer).await;
            assert_eq!(got, Err(IoError::Os(104)), "{face:?}");
        });
    }
}

#[test]
fn sending_to_who_is_gone_is_an_error_and_no_signal() {
    for face in FACES {
        block_on(BACKEND, async {
            let (client, server) = pair().await;
            drop(server);
            let error = face.send_until_refused(&client).await;
            // The first send is answered with a reset, the next one finds the pipe broken.
            assert!(matches!(error, IoError::Os(32 | 104)), "{face:?} {error:?}");
        });
    }
}

#[test]
fn a_peer_that_stalls_is_left_to_a_timeout_and_what_it_sent_is_kept() {
    block_on(BACKEND, async {
        let (client, server) = pair().await;
        send_all(&client, &FRAME[..5]).await.unwrap();
        let source = server.source().unwrap();
        let (mut buffer, mut filled) = ([0; FRAME.len()], 0);
        let stalled = within(3, async {
            while filled < FRAME.len() {
                filled += source.recv(&mut buffer[filled..]).await.unwrap();
            }
        });
        assert_eq!(stalled.await, None);
        assert_eq!(filled, 5, "a read that ended is counted, one that waits took nothing");
        send_all(&client, &FRAME[5..]).await.unwrap();
        while filled < FRAME.len() {
            filled += source.recv(&mut buffer[filled..]).await.unwrap();
        }
        assert_eq!(buffer, FRAME);
    });
}

/// Runs in a process of its own, because the limit is the process's.
#[test]
fn descriptors_run_out() {
    if std::env::var_os("KERNEL_IO_FEW_DESCRIPTORS").is_some() {
        return few_descriptors();
    }
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "descriptors_run_out", "--test-threads=1"])
        .env("KERNEL_IO_FEW_DESCRIPTORS", "1")
        .status()
        .unwrap();
    assert_eq!((status.code(), status.signal()), (Some(0), None));
}

fn few_descriptors() {
    setrlimit(Resource::Nofile, Rlimit { current: Some(64), maximum: Some(64) })
        .expect("a lower limit");
    block_on(BACKEND, async {
        let (listener, port) = Socket::listen().expect("loopback listens");
        let waiting = Socket::stream().expect("a socket");
        assert_eq!(Op(Borrowed::connect(waiting.fd(), loopback(port))).await, 0);
        let mut sockets = Vec::new();
        let error = loop {
            match Socket::stream() {
                Ok(socket) => sockets.push(socket),
                Err(error) => break error,
            }
        };
        assert_eq!(error, IoError::Os(24));
        assert_eq!(Socket::listen().map(|_| ()), Err(IoError::Os(24)));
        // The connection is there, but no number for it.
        assert_eq!(Op(Borrowed::accept(listener.fd())).await, -24);
        let source = listener.source().expect("made under the epoll driver");
        assert_eq!(source.accept().await.map(drop), Err(IoError::Os(24)));
        assert!(kernel::driver::select::probe(BACKEND).is_err());
        // It is not lost: with a number it is accepted.
        sockets.pop();
        assert!(source.accept().await.is_ok());
    });
}
