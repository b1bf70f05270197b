//! Sockets and files: operations that own their buffer meanwhile.
//!
//! The shape is that of tokio-uring, monoio and compio: the buffer goes in by value and comes
//! out beside the result. The driver works in the buffer itself, so nothing is copied; the
//! operation's header lies in a slot of the runtime that is used again and again, so in steady
//! state nothing is allocated. The same operations run on io_uring and on epoll, where the
//! driver tries the call at once and waits for readiness when that would block.
//!
//! # Cancellation
//! Alike for all: dropping a future whose operation is in flight *orphans* it. The driver is
//! asked for an early end; buffer and slot stay with it until the end has come. What had
//! arrived by then is lost, and counted ([`orphans`]). The caller has no buffer any more.

use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::os::fd::OwnedFd;

use kernel::IoError;
use kernel::driver::{OpKind, ops};
use kernel::leaf::resource::Orphan;
use kernel::leaf::runtime_owned::{Rented, RuntimeOwned, Totals};
use kernel::leaf::socket::{Numbered, Socket, loopback};

use crate::buf::{BufResult, IoBuf, IoBufMut};

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

impl Conn {
    /// Reads what there is, at most the buffer's capacity; zero at the end of the stream.
    pub fn read<B: IoBufMut>(&self, buffer: B) -> Read<'_, B> {
        Read::new(self.recv(), buffer)
    }

    /// Writes some of the buffer; ready with how many bytes.
    pub fn write<B: IoBuf>(&self, buffer: B) -> Write<'_, B> {
        Write::new(self.send(), buffer)
    }

    /// Writes the whole buffer.
    ///
    /// # Cancellation
    /// As for all; nothing says how much was written.
    pub async fn write_all<B: IoBuf>(&self, buffer: B) -> BufResult<(), B> {
        let (mut buffer, mut done) = (buffer, 0);
        while done < buffer.len() {
            let len = buffer.len();
            let BufResult(written, rest) = self.write(buffer.slice(done..len)).await;
            buffer = rest.into_inner();
            match written {
                Ok(written) => done += written,
                Err(error) => return BufResult(Err(error), buffer),
            }
        }
        BufResult(Ok(()), buffer)
    }

    pub(crate) fn recv(&self) -> OpKind {
        ops::Recv { fd: self.socket.fd() }.into()
    }

    pub(crate) fn send(&self) -> OpKind {
        ops::Send { fd: self.socket.fd() }.into()
    }
}

impl File {
    /// Reads at a place of the file, at most the buffer's capacity; zero at its end.
    pub fn read_at<B: IoBufMut>(&self, buffer: B, offset: u64) -> Read<'_, B> {
        Read::new(self.at(offset), buffer)
    }

    pub(crate) fn at(&self, offset: u64) -> OpKind {
        ops::ReadAt { fd: self.fd.number(), offset }.into()
    }
}

/// An operation that fills a buffer: ready with the bytes, and the buffer.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Read<'f, B: 'static> {
    op: Rented<B>,
    /// The descriptor stays open as long as the future lives.
    _file: PhantomData<&'f ()>,
}

impl<B> fmt::Debug for Read<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.op.fmt(f)
    }
}

impl<B: IoBufMut> Read<'_, B> {
    fn new(kind: OpKind, mut buffer: B) -> Self {
        let (pointer, len) = (buffer.ptr_mut(), buffer.capacity());
        // SAFETY: the promises of `IoBufMut` are those that are asked for; the file is borrowed
        // for as long as this lives, and tells of its end.
        Read { op: unsafe { Rented::new(kind, pointer, len, buffer) }, _file: PhantomData }
    }
}

impl<B: IoBufMut> Future for Read<'_, B> {
    type Output = BufResult<usize, B>;

    /// # Panics
    /// When polled outside a task, or after it was ready.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (result, mut buffer) = ready!(Pin::new(&mut self.op).poll(cx));
        let read = IoError::check(result);
        if let Ok(read) = read {
            // SAFETY: the driver has written so many bytes, at most the capacity.
            unsafe { buffer.set_len(read) };
        }
        Poll::Ready(BufResult(read, buffer))
    }
}

/// An operation that takes from a buffer: ready with the bytes, and the buffer.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Write<'f, B: 'static> {
    op: Rented<B>,
    /// The descriptor stays open as long as the future lives.
    _file: PhantomData<&'f ()>,
}

impl<B> fmt::Debug for Write<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.op.fmt(f)
    }
}

impl<B: IoBuf> Write<'_, B> {
    fn new(kind: OpKind, buffer: B) -> Self {
        let (pointer, len) = (buffer.ptr().cast_mut(), buffer.len());
        // SAFETY: a driver only reads what it sends; else as in `Read::new`.
        Write { op: unsafe { Rented::new(kind, pointer, len, buffer) }, _file: PhantomData }
    }
}

impl<B: IoBuf> Future for Write<'_, B> {
    type Output = BufResult<usize, B>;

    /// # Panics
    /// When polled outside a task, or after it was ready.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (result, buffer) = ready!(Pin::new(&mut self.op).poll(cx));
        Poll::Ready(BufResult(IoError::check(result), buffer))
    }
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

/// Accepts a connection. An accept that is dropped in flight closes what it is given
/// ([`Orphan::Reclaim`]).
pub fn accept(listener: &mut Listener) -> Accept<'_> {
    accept_or(listener, Orphan::Reclaim)
}

/// Accepts a connection; `orphan` says what an accept does that is dropped in flight.
pub fn accept_or(listener: &mut Listener, orphan: Orphan) -> Accept<'_> {
    Accept { op: RuntimeOwned::accept(&listener.socket).or(orphan) }
}

/// See [`accept`].
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct Accept<'b> {
    op: RuntimeOwned<'b>,
}

impl Future for Accept<'_> {
    type Output = Result<Conn, IoError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let fd = IoError::check(ready!(Pin::new(&mut self.op).poll(cx)))?;
        let fd = i32::try_from(fd).expect("a descriptor is an int");
        // SAFETY: an accept that succeeded gives us its descriptor, once.
        let socket = unsafe { Socket::accepted(fd) }?;
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
    IoError::check(RuntimeOwned::connect(&socket, loopback(port)).await)?;
    Ok(Conn { socket })
}

/// Opens a file for reading. Blocks: opening is not an operation of either driver here.
///
/// # Errors
/// Those of the system.
pub fn open(path: &str) -> Result<File, IoError> {
    Ok(File { fd: OwnedFd::from(std::fs::File::open(path)?).into() })
}

/// What became of operations of this run whose futures were dropped.
///
/// # Panics
/// Outside a task.
#[must_use]
pub fn orphans() -> Totals {
    kernel::run::context::with(|runtime| runtime.op_slots().totals())
}
