//! What the tests of real I/O share: roots that are plain futures, and leaves as futures.
//!
//! A test polls what it lends until it is ready, or lets the executor drain it, and so keeps
//! the promise of `Borrowed::poll`.
#![allow(dead_code, reason = "each test file uses its part")]

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use kernel::IoError;
use kernel::driver::Driver;
use kernel::driver::select::{self, Backend};
use kernel::leaf::borrowed::Borrowed;
use kernel::leaf::sleep;
use kernel::leaf::socket::{Socket, loopback};
use kernel::run::executor::{OnWatchdog, run};

/// A real driver.
pub(crate) fn driver(backend: Backend) -> Box<dyn Driver> {
    select::open(backend, None).expect("the driver can be had here")
}

/// Runs a future on a driver of its own.
pub(crate) fn block_on<F: Future>(backend: Backend, future: F) -> F::Output {
    block_on_driver(&*driver(backend), future)
}

/// Runs a future on a driver.
pub(crate) fn block_on_driver<F: Future>(driver: &dyn Driver, future: F) -> F::Output {
    let mut future = pin!(future);
    run(driver, OnWatchdog::Drop, |cx| future.as_mut().poll(cx))
        .expect("a real driver has no watchdog")
}

/// A completion leaf as a future. It must be polled to its end.
pub(crate) struct Op<'b>(pub(crate) Borrowed<'b>);

impl Op<'_> {
    /// Asks for an early end.
    pub(crate) fn cancel(self: Pin<&mut Self>) {
        // SAFETY: the only field, never moved out.
        unsafe { self.map_unchecked_mut(|this| &mut this.0) }.request_cancel();
    }
}

impl Future for Op<'_> {
    type Output = i32;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<i32> {
        // SAFETY: the only field, never moved out.
        let leaf = unsafe { self.map_unchecked_mut(|this| &mut this.0) };
        // SAFETY: tests poll to the end (module docs).
        unsafe { leaf.poll(cx) }
    }
}

/// Polls a future once.
pub(crate) async fn once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

/// Polls both until both are ready.
pub(crate) async fn both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut first, mut second) = (None, None);
    std::future::poll_fn(move |cx| {
        if first.is_none()
            && let Poll::Ready(output) = a.as_mut().poll(cx)
        {
            first = Some(output);
        }
        if second.is_none()
            && let Poll::Ready(output) = b.as_mut().poll(cx)
        {
            second = Some(output);
        }
        match (first.take(), second.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            (a, b) => {
                (first, second) = (a, b);
                Poll::Pending
            }
        }
    })
    .await
}

/// `None` if the milliseconds pass first. The future is dropped then.
pub(crate) async fn within<F: Future>(ms: u32, future: F) -> Option<F::Output> {
    let (mut future, mut sleep) = (pin!(future), pin!(sleep::sleep(ms)));
    std::future::poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => sleep.as_mut().poll(cx).map(|()| None),
    })
    .await
}

/// Two connected sockets, made with completion operations, which every driver has.
pub(crate) async fn pair() -> (Socket, Socket) {
    let (listener, port) = Socket::listen().expect("loopback listens");
    let client = Socket::stream().expect("a socket");
    let connect = Op(Borrowed::connect(client.fd(), loopback(port)));
    let (connected, accepted) = both(connect, Op(Borrowed::accept(listener.fd()))).await;
    assert_eq!(connected, 0);
    (client, socket(accepted))
}

/// The socket of an accept operation's result.
pub(crate) fn socket(accepted: i32) -> Socket {
    assert!(accepted >= 0, "accept: {accepted}");
    // SAFETY: accepted just now, and given to nothing else.
    unsafe { Socket::accepted(accepted) }.expect("the driver takes it")
}

/// Sends everything with completion operations.
pub(crate) async fn send_all(socket: &Socket, mut bytes: &[u8]) -> Result<(), IoError> {
    while !bytes.is_empty() {
        let sent = IoError::check(Op(Borrowed::send(socket.fd(), bytes)).await)?;
        bytes = &bytes[sent..];
    }
    Ok(())
}

/// Fills the buffer with completion operations.
pub(crate) async fn recv_exact(socket: &Socket, mut buffer: &mut [u8]) -> Result<(), IoError> {
    while !buffer.is_empty() {
        let received = IoError::check(Op(Borrowed::recv(socket.fd(), buffer)).await)?;
        if received == 0 {
            return Err(IoError::Eof);
        }
        buffer = &mut buffer[received..];
    }
    Ok(())
}

/// A file with these bytes, open for reading and writing, without a name.
pub(crate) fn file(bytes: &[u8]) -> std::fs::File {
    let name = format!("kernel-io-{}-{:?}", std::process::id(), std::thread::current().id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, bytes).expect("a temporary file");
    let file = std::fs::OpenOptions::new().read(true).write(true).open(&path);
    std::fs::remove_file(path).expect("it is ours");
    file.expect("it was written just now")
}
