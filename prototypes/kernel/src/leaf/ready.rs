//! The readiness face: leaves that try a call, and wait where it would block.
//!
//! What they wait on is a [`Source`] of a driver that waits for readiness. It says how often they
//! try.
//!
//! A leaf that is ready returns, however often it was ready before: there is no budget, and no
//! yield in the name of others (see [`executor`](crate::run::executor)).

use core::future::Future;
use core::net::SocketAddrV4;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::os::fd::AsFd;
use std::rc::Rc;

use rustix::io::Errno;

use crate::count::{self, Counter};
use crate::driver::UNSUPPORTED;
use crate::driver::direction::Direction;
use crate::driver::ops::recv;
pub use crate::driver::source::Source;
use crate::io_error::IoError;
use crate::leaf::socket::Socket;
use crate::run::context;

impl Source {
    /// The loop of a readiness leaf. `None` if it would block.
    #[inline]
    fn try_direction<T>(
        direction: &Direction,
        mut attempt: impl FnMut() -> Result<T, Errno>,
    ) -> Option<Result<T, IoError>> {
        count::add(Counter::LeafPolls, 1);
        while direction.is_ready() {
            match attempt() {
                Ok(done) => return Some(Ok(done)),
                Err(Errno::AGAIN) => direction.clear(),
                Err(Errno::INTR) => {}
                Err(errno) => return Some(Err(errno.into())),
            }
        }
        None
    }

    /// A leaf that would block waits for the next edge. Only the driver that the source is
    /// registered with will tell of it: under another one this is an error, as an operation on
    /// the completion face is.
    #[inline]
    fn wait<T>(&self, direction: &Direction, cx: &Context<'_>) -> Poll<Result<T, IoError>> {
        let is_here = context::is_entered()
            && context::with(|runtime| {
                runtime.driver.sources().is_some_and(|set| Rc::ptr_eq(set, &self.set))
            });
        if !is_here {
            return Poll::Ready(Err(IoError::Os(-UNSUPPORTED)));
        }
        direction.wait(cx.waker());
        // Only the clone of the waker can have raised it since.
        if direction.is_ready() {
            wake_again(cx);
        }
        Poll::Pending
    }

    #[inline]
    fn poll_direction<T>(
        &self,
        direction: &Direction,
        cx: &Context<'_>,
        attempt: impl FnMut() -> Result<T, Errno>,
    ) -> Poll<Result<T, IoError>> {
        match Source::try_direction(direction, attempt) {
            Some(done) => Poll::Ready(done),
            None => self.wait(direction, cx),
        }
    }

    /// Receives at most the buffer's length; ready with zero at the end of the stream, and at
    /// once if the buffer is empty.
    ///
    /// # Cancellation
    /// Nothing is taken before it is ready. One waits a direction; a later one replaces it.
    ///
    /// # Errors
    /// Those of the system. When it would wait under another driver than the source's.
    #[inline]
    pub fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, IoError>> {
        let tried = Source::try_direction(&self.read, || {
            let wanted = buffer.len();
            let moved = recv::now(self.fd.as_fd(), &mut *buffer)?;
            if moved < wanted {
                self.read.was_short();
            }
            Ok(moved)
        });
        match tried {
            Some(done) => Poll::Ready(done),
            None if buffer.is_empty() => Poll::Ready(Ok(0)),
            None => self.wait(&self.read, cx),
        }
    }

    /// Ready when a receive is worth a try; it may still find nothing. Needs no buffer, so an
    /// idle connection holds none.
    ///
    /// # Errors
    /// When it would wait under another driver than the source's.
    #[inline]
    pub fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<Result<(), IoError>> {
        count::add(Counter::LeafPolls, 1);
        if self.read.is_ready() {
            return Poll::Ready(Ok(()));
        }
        self.wait(&self.read, cx)
    }

    /// Receives what there is, at most the buffer's length, without waiting: `None` when
    /// there is nothing, and zero into an empty buffer.
    ///
    /// # Errors
    /// Those of the system.
    pub fn recv_now(&self, buffer: &mut [u8]) -> Result<Option<usize>, IoError> {
        let wanted = buffer.len();
        match recv::now(self.fd.as_fd(), buffer) {
            Ok(moved) => {
                if moved < wanted {
                    self.read.was_short();
                }
                Ok(Some(moved))
            }
            Err(Errno::AGAIN) => {
                self.read.clear();
                Ok((wanted == 0).then_some(0))
            }
            Err(errno) => Err(errno.into()),
        }
    }

    /// Sends some of the buffer; ready with how many bytes.
    ///
    /// # Cancellation
    /// As [`Source::poll_recv`]: nothing is sent before it is ready.
    ///
    /// # Errors
    /// As [`Source::poll_recv`].
    #[inline]
    pub fn poll_send(&self, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<Result<usize, IoError>> {
        self.poll_direction(&self.write, cx, || self.try_send(buffer))
    }

    /// Accepts a connection.
    ///
    /// # Cancellation
    /// As [`Source::poll_recv`]: nothing is accepted before it is ready.
    ///
    /// # Errors
    /// As [`Source::poll_recv`], and no descriptor left.
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<Result<Socket, IoError>> {
        let accepted = self.poll_direction(&self.read, cx, || self.try_accept());
        accepted.map(|accepted| {
            accepted.and_then(|fd| Source::new(&self.set, fd).map(Socket::from_source))
        })
    }

    /// Connects.
    ///
    /// # Cancellation
    /// The system goes on connecting; close the socket.
    ///
    /// # Errors
    /// As [`Source::poll_recv`], and no listener.
    pub fn poll_connect(
        &self,
        cx: &mut Context<'_>,
        addr: SocketAddrV4,
    ) -> Poll<Result<(), IoError>> {
        self.poll_direction(&self.write, cx, || self.try_connect(addr))
    }

    /// [`Source::poll_recv`] as a future.
    pub fn recv<'a>(&'a self, buffer: &'a mut [u8]) -> Recv<'a> {
        Recv { source: self, buffer }
    }

    /// [`Source::poll_send`] as a future.
    pub fn send<'a>(&'a self, buffer: &'a [u8]) -> Send<'a> {
        Send { source: self, buffer }
    }

    /// [`Source::poll_accept`] as a future.
    pub fn accept(&self) -> Accept<'_> {
        Accept { source: self }
    }

    /// [`Source::poll_connect`] as a future.
    pub fn connect(&self, addr: SocketAddrV4) -> Connect<'_> {
        Connect { source: self, addr }
    }
}

#[cold]
fn wake_again(cx: &Context<'_>) {
    // FOREIGN: wake_by_ref. The leaf waits already.
    cx.waker().wake_by_ref();
}

/// See [`Source::recv`].
#[derive(Debug)]
pub struct Recv<'a> {
    source: &'a Source,
    buffer: &'a mut [u8],
}

impl Future for Recv<'_> {
    type Output = Result<usize, IoError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.source.poll_recv(cx, self.buffer)
    }
}

/// See [`Source::send`].
#[derive(Debug)]
pub struct Send<'a> {
    source: &'a Source,
    buffer: &'a [u8],
}

impl Future for Send<'_> {
    type Output = Result<usize, IoError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.source.poll_send(cx, self.buffer)
    }
}

/// See [`Source::accept`].
#[derive(Debug)]
pub struct Accept<'a> {
    source: &'a Source,
}

impl Future for Accept<'_> {
    type Output = Result<Socket, IoError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.source.poll_accept(cx)
    }
}

/// See [`Source::connect`].
#[derive(Debug)]
pub struct Connect<'a> {
    source: &'a Source,
    addr: SocketAddrV4,
}

impl Future for Connect<'_> {
    type Output = Result<(), IoError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.source.poll_connect(cx, self.addr)
    }
}
