//! A receive into an empty buffer ends with zero on every driver and face: it takes no byte, so it
//! waits for none.
#![cfg(feature = "io")]

mod io_support;
mod raw;

use std::pin::pin;
use std::task::Poll;

use io_support::{Op, block_on, once, pair, send_all, within};
use kernel::driver::select::Backend;
use kernel::leaf::borrowed::Borrowed;

const BACKENDS: [Backend; 2] = [Backend::Epoll, Backend::Uring];

#[test]
fn an_operation_into_nothing_ends_whether_bytes_are_there_or_not() {
    for backend in BACKENDS {
        block_on(backend, async {
            let (client, server) = pair().await;
            for bytes_are_there in [false, true] {
                // The second time the driver knows that there is nothing.
                for _ in 0..2 {
                    let borrowed = Op(Borrowed::recv(server.fd(), &mut []));
                    assert_eq!(
                        within(10_000, borrowed).await,
                        Some(0),
                        "{backend} {bytes_are_there}"
                    );
                    let owned = raw::recv(server.fd(), &mut []);
                    assert_eq!(within(10_000, owned).await, Some(0), "{backend}");
                }
                send_all(&client, b"kept").await.expect("the peer is there");
            }
            let mut buffer = [0; 8];
            assert_eq!(Op(Borrowed::recv(server.fd(), &mut buffer)).await, 8, "nothing was taken");
        });
    }
}

#[test]
fn an_operation_into_nothing_does_not_wait_behind_one_that_waits() {
    for backend in BACKENDS {
        block_on(backend, async {
            let (client, server) = pair().await;
            let mut buffer = [0; 4];
            let mut first = pin!(Op(Borrowed::recv(server.fd(), &mut buffer)));
            assert!(once(first.as_mut()).await.is_pending());
            let empty = Op(Borrowed::recv(server.fd(), &mut []));
            assert_eq!(within(10_000, empty).await, Some(0), "{backend}");
            send_all(&client, b"here").await.expect("the peer is there");
            assert_eq!(first.await, 4);
        });
    }
}

#[test]
fn one_is_over_when_it_is_submitted_and_leaves_no_orphan() {
    block_on(Backend::Uring, async {
        let (_client, server) = pair().await;
        let mut empty = Box::pin(raw::recv(server.fd(), &mut []));
        assert_eq!(once(empty.as_mut()).await, Poll::Ready(0));
        drop(empty);
        let op_slots = kernel::run::context::with(|runtime| runtime.op_slots().clone());
        assert_eq!((op_slots.orphans(), op_slots.totals().orphaned), (0, 0));
    });
}

#[test]
fn a_readiness_leaf_into_nothing_is_ready() {
    block_on(Backend::Epoll, async {
        let (_client, server) = pair().await;
        let source = server.source().expect("made under the epoll driver");
        for _ in 0..2 {
            assert_eq!(once(pin!(source.recv(&mut []))).await, Poll::Ready(Ok(0)));
            assert_eq!(source.recv_now(&mut []), Ok(Some(0)));
        }
        assert_eq!(source.recv_now(&mut [0]), Ok(None));
    });
}
