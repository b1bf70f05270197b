//! What is in flight when something is dropped: the root by a panic, the socket, the driver.
#![cfg(feature = "io")]

mod io_support;

use std::future::Future;
use std::os::fd::AsRawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::ptr::NonNull;
use std::rc::Rc;
use std::task::{Context, Poll};

use io_support::{Op, block_on, block_on_driver, driver, file, once, pair};
use kernel::driver::ops::{ReadAt, Recv};
use kernel::driver::select::Backend;
use kernel::driver::{OpHeader, OpKind};
use kernel::leaf::borrowed::Borrowed;
use kernel::leaf::socket::Socket;
use kernel::run::executor::{OnWatchdog, run};

const BACKENDS: [Backend; 2] = [Backend::Epoll, Backend::Uring];

/// Says when its frame is dropped whether its operation had ended by then.
struct Frame {
    buffer: Box<[u8; 8]>,
    op: Option<Pin<Box<Op<'static>>>>,
    ended: Rc<std::cell::Cell<bool>>,
}

impl Drop for Frame {
    fn drop(&mut self) {
        let op = self.op.take().expect("set by `frame`");
        self.ended.set(!op.0.in_flight());
        drop(op);
        self.buffer.fill(0);
    }
}

async fn frame(fd: i32, ended: &Rc<std::cell::Cell<bool>>) -> Frame {
    let mut frame = Frame { buffer: Box::new([0; 8]), op: None, ended: ended.clone() };
    // SAFETY: the buffer is on the heap and freed after the operation.
    let buffer: &'static mut [u8; 8] = unsafe { &mut *core::ptr::from_mut(&mut *frame.buffer) };
    let mut op = Box::pin(Op(Borrowed::recv(fd, buffer)));
    assert!(once(op.as_mut()).await.is_pending());
    frame.op = Some(op);
    frame
}

/// T5, T6, T7: the frames of a root that panics go after what they lent has come back.
#[test]
fn t06_a_root_that_panics_is_drained_before_its_frames_go() {
    for backend in BACKENDS {
        let ended = Rc::new(std::cell::Cell::new(false));
        let driver = driver(backend);
        let watched = ended.clone();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let mut polls = 0;
            let mut root = Box::pin(async move {
                let (_client, server) = pair().await;
                let frame = frame(server.fd(), &watched).await;
                kernel::leaf::sleep::sleep(1).await;
                // It outlives this poll in the root's closure, which is dropped last.
                (server, frame)
            });
            let mut kept = None;
            run(&*driver, OnWatchdog::Drop, move |cx: &mut Context<'_>| {
                polls += 1;
                if kept.is_none()
                    && let Poll::Ready(frame) = root.as_mut().poll(cx)
                {
                    kept = Some(frame);
                    panic!("the root's own, after {polls} polls");
                }
                Poll::<()>::Pending
            })
        }));
        assert!(panicked.is_err());
        assert!(ended.get(), "{backend}: in flight when its frame went");
        // The driver is as good as new.
        block_on_driver(&*driver, async { drop(pair().await) });
    }
}

#[test]
fn t06_file_operations_of_a_root_that_panics_are_waited_for() {
    for backend in BACKENDS {
        let (driver, file) = (driver(backend), file(&[7; 1 << 20]));
        // A panic drops what lies in the frame that panics before anything can drain, so what
        // is lent lies elsewhere.
        let mut buffers = vec![vec![0; 1 << 20]; 4];
        let mut reads: Vec<_> = buffers
            .iter_mut()
            .map(|buffer| Box::pin(Op(Borrowed::read_at(file.as_raw_fd(), buffer, 0))))
            .collect();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            block_on_driver(&*driver, async {
                for read in &mut reads {
                    assert!(once(read.as_mut()).await.is_pending());
                }
                panic!("the root's own");
            })
        }));
        assert!(panicked.is_err());
        // The driver would end them as it is dropped, so this is before.
        assert!(reads.iter().all(|read| !read.0.in_flight()), "{backend}");
    }
}

/// A socket that is dropped under an operation ends it; the number may be reused at once.
#[test]
fn closing_a_socket_ends_what_waits_for_it() {
    block_on(Backend::Epoll, async {
        let (listener, _) = Socket::listen().unwrap();
        let mut accept = pin!(Op(Borrowed::accept(listener.fd())));
        assert!(once(accept.as_mut()).await.is_pending());
        drop(listener);
        assert_eq!(accept.await, contract::CANCELLED);
    });
}

#[test]
fn t14_a_driver_that_is_dropped_gives_back_what_it_holds() {
    for backend in BACKENDS {
        let driver = driver(backend);
        let (_client, server) = block_on_driver(&*driver, pair());
        let file = file(&[7; 8]);
        let mut buffers = [[0; 8]; 2];
        let kinds: [OpKind; 2] =
            [Recv { fd: server.fd() }.into(), ReadAt { fd: file.as_raw_fd(), offset: 0 }.into()];
        // The end of a run drains, so these are begun without one.
        let ops = kinds.map(|kind| Box::pin(OpHeader::new(kind)));
        for (op, buffer) in ops.iter().zip(&mut buffers) {
            op.lend(buffer.as_mut_ptr(), buffer.len());
            // SAFETY: header and buffer outlive the driver, which ends what it holds.
            unsafe { driver.submit(NonNull::from(op.as_ref().get_ref())) };
            assert_eq!(op.result(), None, "{backend}");
        }
        drop(driver);
        let results = ops.map(|op| op.result());
        assert_eq!(results[0], Some(contract::CANCELLED), "{backend}");
        // The helper, or the kernel, may have been as fast.
        assert!(matches!(results[1], Some(8 | contract::CANCELLED)), "{backend} {results:?}");
    }
}

#[test]
fn sockets_may_outlive_their_driver() {
    for backend in BACKENDS {
        let (client, server) = block_on(backend, pair());
        rustix::net::send(&client, b"late", rustix::net::SendFlags::empty()).unwrap();
        let mut buffer = [0; 4];
        // They are still sockets, if nothing else.
        assert_eq!(rustix::io::read(&server, &mut buffer), Ok(4));
    }
}

/// An operation on a descriptor that the driver does not know is an error value.
#[test]
fn a_socket_of_another_driver_is_an_error() {
    let (client, _server) = block_on(Backend::Epoll, pair());
    block_on(Backend::Epoll, async {
        let mut buffer = [0; 4];
        let result = Op(Borrowed::recv(client.fd(), &mut buffer)).await;
        assert_eq!(result, kernel::driver::UNSUPPORTED);
    });
}
