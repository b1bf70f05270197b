//! async-std under a design: its executor, clock, sockets and files in the result types of
//! the dialect.
//!
//! async-std is discontinued: its authors point to smol, on which it is built. It is measured
//! because programs still run on it, and as what its users write: `ReadExt` on `TcpStream`,
//! `seek` and `read` on `fs::File`, `task::sleep`, `future::timeout`.
//!
//! A facade package per design (`prototypes/<design>/on/async-std`) puts these names over the
//! design's own. The clock is the machine's; a world's clock stands still. Its `block_on` starts
//! threads of its own, so counts of instructions on it are shown and not judged.

#![forbid(unsafe_code)]

mod host;

use std::future::Future;
use std::io::SeekFrom;
use std::net::Ipv4Addr;
use std::time::Duration;

use async_std::future::TimeoutError;
use async_std::io::prelude::SeekExt;
use async_std::io::{ReadExt, WriteExt};
use contract::Drivers;
use kernel::leaf::resource::Orphan;
use kernel::{IoError, OrIoError};

pub use async_std::net::{TcpListener as Listener, TcpStream as Conn};
pub use async_std::task::{JoinHandle as Task, spawn_local};
pub use host::Host;

/// A buffer of the program.
pub type Buf = Box<[u8]>;

/// Runs a future on this thread. [`spawn_local`] works inside. async-std has one reactor for
/// sockets and timers, so that no driver can be left out.
pub fn block_on<F: Future>(_drivers: Drivers, root: F) -> F::Output {
    async_std::task::block_on(root)
}

/// Waits `ms` milliseconds, counted from the first poll.
pub async fn sleep(ms: u32) {
    async_std::task::sleep(millis(ms)).await;
}

/// The output of `op`, unless it is not ready within `ms` milliseconds, counted from the first
/// poll; then it is dropped, and the error is async-std's.
pub fn timeout<F: Future>(ms: u32, op: F) -> impl Future<Output = Result<F::Output, TimeoutError>> {
    async_std::future::timeout(millis(ms), op)
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
pub fn listen() -> Result<(Listener, u16), IoError> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    Ok((Listener::from(listener), port))
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
pub fn read_exact<'b>(
    stream: &'b mut Conn,
    buffer: &'b mut Buf,
    len: usize,
) -> impl Future<Output = Result<(), IoError>> + 'b {
    OrIoError::new(stream.read_exact(&mut buffer[..len]))
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

/// A file that is open for reading. async-std reads it on a thread of its own, into a buffer of
/// its own.
#[derive(Debug)]
pub struct File {
    file: async_std::fs::File,
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

/// Fills the buffer from a place of the file; ready with fewer bytes, or none, only at its end.
/// A single read would be ready with what happens to be in its buffer.
///
/// # Errors
/// Those of the system.
///
/// # Cancellation
/// Dropping it loses what was read so far.
pub async fn read_at(file: &mut File, buffer: &mut Buf, offset: u64) -> Result<usize, IoError> {
    if file.at != offset {
        file.file.seek(SeekFrom::Start(offset)).await?;
        file.at = offset;
    }
    let mut filled = 0;
    while filled < buffer.len() {
        let read = file.file.read(&mut buffer[filled..]).await?;
        if read == 0 {
            break;
        }
        filled += read;
        file.at += read as u64;
    }
    Ok(filled)
}
