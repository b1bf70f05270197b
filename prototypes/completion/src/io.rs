//! Sockets and files: operations that borrow their buffer and lend it to the driver.
//!
//! Nothing here allocates, copies or keeps a table: the operation's header lies in the leaf,
//! the buffer is the caller's, and both stay where they are because the frame around them
//! can be neither dropped nor forgotten. The same leaves run on io_uring and, as a check of
//! how much of a figure is the ring's, on epoll.
//!
//! # Cancellation
//! Alike for all: not submitted, [`IoError::Cancelled`] at once; in flight, one cancel request
//! goes to the driver and the operation waits for the driver's answer. If the result won it
//! is returned: no byte and no connection is lost (trap T16).

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::os::fd::{AsRawFd, OwnedFd};

use kernel::IoError;
use kernel::driver::pool::Provided;
use kernel::leaf::borrowed::Borrowed;
use kernel::leaf::provided::RecvProvided;
pub use kernel::leaf::resource::{Orphan, Resource};
use kernel::leaf::socket::{Socket, loopback};
use kernel::run::context;

use crate::must::Completion;
use crate::op::Error;

/// A buffer of the program. The driver borrows it while an operation is in flight.
pub type Buf = Box<[u8]>;

/// A buffer of `len` zeros.
#[must_use]
pub fn buf(len: usize) -> Buf {
    vec![0; len].into_boxed_slice()
}

/// A listening socket on loopback. Dropping it closes it.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
}

/// A connection. Dropping it closes it.
#[derive(Debug)]
pub struct Conn {
    socket: Socket,
}

/// A file, open for reading. Dropping it closes it.
#[derive(Debug)]
pub struct File {
    fd: OwnedFd,
}

/// What the end of a driver's operation means.
pub trait End {
    /// What the operation is ready with.
    type Output;

    /// Turns the driver's result into it: bytes, a descriptor, zero, or an error.
    fn end(&mut self, result: Result<usize, IoError>) -> Self::Output;
}

/// An operation of the driver: what it does is in `op`, what its end means in `end`.
#[must_use = "an operation does nothing unless it is awaited"]
pub struct Io<'b, E> {
    op: Borrowed<'b>,
    begun: bool,
    end: E,
}

impl<E> fmt::Debug for Io<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Io").field("op", &self.op).finish_non_exhaustive()
    }
}

impl<'b, E> Io<'b, E> {
    fn new(op: Borrowed<'b>, end: E) -> Io<'b, E> {
        Io { op, begun: false, end }
    }
}

// SAFETY: ready only with the driver's answer, after which the driver knows neither header nor
// buffer. Never abandonable: between the answer and the next poll dropping would be sound, but
// what the driver moved would be lost (trap T16).
unsafe impl<E: End> Completion for Io<'_, E> {
    type Output = E::Output;

    #[inline]
    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<E::Output> {
        // SAFETY: the operation is pinned with this and never moved out.
        let this = unsafe { self.get_unchecked_mut() };
        if !this.begun && context::cancelling() {
            return Poll::Ready(this.end.end(Err(IoError::Cancelled)));
        }
        this.begun = true;
        // SAFETY: as above.
        let mut op = unsafe { Pin::new_unchecked(&mut this.op) };
        // SAFETY: by our caller's promise this stays put, borrowing buffer and socket, until
        // ready.
        let polled = unsafe { op.as_mut().poll(cx) };
        match polled {
            Poll::Pending => {
                if context::cancelling() {
                    op.request_cancel();
                }
                Poll::Pending
            }
            Poll::Ready(result) => Poll::Ready(this.end.end(IoError::check(result))),
        }
    }
}

/// Ends with a number of bytes.
#[derive(Debug)]
pub struct Count;

impl End for Count {
    type Output = Result<usize, IoError>;

    #[inline]
    fn end(&mut self, result: Result<usize, IoError>) -> Self::Output {
        result
    }
}

/// Ends with an accepted connection.
#[derive(Debug)]
pub struct Accepted;

impl End for Accepted {
    type Output = Result<Conn, IoError>;

    fn end(&mut self, result: Result<usize, IoError>) -> Self::Output {
        let fd = i32::try_from(result?).expect("a descriptor is an int");
        // SAFETY: an accept that succeeded gives us its descriptor, and this is called once.
        let socket = unsafe { Socket::accepted(fd) }?;
        Ok(Conn { socket })
    }
}

/// Ends with the socket that was connected, or the error of making it.
#[derive(Debug)]
pub struct Connected(Option<Socket>);

impl End for Connected {
    type Output = Result<Conn, IoError>;

    fn end(&mut self, result: Result<usize, IoError>) -> Self::Output {
        result?;
        let socket = self.0.take().expect("an operation ends once");
        Ok(Conn { socket })
    }
}

/// Ends with a resource of the simulated device.
#[derive(Debug)]
pub struct Opened;

impl End for Opened {
    type Output = Result<Resource, Error>;

    fn end(&mut self, result: Result<usize, IoError>) -> Self::Output {
        let number = result.ok().and_then(|number| i32::try_from(number).ok());
        number.map(Resource::new).ok_or(Error::Cancelled)
    }
}

/// Opens a resource of the simulated device in nominally `ms` milliseconds. An opening of this
/// design is not dropped in flight, so `orphan` says nothing.
pub fn open_resource(ms: u32, _: Orphan) -> Io<'static, Opened> {
    Io::new(Borrowed::open_resource(ms), Opened)
}

/// Listens on loopback; the port is free and chosen by the system.
///
/// # Errors
/// Those of the system, such as no descriptor left.
///
/// # Panics
/// Outside a task.
pub fn listen() -> Result<(Listener, u16), IoError> {
    let (socket, port) = Socket::listen()?;
    Ok((Listener { socket }, port))
}

/// Accepts a connection.
pub fn accept(listener: &mut Listener) -> Io<'_, Accepted> {
    Io::new(Borrowed::accept(listener.socket.fd()), Accepted)
}

/// [`accept`]. An accept of this design is not dropped in flight, so `orphan` says nothing.
pub fn accept_or(listener: &mut Listener, _: Orphan) -> Io<'_, Accepted> {
    accept(listener)
}

/// Connects to a port on loopback.
///
/// # Panics
/// Outside a task.
pub fn connect(port: u16) -> Connect {
    let to = loopback(port);
    let made = Socket::stream();
    Connect {
        made: made
            .map(|socket| Io::new(Borrowed::connect(socket.fd(), to), Connected(Some(socket)))),
    }
}

/// See [`connect`].
#[derive(Debug)]
#[must_use = "an operation does nothing unless it is awaited"]
pub struct Connect {
    made: Result<Io<'static, Connected>, IoError>,
}

// SAFETY: forwards everything to its only field, or is ready at once.
unsafe impl Completion for Connect {
    type Output = Result<Conn, IoError>;

    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: pinned with this and never moved out.
        let this = unsafe { self.get_unchecked_mut() };
        match &mut this.made {
            Err(error) => Poll::Ready(Err(*error)),
            Ok(op) => {
                // SAFETY: as above.
                let op = unsafe { Pin::new_unchecked(op) };
                // SAFETY: the caller's promise.
                unsafe { op.poll(cx) }
            }
        }
    }
}

/// Reads what there is, at most the buffer's length; zero at the end of the stream.
pub fn read<'b>(stream: &'b mut Conn, buffer: &'b mut Buf) -> Io<'b, Count> {
    Io::new(Borrowed::recv(stream.socket.fd(), buffer), Count)
}

/// Registers `count` buffers (a power of two) of `bytes` bytes each, from which the kernel
/// chooses one for [`read_provided`] when there is something to read. Once per run.
///
/// # Errors
/// The reason, where only io_uring can do it, or the system refuses.
///
/// # Panics
/// Outside a task, and the second time.
pub fn provide(count: u16, bytes: u32) -> Result<(), String> {
    context::with(|runtime| runtime.driver.provide(count, bytes))
}

/// Reads into a buffer that the kernel chooses, so that an idle connection holds none. Ready
/// with the bytes, which give their buffer back when they are dropped, or with `None` at the
/// end of the stream.
///
/// # Errors
/// `ENOBUFS` when there is something to read and all buffers are out; those of the system.
pub fn read_provided(stream: &mut Conn) -> ReadProvided<'_> {
    let op = RecvProvided::new(stream.socket.fd());
    ReadProvided { op, begun: false, _stream: PhantomData }
}

/// See [`read_provided`].
#[derive(Debug)]
#[must_use = "an operation does nothing unless it is awaited"]
pub struct ReadProvided<'b> {
    op: RecvProvided,
    begun: bool,
    _stream: PhantomData<&'b mut Conn>,
}

// SAFETY: as of `Io`; a buffer that was chosen goes back to its pool when nothing takes it.
unsafe impl Completion for ReadProvided<'_> {
    type Output = Result<Option<Provided>, IoError>;

    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the operation is pinned with this and never moved out.
        let this = unsafe { self.get_unchecked_mut() };
        if !this.begun && context::cancelling() {
            return Poll::Ready(Err(IoError::Cancelled));
        }
        this.begun = true;
        // SAFETY: as above.
        let mut op = unsafe { Pin::new_unchecked(&mut this.op) };
        // SAFETY: by our caller's promise this stays put until ready.
        let polled = unsafe { op.as_mut().poll(cx) };
        if polled.is_pending() && context::cancelling() {
            op.request_cancel();
        }
        polled.map_err(|result| match IoError::check(result) {
            Err(error) => error,
            Ok(_) => IoError::Eof,
        })
    }
}

/// Writes some of the first `len` bytes; ready with how many.
///
/// # Panics
/// When the buffer is shorter than `len`.
pub fn write<'b>(stream: &'b mut Conn, buffer: &'b mut Buf, len: usize) -> Io<'b, Count> {
    Io::new(Borrowed::send(stream.socket.fd(), &buffer[..len]), Count)
}

/// Reads exactly the first `len` bytes of the buffer.
///
/// # Errors
/// [`IoError::Eof`] when the stream ends before; what was read until then is in the buffer.
///
/// # Panics
/// When the buffer is shorter than `len`.
pub fn read_exact<'b>(stream: &'b mut Conn, buffer: &'b mut Buf, len: usize) -> All<'b> {
    All { op: Borrowed::recv(stream.socket.fd(), &mut buffer[..len]), begun: false }
}

/// Writes all of the first `len` bytes.
///
/// # Errors
/// Those of the system; how much was written until then is not said.
///
/// # Panics
/// When the buffer is shorter than `len`.
pub fn write_all<'b>(stream: &'b mut Conn, buffer: &'b mut Buf, len: usize) -> All<'b> {
    All { op: Borrowed::send(stream.socket.fd(), &buffer[..len]), begun: false }
}

/// See [`read_exact`] and [`write_all`]: one header, submitted again for what is left. By
/// hand, because a frame around it would be copied when it is made.
#[derive(Debug)]
#[must_use = "an operation does nothing unless it is awaited"]
pub struct All<'b> {
    op: Borrowed<'b>,
    begun: bool,
}

// SAFETY: ready only when no part of it is with the driver. Never abandonable, as `Io`.
unsafe impl Completion for All<'_> {
    type Output = Result<(), IoError>;

    #[inline]
    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the operation is pinned with this and never moved out.
        let this = unsafe { self.get_unchecked_mut() };
        loop {
            if !this.begun && context::cancelling() {
                return Poll::Ready(Err(IoError::Cancelled));
            }
            if this.op.is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.begun = true;
            // SAFETY: as above.
            let mut op = unsafe { Pin::new_unchecked(&mut this.op) };
            // SAFETY: by our caller's promise this stays put, borrowing buffer and socket,
            // until ready.
            let polled = unsafe { op.as_mut().poll(cx) };
            let Poll::Ready(result) = polled else {
                if context::cancelling() {
                    op.request_cancel();
                }
                return Poll::Pending;
            };
            match IoError::check(result) {
                Ok(0) => return Poll::Ready(Err(IoError::Eof)),
                Ok(moved) => op.go_on(moved),
                Err(error) => return Poll::Ready(Err(error)),
            }
            // A request to cancel is looked at again before the next part.
            this.begun = false;
        }
    }
}

/// Opens a file for reading. Blocks: opening is not an operation of either driver here.
///
/// # Errors
/// Those of the system.
pub fn open(path: &str) -> Result<File, IoError> {
    let file = std::fs::File::open(path);
    let file = file.map_err(|error| IoError::Os(error.raw_os_error().unwrap_or_default()))?;
    Ok(File { fd: file.into() })
}

/// Reads at a place of the file, at most the buffer's length; zero at its end.
pub fn read_at<'b>(file: &'b mut File, buffer: &'b mut Buf, offset: u64) -> Io<'b, Count> {
    Io::new(Borrowed::read_at(file.fd.as_raw_fd(), buffer, offset), Count)
}
