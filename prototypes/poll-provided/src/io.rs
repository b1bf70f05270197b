//! Sockets and files whose reads are lent a buffer.
//!
//! # Cancellation
//! Over epoll a drop loses nothing: nothing was taken before it was ready. Over io_uring a drop
//! asks the kernel for an early end; what had arrived before it heard is lost, and the buffer that
//! the kernel chose for it goes back.

use core::fmt;
use core::future::{Future, poll_fn};
use core::ops::Range;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::os::fd::OwnedFd;

use kernel::IoError;
use kernel::driver::{OpKind, ops};
use kernel::leaf::resource::Orphan;
use kernel::leaf::runtime_owned::{Rented, RuntimeOwned, RuntimeOwnedProvided};
use kernel::leaf::socket::{Numbered, Socket, loopback};
use kernel::run::context;

use crate::memory::{Buf, Chunk, Lent};

/// Bytes of a buffer.
const SIZE: usize = 16 * 1024;
/// Buffers from which the kernel may choose, in a run over io_uring: a power of two.
const COUNT: u16 = 64;
/// All buffers are out (`ENOBUFS`).
const NONE_LEFT: i32 = -105;

/// A listening socket on loopback. Dropping it closes it.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
}

/// A connection. Dropping it closes it.
pub struct Conn {
    /// Bytes that came and were not used.
    left: Option<Lent>,
    socket: Socket,
}

impl fmt::Debug for Conn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conn").field("socket", &self.socket).finish_non_exhaustive()
    }
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
    let socket = &listener.socket;
    let op = socket.source().is_none().then(|| RuntimeOwned::accept(socket).or(orphan));
    Accept { socket, op }
}

/// See [`accept`].
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct Accept<'l> {
    socket: &'l Socket,
    /// Over io_uring.
    op: Option<RuntimeOwned<'l>>,
}

impl Future for Accept<'_> {
    type Output = Result<Conn, IoError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let socket = match (self.socket.source(), &mut self.op) {
            (Some(source), _) => ready!(source.poll_accept(cx))?,
            (None, Some(op)) => {
                let fd = IoError::check(ready!(Pin::new(op).poll(cx)))?;
                let fd = i32::try_from(fd).expect("a descriptor is an int");
                // SAFETY: an accept that succeeded gives us its descriptor, once.
                unsafe { Socket::accepted(fd) }?
            }
            (None, None) => unreachable!("made for the socket's driver"),
        };
        Poll::Ready(Ok(Conn { left: None, socket }))
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
    Ok(Conn { left: None, socket })
}

/// What comes next, in a buffer of the runtime's; `None` at the end of the stream.
struct Next<'c> {
    left: &'c mut Option<Lent>,
    socket: &'c Socket,
    op: Receive<'c>,
    /// Bytes that are taken at most.
    most: usize,
}

/// How a ring receives.
enum Receive<'c> {
    Nothing,
    /// The kernel chooses when there is something.
    Chosen(RuntimeOwnedProvided<'c>),
    /// There is something, and all buffers are out.
    Ours(Rented<Chunk>),
}

impl<'c> Next<'c> {
    fn of(conn: &'c mut Conn, most: usize) -> Next<'c> {
        let most = most.min(SIZE);
        Next { left: &mut conn.left, socket: &conn.socket, op: Receive::Nothing, most }
    }

    fn poll_chosen(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Lent>, IoError>> {
        loop {
            match &mut self.op {
                Receive::Nothing => {
                    provide()?;
                    self.op =
                        Receive::Chosen(RuntimeOwnedProvided::new(self.socket).at_most(self.most));
                }
                Receive::Chosen(op) => {
                    let chosen = ready!(Pin::new(op).poll(cx));
                    self.op = Receive::Nothing;
                    match chosen {
                        Ok(provided) => return Poll::Ready(Ok(provided.map(Lent::kernel))),
                        Err(NONE_LEFT) => {
                            let kind = ops::Recv { fd: self.socket.fd() }.into();
                            // SAFETY: the socket is borrowed for as long as this lives, and tells
                            // of its end.
                            self.op = Receive::Ours(unsafe { filling(kind, self.most) });
                        }
                        Err(error) => return Poll::Ready(Err(failed(error))),
                    }
                }
                Receive::Ours(op) => {
                    let (result, chunk) = ready!(Pin::new(op).poll(cx));
                    self.op = Receive::Nothing;
                    let len = IoError::check(result)?;
                    return Poll::Ready(Ok((len > 0).then(|| Lent::ours(chunk, len))));
                }
            }
        }
    }
}

impl Future for Next<'_> {
    type Output = Result<Option<Lent>, IoError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(left) = self.left.take() {
            return Poll::Ready(Ok(Some(left)));
        }
        let Some(source) = self.socket.source() else { return self.poll_chosen(cx) };
        loop {
            ready!(source.poll_readable(cx))?;
            let mut chunk = Chunk::take(self.most);
            if let Some(len) = source.recv_now(&mut chunk.bytes)? {
                return Poll::Ready(Ok((len > 0).then(|| Lent::ours(chunk, len))));
            }
        }
    }
}

/// Lets the kernel choose buffers in this run, from the first read on.
fn provide() -> Result<(), IoError> {
    context::with(|runtime| {
        if runtime.driver.pool().is_some() {
            return Ok(());
        }
        let bytes = u32::try_from(SIZE).expect("a buffer is small");
        // What it says is for a reader; the system's number is in it and nowhere else.
        runtime.driver.provide(COUNT, bytes).map_err(|_| failed(NONE_LEFT))
    })
}

fn failed(result: i32) -> IoError {
    IoError::check(result).expect_err("a negative result is an error")
}

/// An operation that fills a buffer of the runtime's.
///
/// # Safety
/// A descriptor that `kind` names stays open as long as the operation lives, and what closes it
/// tells the drivers before ([`RuntimeOwned::filling`]).
unsafe fn filling(kind: OpKind, len: usize) -> Rented<Chunk> {
    let mut chunk = Chunk::take(len);
    let pointer = chunk.bytes.as_mut_ptr();
    // SAFETY: the bytes of a vector stay where they are; forgotten they are leaked. Dropping a
    // `Chunk` touches the pool and frees, nothing else. The descriptor is as the caller promises.
    unsafe { Rented::new(kind, pointer, len, chunk) }
}

/// Shows what there is, without taking it: the bytes stay the connection's until [`consume`].
/// Empty at the end of the stream.
///
/// # Errors
/// Those of the system.
pub async fn fill(stream: &mut Conn) -> Result<&[u8], IoError> {
    stream.left = Next::of(stream, SIZE).await?;
    Ok(stream.left.as_deref().unwrap_or_default())
}

/// Says that the first `len` bytes that [`fill`] has shown were used.
///
/// # Panics
/// When it has not shown so many.
pub fn consume(stream: &mut Conn, len: usize) {
    if len > 0 {
        let left = stream.left.as_mut().expect("no more than there are");
        left.consume(len);
        if left.is_empty() {
            stream.left = None;
        }
    }
}

/// Reads what there is, at most the buffer's length; zero at the end of the stream. The buffer is
/// lent what came. Only what [`fill`] has left, and is too much for it, is copied.
///
/// # Errors
/// Those of the system.
pub async fn read(stream: &mut Conn, buffer: &mut Buf) -> Result<usize, IoError> {
    buffer.clear();
    if buffer.is_empty() {
        return Ok(0);
    }
    let Some(lent) = Next::of(stream, buffer.len()).await? else { return Ok(0) };
    let len = lent.len().min(buffer.len());
    if lent.len() == len {
        buffer.lend(lent);
    } else {
        copy_first(stream, buffer, 0..len, lent);
    }
    Ok(len)
}

/// Copies the first bytes of what came to a part of the buffer; the rest stays with the connection.
fn copy_first(stream: &mut Conn, buffer: &mut Buf, to: Range<usize>, mut lent: Lent) {
    let len = to.len().min(lent.len());
    buffer.copy(to.start, &lent[..len]);
    lent.consume(len);
    stream.left = (!lent.is_empty()).then_some(lent);
}

/// Reads exactly the first `len` bytes of the buffer. It is lent what came if that is exactly so
/// much; else the pieces are copied.
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
    assert!(len <= buffer.len(), "a part of the buffer");
    buffer.clear();
    let mut done = 0;
    while done < len {
        let lent = Next::of(stream, len - done).await?.ok_or(IoError::Eof)?;
        if done == 0 && lent.len() == len {
            buffer.lend(lent);
            return Ok(());
        }
        let came = lent.len();
        copy_first(stream, buffer, done..len, lent);
        done += came.min(len - done);
    }
    Ok(())
}

/// Writes some of the first `len` bytes; ready with how many.
///
/// # Errors
/// Those of the system.
///
/// # Panics
/// When the buffer is shorter than `len`.
pub async fn write(stream: &mut Conn, buffer: &mut Buf, len: usize) -> Result<usize, IoError> {
    send(&stream.socket, buffer.first(len)).await
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
    let mut rest = buffer.first(len);
    while !rest.is_empty() {
        let written = send(&stream.socket, rest).await?;
        rest = &rest[written..];
    }
    Ok(())
}

/// As `poll` does: over io_uring the bytes are copied into a buffer of the runtime's.
async fn send(socket: &Socket, bytes: &[u8]) -> Result<usize, IoError> {
    match socket.source() {
        Some(source) => poll_fn(|cx| source.poll_send(cx, bytes)).await,
        None => IoError::check(RuntimeOwned::send(socket, bytes).await),
    }
}

/// Opens a file for reading. Blocks: opening is not an operation of either driver here.
///
/// # Errors
/// Those of the system.
pub fn open(path: &str) -> Result<File, IoError> {
    Ok(File { fd: OwnedFd::from(std::fs::File::open(path)?).into() })
}

/// Reads at a place of the file, at most the buffer's length; zero at its end.
pub fn read_at<'b>(file: &'b mut File, buffer: &'b mut Buf, offset: u64) -> Counted<'b> {
    Counted::new(buffer, ops::ReadAt { fd: file.fd.number(), offset }.into())
}

/// Reads from the simulated device for nominally `ms` milliseconds; ready with the bytes.
pub fn device_read(buffer: &mut Buf, ms: u32) -> Counted<'_> {
    Counted::new(buffer, ops::Device { ms }.into())
}

/// An operation that fills a buffer of the runtime's, which is lent then: ready with the bytes.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Counted<'b> {
    buffer: &'b mut Buf,
    kind: OpKind,
    op: Option<Rented<Chunk>>,
}

impl fmt::Debug for Counted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counted").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl<'b> Counted<'b> {
    fn new(buffer: &'b mut Buf, kind: OpKind) -> Counted<'b> {
        buffer.clear();
        Counted { buffer, kind, op: None }
    }
}

impl Future for Counted<'_> {
    type Output = Result<usize, IoError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let (kind, len) = (this.kind, this.buffer.len());
        // SAFETY: the file is borrowed for as long as this lives, and tells of its end.
        let op = this.op.get_or_insert_with(|| unsafe { filling(kind, len) });
        let (result, chunk) = ready!(Pin::new(op).poll(cx));
        let len = IoError::check(result)?;
        this.buffer.lend(Lent::ours(chunk, len));
        Poll::Ready(Ok(len))
    }
}
