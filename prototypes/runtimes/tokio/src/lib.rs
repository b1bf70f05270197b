//! tokio under a design: its executor, clock, sockets and files in the result types of the
//! dialect.
//!
//! Everything is written as a user of tokio writes it: `AsyncReadExt` on `TcpStream`, `seek`
//! and `read` on `fs::File`, `sleep` and `timeout`. Nothing is done that such a user would
//! not get, and nothing is left out that he would pay for: the cooperative budget of a task
//! (128 operations, then a yield) is in force, and a scope of many children is one task.
//!
//! A facade package per design (`prototypes/<design>/on/tokio`) puts these names over the
//! design's own. The clock is the machine's; a world's clock stands still.

#![forbid(unsafe_code)]

mod host;
mod workers;

use std::future::Future;
use std::io::SeekFrom;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use contract::Drivers;
use kernel::leaf::resource::Orphan;
use kernel::{IoError, OrIoError};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::runtime::{Builder, LocalOptions};

pub use host::Host;
pub use tokio::net::{TcpListener as Listener, TcpStream as Conn};
pub use tokio::task::{JoinHandle as Task, spawn_local};
pub use tokio::time::Timeout;
pub use workers::{AbortHandle, block_on_workers, spawn, yield_now};

/// A buffer of the program.
pub type Buf = Box<[u8]>;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 4096;

/// Runs a future on a runtime of this thread with the drivers that it uses, made for this
/// call: nothing of an earlier run is left in it, and making and dropping it lies outside of
/// what is measured. [`spawn_local`] works inside.
///
/// # Panics
/// When the runtime cannot be built, inside of another one, and, by tokio, where the future
/// uses a driver that was not named.
pub fn block_on<F: Future>(drivers: Drivers, root: F) -> F::Output {
    let mut builder = Builder::new_current_thread();
    if drivers.sockets {
        builder.enable_io();
    }
    if drivers.clock {
        builder.enable_time();
    }
    let runtime = builder.build_local(LocalOptions::default());
    runtime.expect("epoll and an eventfd can be had").block_on(root)
}

/// Waits `ms` milliseconds, counted from the first poll.
pub async fn sleep(ms: u32) {
    tokio::time::sleep(millis(ms)).await;
}

/// The output of `op`, unless it is not ready within `ms` milliseconds of this call; then it is
/// dropped, and the error is tokio's.
pub fn timeout<F: Future>(ms: u32, op: F) -> Timeout<F> {
    tokio::time::timeout(millis(ms), op)
}

fn millis(ms: u32) -> Duration {
    Duration::from_millis(ms.into())
}

/// A buffer of `len` zeros.
#[must_use]
pub fn buf(len: usize) -> Buf {
    vec![0; len].into_boxed_slice()
}

/// Listens on loopback; the port is free and chosen by the system.
///
/// # Errors
/// Those of the system.
///
/// # Panics
/// Outside [`block_on`].
pub fn listen() -> Result<(Listener, u16), IoError> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let listener = socket.listen(BACKLOG)?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

/// Accepts a connection.
///
/// # Errors
/// Those of the system.
///
/// # Cancellation
/// Dropping it loses nothing: a connection is taken in the poll in which it is returned.
pub async fn accept(listener: &mut Listener) -> Result<Conn, IoError> {
    let (stream, _peer) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// As [`accept`]: one that is dropped has taken no connection, so there is no orphan.
///
/// # Errors
/// Those of the system.
pub async fn accept_or(listener: &mut Listener, _orphan: Orphan) -> Result<Conn, IoError> {
    accept(listener).await
}

/// Connects to a port on loopback.
///
/// # Errors
/// Those of the system.
///
/// # Cancellation
/// Dropping it closes the socket.
pub async fn connect(port: u16) -> Result<Conn, IoError> {
    let stream = Conn::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Reads what there is, at most the buffer's length; zero at the end of the stream.
///
/// # Errors
/// Those of the system.
///
/// # Cancellation
/// Dropping it loses nothing.
pub fn read<'b>(
    stream: &'b mut Conn,
    buffer: &'b mut Buf,
) -> impl Future<Output = Result<usize, IoError>> + 'b {
    OrIoError::new(stream.read(buffer))
}

/// Writes some of the first `len` bytes; ready with how many.
///
/// # Errors
/// Those of the system.
///
/// # Cancellation
/// Dropping it loses nothing.
///
/// # Panics
/// When the buffer is shorter than `len`.
pub fn write<'b>(
    stream: &'b mut Conn,
    buffer: &'b mut Buf,
    len: usize,
) -> impl Future<Output = Result<usize, IoError>> + 'b {
    OrIoError::new(stream.write(&buffer[..len]))
}

/// Reads exactly the first `len` bytes of the buffer.
///
/// # Errors
/// [`IoError::Eof`] when the stream ends before, and those of the system.
///
/// # Cancellation
/// Dropping it loses what was read so far.
///
/// # Panics
/// When the buffer is shorter than `len`.
pub async fn read_exact(stream: &mut Conn, buffer: &mut Buf, len: usize) -> Result<(), IoError> {
    stream.read_exact(&mut buffer[..len]).await?;
    Ok(())
}

/// Writes all of the first `len` bytes.
///
/// # Errors
/// Those of the system.
///
/// # Cancellation
/// How much was written is not known.
///
/// # Panics
/// When the buffer is shorter than `len`.
pub fn write_all<'b>(
    stream: &'b mut Conn,
    buffer: &'b mut Buf,
    len: usize,
) -> impl Future<Output = Result<(), IoError>> + 'b {
    OrIoError::new(stream.write_all(&buffer[..len]))
}

/// A file that is open for reading. tokio reads it on a thread of its own, into a buffer of
/// its own.
#[derive(Debug)]
pub struct File {
    file: tokio::fs::File,
    /// Where the next read begins: who reads on from there need not seek.
    at: u64,
}

/// Opens a file for reading. Blocks.
///
/// # Errors
/// Those of the system.
pub fn open(path: &str) -> Result<File, IoError> {
    Ok(File { file: std::fs::File::open(path)?.into(), at: 0 })
}

/// Reads at a place of the file, at most the buffer's length; zero at its end.
///
/// # Errors
/// Those of the system.
///
/// # Cancellation
/// Dropping it loses nothing: the next read gets what this one had asked for.
pub async fn read_at(file: &mut File, buffer: &mut Buf, offset: u64) -> Result<usize, IoError> {
    if file.at != offset {
        file.file.seek(SeekFrom::Start(offset)).await?;
        file.at = offset;
    }
    let read = file.file.read(buffer).await?;
    file.at += read as u64;
    Ok(read)
}
