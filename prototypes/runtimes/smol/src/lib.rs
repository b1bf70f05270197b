//! smol under a design: its executor, clock, sockets and files in the result types of the
//! dialect.
//!
//! Everything is written as a user of smol writes it: `AsyncReadExt` on `TcpStream`, `seek`
//! and `read` on `fs::File`, `Timer`, `future::or`. Nothing is done that such a user would
//! not get.
//!
//! A facade package per design (`prototypes/<design>/on/smol`) puts these names over the
//! design's own. The clock is the machine's; a world's clock stands still.

#![forbid(unsafe_code)]

mod host;

use std::cell::RefCell;
use std::future::Future;
use std::io::SeekFrom;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use contract::Drivers;
use futures_util::FutureExt;
use kernel::leaf::resource::Orphan;
use kernel::{IoError, OrIoError};
use smol::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use smol::{LocalExecutor, Timer, future};

pub use host::Host;
pub use smol::Task;
pub use smol::net::{TcpListener as Listener, TcpStream as Conn};

/// A buffer of the program.
pub type Buf = Box<[u8]>;

thread_local! {
    /// The executor of the run on this thread.
    static EXECUTOR: RefCell<Option<Rc<LocalExecutor<'static>>>> = const { RefCell::new(None) };
}

/// Makes an executor this thread's; takes it away again.
struct Entered(Rc<LocalExecutor<'static>>);

impl Entered {
    fn new() -> Entered {
        let executor = Rc::new(LocalExecutor::new());
        let former = EXECUTOR.replace(Some(Rc::clone(&executor)));
        assert!(former.is_none(), "block_on inside a task would wait for itself");
        Entered(executor)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        EXECUTOR.take();
    }
}

/// Runs a future on an executor of this thread, made for this call, which waits in smol's
/// reactor. [`spawn_local`] works inside. smol has one reactor for sockets and timers, so that
/// no driver can be left out.
///
/// # Panics
/// Inside of another call.
pub fn block_on<F: Future>(_drivers: Drivers, root: F) -> F::Output {
    let entered = Entered::new();
    smol::block_on(entered.0.run(root))
}

/// Starts a task beside the root. Dropping the handle cancels it.
///
/// # Panics
/// Outside [`block_on`].
pub fn spawn_local<F>(future: F) -> Task<F::Output>
where
    F: Future<Output: 'static> + 'static,
{
    EXECUTOR.with_borrow(|executor| {
        executor.as_ref().expect("tasks are started inside block_on").spawn(future)
    })
}

/// Waits `ms` milliseconds, counted from the first poll.
pub async fn sleep(ms: u32) {
    Timer::after(Duration::from_millis(ms.into())).await;
}

/// The time of a [`timeout`] was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

/// The output of `op`, unless it is not ready within `ms` milliseconds, counted from the first
/// poll; then it is dropped.
pub fn timeout<F: Future>(ms: u32, op: F) -> impl Future<Output = Result<F::Output, Elapsed>> {
    let limit = async move {
        sleep(ms).await;
        Err(Elapsed)
    };
    future::or(op.map(Ok), limit)
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
    Ok((Listener::try_from(listener)?, port))
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
    let stream = Conn::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
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

/// A file that is open for reading. smol reads it on a thread of its own, ahead of the reader,
/// into a pipe.
#[derive(Debug)]
pub struct File {
    file: smol::fs::File,
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
/// A single read would be ready with what happens to be in the pipe.
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
