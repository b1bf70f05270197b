//! Why an operation on a socket or a file failed: one type for all designs.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

/// Why an operation on a socket or a file ended without a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IoErr {
    /// Somebody asked for the end, and nothing had happened yet.
    Canceled,
    /// The peer ended the stream before everything had come.
    Eof,
    /// The system's error number, positive.
    Os(i32),
}

impl IoErr {
    /// Reads a driver's result: bytes or a descriptor, or a negative error.
    ///
    /// # Errors
    /// What a negative result says.
    pub fn check(result: i32) -> Result<usize, IoErr> {
        match result {
            contract::CANCELED => Err(IoErr::Canceled),
            _ => usize::try_from(result).map_err(|_| IoErr::Os(-result)),
        }
    }
}

impl IoErr {
    /// The error as a number for a ledger: the system's, or a negative one of ours.
    #[must_use]
    pub fn code(self) -> i32 {
        match self {
            IoErr::Canceled => contract::CANCELED,
            IoErr::Eof => -1,
            IoErr::Os(number) => number,
        }
    }
}

impl From<rustix::io::Errno> for IoErr {
    fn from(errno: rustix::io::Errno) -> IoErr {
        IoErr::Os(errno.raw_os_error())
    }
}

/// An error of the standard library, as runtimes report it. One without a number of the
/// system's counts as `EIO`.
impl From<std::io::Error> for IoErr {
    fn from(error: std::io::Error) -> IoErr {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => IoErr::Eof,
            _ => IoErr::Os(error.raw_os_error().unwrap_or(rustix::io::Errno::IO.raw_os_error())),
        }
    }
}

pin_project_lite::pin_project! {
    /// An operation of the standard library's error type with ours: what adapters of runtimes
    /// return. An `async fn` around each would ask in every poll where it stands.
    ///
    /// # Cancellation
    /// That of the operation.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct OrIoErr<F> {
        #[pin]
        op: F,
    }
}

impl<F> OrIoErr<F> {
    /// Wraps an operation.
    pub fn new(op: F) -> OrIoErr<F> {
        OrIoErr { op }
    }
}

impl<T, F: Future<Output = std::io::Result<T>>> Future for OrIoErr<F> {
    type Output = Result<T, IoErr>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, IoErr>> {
        self.project().op.poll(cx).map_err(IoErr::from)
    }
}

impl fmt::Display for IoErr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IoErr::Canceled => f.write_str("canceled"),
            IoErr::Eof => f.write_str("the stream ended early"),
            IoErr::Os(number) => std::io::Error::from_raw_os_error(*number).fmt(f),
        }
    }
}

impl core::error::Error for IoErr {}
