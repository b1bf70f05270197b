//! The drivers of our own executor, and their names.

use core::fmt;
use core::str::FromStr;

/// The drivers of our own executor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Backend {
    /// Virtual time and a scripted environment: runtime `own`.
    #[default]
    Sim,
    /// Readiness: runtime `own-epoll`.
    Epoll,
    /// Completion: runtime `own-uring`.
    Uring,
}

impl Backend {
    /// All of them.
    pub const ALL: [Backend; 3] = [Backend::Sim, Backend::Epoll, Backend::Uring];
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Backend::Sim => "own",
            Backend::Epoll => "own-epoll",
            Backend::Uring => "own-uring",
        })
    }
}

/// A word that names no driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownBackend;

impl fmt::Display for UnknownBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not one of own, own-epoll, own-uring")
    }
}

impl core::error::Error for UnknownBackend {}

impl FromStr for Backend {
    type Err = UnknownBackend;

    fn from_str(word: &str) -> Result<Backend, UnknownBackend> {
        match word {
            "own" => Ok(Backend::Sim),
            "own-epoll" => Ok(Backend::Epoll),
            "own-uring" => Ok(Backend::Uring),
            _ => Err(UnknownBackend),
        }
    }
}
