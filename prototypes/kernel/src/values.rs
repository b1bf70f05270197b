//! Values of the dialect that are the same in every design: what a wait or a race ends with.

use core::fmt;

/// Why a wait ended without what it waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Err {
    /// It was cancelled. Where cancelling is dropping, only the handle of a child that was
    /// cancelled says so: a wait that was dropped is ready with nothing.
    Canceled,
    /// The time of a limit was over.
    Elapsed,
}

impl fmt::Display for Err {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Err::Canceled => "cancelled",
            Err::Elapsed => "time is over",
        })
    }
}

impl core::error::Error for Err {}

/// Why an item was not sent; it comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendErr<T> {
    /// Sending was cancelled before there was room. Not constructed where cancelling is dropping.
    Canceled(T),
    /// The channel was closed.
    Closed(T),
}

impl<T> SendErr<T> {
    /// The item.
    pub fn into_inner(self) -> T {
        match self {
            SendErr::Canceled(item) | SendErr::Closed(item) => item,
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
