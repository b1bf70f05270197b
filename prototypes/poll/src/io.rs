//! Sockets and files in the status quo's way.
//!
//! Over epoll an operation is readiness: it tries the system call, and registers its waker
//! when that would block. The kernel touches the buffer only within the call, so a future
//! that is dropped or forgotten has lent nothing. Over io_uring a future that may be dropped
//! cannot lend its caller's buffer, so the runtime owns one and the bytes are copied; a
//! dropped operation leaves an orphan (`kernel::run::orphans`). Files are read that way on both:
//! readiness does not exist for them.
//!
//! # Cancellation
//! Over epoll a drop loses nothing: nothing was taken before it was ready. Over io_uring a
//! drop asks the kernel for an early end, and what arrived before it heard is lost.

use alloc::boxed::Box;
use alloc::vec;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::os::fd::OwnedFd;
use std::rc::Rc;

use kernel::IoError;
use kernel::driver::UNSUPPORTED;
use kernel::leaf::ready::Source;
pub use kernel::leaf::resource::{Orphan, Resource};
use kernel::leaf::runtime_owned::RuntimeOwned;
use kernel::leaf::socket::{Numbered, Socket, loopback};

use crate::op::Error;

/// A buffer of the program.
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
    fd: Numbered,
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

/// Accepts a connection. Over io_uring an accept that is dropped in flight closes what it
/// is given ([`Orphan::Reclaim`]).
pub fn accept(listener: &mut Listener) -> Accept<'_> {
    accept_or(listener, Orphan::Reclaim)
}

/// Accepts a connection; `orphan` says what an accept does that is dropped in flight.
pub fn accept_or(listener: &mut Listener, orphan: Orphan) -> Accept<'_> {
    Accept {
        way: match listener.socket.source() {
            Some(source) => Way::Ready(source),
            None => Way::RuntimeOwned(RuntimeOwned::accept(&listener.socket).or(orphan)),
        },
    }
}

/// How an operation waits: for readiness, or for its end in a slot of the runtime.
#[derive(Debug)]
enum Way<'b> {
    Ready(&'b Rc<Source>),
    RuntimeOwned(RuntimeOwned<'b>),
}

/// See [`accept`].
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct Accept<'b> {
    way: Way<'b>,
}

impl Future for Accept<'_> {
    type Output = Result<Conn, IoError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let socket = match &mut self.way {
            Way::Ready(source) => ready!(source.poll_accept(cx))?,
            Way::RuntimeOwned(op) => {
                let fd = IoError::check(ready!(Pin::new(op).poll(cx)))?;
                let fd = i32::try_from(fd).expect("a descriptor is an int");
                // SAFETY: an accept that succeeded gives us its descriptor, once.
                unsafe { Socket::accepted(fd) }?
            }
        };
        Poll::Ready(Ok(Conn { socket }))
    }
}

/// Connects to a port on loopback.
///
/// # Errors
/// Those of the system, such as nothing listening.
///
/// # Panics
/// Outside a task.
pub async fn connect(port: u16) -> Result<Conn, IoError> {
    let socket = Socket::stream()?;
    match socket.source() {
        Some(source) => source.connect(loopback(port)).await?,
        None => IoError::check(RuntimeOwned::connect(&socket, loopback(port)).await).map(drop)?,
    }
    Ok(Conn { socket })
}

/// Reads what there is, at most the buffer's length; zero at the end of the stream.
pub fn read<'b>(stream: &'b mut Conn, buffer: &'b mut Buf) -> Read<'b> {
    Read::new(&stream.socket, buffer)
}

/// Ready when a read is worth a try; it may still find nothing ([`try_read`]). Needs no
/// buffer, so that an idle connection holds none.
///
/// # Errors
/// Over io_uring: a ring completes operations, it does not tell readiness.
pub async fn readable(stream: &mut Conn) -> Result<(), IoError> {
    match stream.socket.source() {
        Some(source) => core::future::poll_fn(|cx| source.poll_readable(cx)).await,
        None => Err(IoError::check(UNSUPPORTED).expect_err("a negative result is an error")),
    }
}

/// Reads what there is without waiting, at most the buffer's length; `None` when there is
/// nothing, zero at the end of the stream.
///
/// # Errors
/// Those of the system, and over io_uring as [`readable`].
pub fn try_read(stream: &mut Conn, buffer: &mut [u8]) -> Result<Option<usize>, IoError> {
    match stream.socket.source() {
        Some(source) => source.recv_now(buffer),
        None => Err(IoError::check(UNSUPPORTED).expect_err("a negative result is an error")),
    }
}

/// Writes some of the first `len` bytes; ready with how many.
///
/// # Panics
/// When the buffer is shorter than `len`.
pub fn write<'b>(stream: &'b mut Conn, buffer: &'b mut Buf, len: usize) -> Write<'b> {
    Write::new(&stream.socket, &buffer[..len])
}

/// See [`read`].
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct Read<'b> {
    way: ReadWay<'b>,
}

#[derive(Debug)]
enum ReadWay<'b> {
    Ready(&'b Rc<Source>, &'b mut [u8]),
    RuntimeOwned(RuntimeOwned<'b>),
}

impl<'b> Read<'b> {
    #[inline]
    fn new(socket: &'b Socket, buffer: &'b mut [u8]) -> Read<'b> {
        let way = match socket.source() {
            Some(source) => ReadWay::Ready(source, buffer),
            None => ReadWay::RuntimeOwned(RuntimeOwned::recv(socket, buffer)),
        };
        Read { way }
    }
}

impl Future for Read<'_> {
    type Output = Result<usize, IoError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.way {
            ReadWay::Ready(source, buffer) => source.poll_recv(cx, buffer),
            ReadWay::RuntimeOwned(op) => Pin::new(op).poll(cx).map(IoError::check),
        }
    }
}

/// See [`write`].
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct Write<'b> {
    way: WriteWay<'b>,
}

#[derive(Debug)]
enum WriteWay<'b> {
    Ready(&'b Rc<Source>, &'b [u8]),
    RuntimeOwned(RuntimeOwned<'b>),
}

impl<'b> Write<'b> {
    #[inline]
    fn new(socket: &'b Socket, bytes: &'b [u8]) -> Write<'b> {
        let way = match socket.source() {
            Some(source) => WriteWay::Ready(source, bytes),
            None => WriteWay::RuntimeOwned(RuntimeOwned::send(socket, bytes)),
        };
        Write { way }
    }
}

impl Future for Write<'_> {
    type Output = Result<usize, IoError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.way {
            WriteWay::Ready(source, bytes) => source.poll_send(cx, bytes),
            WriteWay::RuntimeOwned(op) => Pin::new(op).poll(cx).map(IoError::check),
        }
    }
}

/// Reads exactly the first `len` bytes of the buffer.
///
/// # Cancellation
/// What was read until a drop is in the buffer, and nothing says how much it is.
///
/// # Errors
/// [`IoError::Eof`] when the stream ends before; what was read until then is in the buffer.
///
/// # Panics
/// When the buffer is shorter than `len`.
pub async fn read_exact(stream: &mut Conn, buffer: &mut Buf, len: usize) -> Result<(), IoError> {
    let mut rest = &mut buffer[..len];
    while !rest.is_empty() {
        let read = Read::new(&stream.socket, rest).await?;
        if read == 0 {
            return Err(IoError::Eof);
        }
        rest = &mut rest[read..];
    }
    Ok(())
}

/// Writes all of the first `len` bytes.
///
/// # Cancellation
/// Nothing says how much was written until a drop.
///
/// # Errors
/// Those of the system; how much was written until then is not said.
///
/// # Panics
/// When the buffer is shorter than `len`.
pub async fn write_all(stream: &mut Conn, buffer: &mut Buf, len: usize) -> Result<(), IoError> {
    let mut rest = &buffer[..len];
    while !rest.is_empty() {
        let written = Write::new(&stream.socket, rest).await?;
        rest = &rest[written..];
    }
    Ok(())
}

/// Opens a file for reading. Blocks: opening is not an operation of either driver here.
///
/// # Errors
/// Those of the system.
pub fn open(path: &str) -> Result<File, IoError> {
    let file = std::fs::File::open(path);
    let file = file.map_err(|error| IoError::Os(error.raw_os_error().unwrap_or_default()))?;
    Ok(File { fd: OwnedFd::from(file).into() })
}

/// Reads at a place of the file, at most the buffer's length; zero at its end.
pub fn read_at<'b>(file: &'b mut File, buffer: &'b mut Buf, offset: u64) -> Counted<'b> {
    Counted { op: RuntimeOwned::read_at(&file.fd, buffer, offset) }
}

/// Reads from the simulated device for nominally `ms` milliseconds; ready with the bytes.
pub fn device_read(buffer: &mut Buf, ms: u32) -> Counted<'_> {
    Counted { op: RuntimeOwned::device(buffer, ms) }
}

/// An operation of the runtime that ends with a number of bytes.
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct Counted<'b> {
    op: RuntimeOwned<'b>,
}

impl Future for Counted<'_> {
    type Output = Result<usize, IoError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.op).poll(cx).map(IoError::check)
    }
}

/// Opens a resource of the simulated device in nominally `ms` milliseconds; `orphan` says
/// what becomes of one that is dropped in flight.
pub fn open_resource(ms: u32, orphan: Orphan) -> OpenResource {
    OpenResource { op: RuntimeOwned::open_resource(ms).or(orphan) }
}

/// See [`open_resource`].
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct OpenResource {
    op: RuntimeOwned<'static>,
}

impl Future for OpenResource {
    type Output = Result<Resource, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let number = ready!(Pin::new(&mut self.op).poll(cx));
        Poll::Ready(if number > 0 { Ok(Resource::new(number)) } else { Err(Error::Cancelled) })
    }
}
