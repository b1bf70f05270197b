//! Mode `keep`: what an operation has done is kept for the next call.
//!
//! A read that loses a race is asked to end, and stays with its connection together with its
//! buffer. If bytes had come by then, the next read gets them; if not, it begins anew. The same
//! holds for an accept and its listener. So nothing that a driver has delivered is lost as long
//! as the connection or the listener lives, and nothing has to wait for the answer of the loser:
//! that is what the next call does. monoio's cancelable calls and compio's tokens give a program
//! the parts of this; here it is the dialect's `read`.
//!
//! The prices: the next call waits for the end of the last one, what was kept is copied, and the
//! buffer of the operation that lost is not the caller's until then. Writes and reads of files
//! and devices are those of mode `owned`: a write that is dropped has sent some of its bytes or
//! not, and no later call can take that over.

use core::fmt;
use core::future::Future;
use core::mem;
use core::ops::Range;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use kernel::IoError;
use kernel::count::{self, Counter};
use kernel::driver::ops;
use kernel::leaf::resource::Orphan;
use kernel::leaf::runtime_owned::{Rented, RuntimeOwned};
use kernel::leaf::socket::{Socket, loopback};
use kernel::run::context;

use crate::dialect::{Buf, Counted, Lost, NO_MEMORY_TO_READ_INTO, given_away};

/// A listening socket on loopback. Dropping it closes it, and the connection of an accept that
/// it has kept.
pub struct Listener {
    /// Before the socket, so that it is dropped before that is closed.
    kept: Option<RuntimeOwned<'static>>,
    asked: bool,
    socket: Socket,
}

/// A connection. Dropping it closes it; bytes that it has kept are lost.
pub struct Conn {
    /// Before the socket, so that it is dropped before that is closed.
    kept: Kept,
    socket: Socket,
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").field("socket", &self.socket).finish_non_exhaustive()
    }
}

impl fmt::Debug for Conn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conn").field("socket", &self.socket).finish_non_exhaustive()
    }
}

impl From<Socket> for Conn {
    fn from(socket: Socket) -> Conn {
        Conn { kept: Kept::Nothing, socket }
    }
}

/// What an earlier call has left.
enum Kept {
    /// Nothing: a read submits an operation of its own.
    ///
    /// Entered by the making, and from the others when all bytes are taken or none came.
    Nothing,
    /// An operation that was asked to end, and the part of its buffer that was filled before it.
    ///
    /// Entered from `Nothing` by the drop of a read in flight. Excludes another read of the
    /// connection: the next one waits for the end of this operation first.
    Asked(Rented<Lost>, Range<usize>),
    /// Bytes that no read has taken.
    ///
    /// Entered from `Asked` by the end of its operation. Excludes another read of the socket: reads
    /// take from here until it is empty.
    There(Lost, Range<usize>),
}

impl Kept {
    /// Moves what was kept into `to`, waiting for the end of the operation that has it. `None`:
    /// nothing was.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        to: &mut [u8],
    ) -> Poll<Option<Result<usize, IoError>>> {
        if let Kept::Asked(op, filled) = self {
            let (result, bytes) = ready!(Pin::new(op).poll(cx));
            let read = IoError::check(result);
            let there = filled.start..filled.end + read.unwrap_or(0);
            let is_empty = there.is_empty();
            *self = if is_empty { Kept::Nothing } else { Kept::There(bytes, there) };
            // An error behind bytes is not kept: the next operation meets it again, or the end.
            match read {
                Ok(0) if is_empty => return Poll::Ready(Some(Ok(0))),
                Err(error) if is_empty && error != IoError::Cancelled => {
                    return Poll::Ready(Some(Err(error)));
                }
                _ => {}
            }
        }
        let Kept::There(lost, there) = self else { return Poll::Ready(None) };
        let moved = there.len().min(to.len());
        to[..moved].copy_from_slice(&lost.bytes[there.start..there.start + moved]);
        there.start += moved;
        if there.start == there.end {
            *self = Kept::Nothing;
        }
        context::with(|runtime| runtime.count_copied(moved));
        count::add(Counter::CopiedBytes, moved as u64);
        Poll::Ready(Some(Ok(moved)))
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
    Ok((Listener { kept: None, asked: false, socket }, port))
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
    Ok(socket.into())
}

/// Accepts a connection. One that is dropped in flight is asked to end; the next gets the
/// connection if it had one, and the listener closes it otherwise.
pub fn accept(listener: &mut Listener) -> Accept<'_> {
    Accept { listener }
}

/// The same: what a dropped accept does is this mode's, and not the caller's.
pub fn accept_or(listener: &mut Listener, _: Orphan) -> Accept<'_> {
    accept(listener)
}

/// See [`accept`].
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct Accept<'l> {
    listener: &'l mut Listener,
}

impl Future for Accept<'_> {
    type Output = Result<Conn, IoError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let listener = &mut *self.listener;
        loop {
            let fd = listener.socket.fd();
            let op = listener.kept.get_or_insert_with(|| {
                // SAFETY: it lives in the listener and is dropped before the socket, which tells of
                // its end.
                unsafe { RuntimeOwned::plain(ops::Accept { fd }) }.guarded()
            });
            let result = IoError::check(ready!(Pin::new(op).poll(cx)));
            listener.kept = None;
            let asked = mem::take(&mut listener.asked);
            match result {
                Err(IoError::Cancelled) if asked => {}
                Err(error) => return Poll::Ready(Err(error)),
                Ok(fd) => {
                    let fd = i32::try_from(fd).expect("a descriptor is an int");
                    // SAFETY: an accept that succeeded gives us its descriptor, once.
                    return Poll::Ready(unsafe { Socket::accepted(fd) }.map(Conn::from));
                }
            }
        }
    }
}

impl Drop for Accept<'_> {
    fn drop(&mut self) {
        if let Some(op) = &mut self.listener.kept {
            op.request_cancel();
            self.listener.asked = true;
        }
    }
}

/// A read: ready with the bytes that are in the buffer.
///
/// # Cancellation
/// Dropped in flight it leaves the buffer empty and what had arrived with the connection, for the
/// next read: nothing is lost.
///
/// # Panics
/// When polled outside a task, or after it was ready.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Read<'b> {
    conn: &'b mut Conn,
    buffer: &'b mut Buf,
    op: Option<Rented<Lost>>,
    done: usize,
    len: usize,
    /// Whether it goes on until `len` bytes are there.
    exact: bool,
}

impl fmt::Debug for Read<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Read").field("conn", &self.conn).finish_non_exhaustive()
    }
}

impl Future for Read<'_> {
    type Output = Result<usize, IoError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if this.len == 0 && !this.exact {
            return Poll::Ready(Err(NO_MEMORY_TO_READ_INTO));
        }
        while this.done < this.len {
            let read = match &mut this.op {
                Some(op) => {
                    let (result, mut lost) = ready!(Pin::new(op).poll(cx));
                    this.op = None;
                    this.buffer.put(mem::take(&mut lost.bytes));
                    IoError::check(result)
                }
                None => {
                    let to = &mut this.buffer.as_mut()[this.done..this.len];
                    match ready!(this.conn.kept.poll(cx, to)) {
                        Some(kept) => kept,
                        None => {
                            let kind = ops::Recv { fd: this.conn.socket.fd() }.into();
                            let part = this.done..this.len;
                            // SAFETY: this borrows the connection; kept in it, the operation goes
                            // before the socket, which tells of its end.
                            this.op = Some(unsafe { given_away(this.buffer, kind, part) });
                            continue;
                        }
                    }
                }
            };
            match read {
                Ok(0) if this.exact => return Poll::Ready(Err(IoError::Eof)),
                Ok(read) => this.done += read,
                Err(error) => return Poll::Ready(Err(error)),
            }
            if !this.exact {
                break;
            }
        }
        Poll::Ready(Ok(this.done))
    }
}

impl Drop for Read<'_> {
    fn drop(&mut self) {
        if let Some(mut op) = self.op.take() {
            op.request_cancel();
            // What this read has got before is in the same buffer, and kept with the rest.
            self.conn.kept = Kept::Asked(op, 0..self.done);
        }
    }
}

/// Reads what there is, at most the buffer's length; zero at the end of the stream.
///
/// # Errors
/// Those of the system, and `EINVAL` when the buffer is empty, as after a read that was dropped
/// in flight.
pub fn read<'b>(stream: &'b mut Conn, buffer: &'b mut Buf) -> Read<'b> {
    let len = buffer.len();
    Read { conn: stream, buffer, op: None, done: 0, len, exact: false }
}

/// Reads exactly the first `len` bytes of the buffer.
///
/// # Cancellation
/// As [`Read`]: what it had read is kept too.
///
/// # Errors
/// [`IoError::Eof`] when the stream ends before; what was read until then is in the buffer.
///
/// # Panics
/// When the buffer is shorter than `len`.
pub async fn read_exact(stream: &mut Conn, buffer: &mut Buf, len: usize) -> Result<(), IoError> {
    assert!(len <= buffer.len(), "a part of the buffer");
    Read { conn: stream, buffer, op: None, done: 0, len, exact: true }.await.map(|_| ())
}

/// Writes some of the first `len` bytes; ready with how many.
///
/// # Cancellation
/// As in mode `owned`.
///
/// # Panics
/// When the buffer is shorter than `len`.
pub fn write<'b>(stream: &'b mut Conn, buffer: &'b mut Buf, len: usize) -> Counted<'b> {
    Counted::new(buffer, ops::Send { fd: stream.socket.fd() }.into(), 0..len)
}

/// Writes all of the first `len` bytes.
///
/// # Cancellation
/// As in mode `owned`; nothing says how much was written.
///
/// # Errors
/// Those of the system; how much was written until then is not said.
///
/// # Panics
/// When the buffer is shorter than `len`.
pub async fn write_all(stream: &mut Conn, buffer: &mut Buf, len: usize) -> Result<(), IoError> {
    let kind = ops::Send { fd: stream.socket.fd() }.into();
    let mut done = 0;
    while done < len {
        done += Counted::new(buffer, kind, done..len).await?;
    }
    Ok(())
}
