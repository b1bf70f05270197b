//! Why an operation on a socket or a file failed: one type for all designs.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

/// Why an operation on a socket or a file ended without a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IoError {
    /// The end was asked for, and nothing had happened yet.
    Cancelled,
    /// The peer ended the stream before everything had come.
    Eof,
    /// The system's error number, positive.
    Os(i32),
}

impl IoError {
    /// Reads a driver's result: bytes or a descriptor, or a negative error.
    ///
    /// # Errors
    /// What a negative result says.
    pub fn check(result: i32) -> Result<usize, IoError> {
        match result {
            contract::CANCELLED => Err(IoError::Cancelled),
            _ => usize::try_from(result).map_err(|_| IoError::Os(-result)),
        }
    }
}

impl IoError {
    /// The error as a number for a ledger: the system's, or a negative one of ours.
    #[must_use]
    pub fn code(self) -> i32 {
        match self {
            IoError::Cancelled => contract::CANCELLED,
            IoError::Eof => -1,
            IoError::Os(number) => number,
        }
    }
}

impl From<rustix::io::Errno> for IoError {
    fn from(errno: rustix::io::Errno) -> IoError {
        IoError::Os(errno.raw_os_error())
    }
}

/// An error of the standard library, as runtimes report it. One without a number of the
/// system's counts as `EIO`.
impl From<std::io::Error> for IoError {
    fn from(error: std::io::Error) -> IoError {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => IoError::Eof,
            _ => IoError::Os(error.raw_os_error().unwrap_or(rustix::io::Errno::IO.raw_os_error())),
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
    pub struct OrIoError<F> {
        #[pin]
        op: F,
    }
}

impl<F> OrIoError<F> {
    /// Wraps an operation.
    pub fn new(op: F) -> OrIoError<F> {
        OrIoError { op }
    }
}

impl<T, F: Future<Output = std::io::Result<T>>> Future for OrIoError<F> {
    type Output = Result<T, IoError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, IoError>> {
        self.project().op.poll(cx).map_err(IoError::from)
    }
}

impl fmt::Display for IoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IoError::Cancelled => f.write_str("cancelled"),
            IoError::Eof => f.write_str("the stream ended early"),
            IoError::Os(number) => std::io::Error::from_raw_os_error(*number).fmt(f),
        }
    }
}

impl core::error::Error for IoError {}
