//! Values of the dialect that are the same in every design: what a wait or a race ends with.

use core::fmt;

/// Why a wait ended without what it waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// It was cancelled. Where cancelling is dropping, only the handle of a child that was
    /// cancelled says so: a wait that was dropped is ready with nothing.
    Cancelled,
    /// The time of a limit was over.
    Elapsed,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Error::Cancelled => "cancelled",
            Error::Elapsed => "time is over",
        })
    }
}

impl core::error::Error for Error {}

/// Why an item was not sent; it comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError<T> {
    /// Sending was cancelled before there was room. Not constructed where cancelling is dropping.
    Cancelled(T),
    /// The channel was closed.
    Closed(T),
}

impl<T> SendError<T> {
    /// The item.
    pub fn into_inner(self) -> T {
        match self {
            SendError::Cancelled(item) | SendError::Closed(item) => item,
        }
    }
}

/// One of two outputs: which side of a race was ready first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Either<A, B> {
    /// The first operation was.
    A(A),
    /// The second was.
    B(B),
}
