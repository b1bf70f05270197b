//! Why an operation on a socket or a file failed: one type for all designs.

use core::fmt;

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
