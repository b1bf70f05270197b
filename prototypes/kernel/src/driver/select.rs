//! Which driver a run uses. One process holds all of them: a design's own executor is one
//! package, and what is to be compared is chosen at run time.

use core::cell::Cell;
use core::fmt;
use core::str::FromStr;
use std::boxed::Box;
use std::format;
use std::string::String;

use contract::World;

use crate::driver::Driver;
use crate::driver::epoll::Epoll;
use crate::driver::sim::Sim;
use crate::driver::uring::Uring;
use crate::io_error::IoErr;

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

std::thread_local! {
    static SELECTED: Cell<Backend> = const { Cell::new(Backend::Sim) };
}

/// Chooses the driver of this thread's runs from now on.
pub fn select(backend: Backend) {
    SELECTED.set(backend);
}

/// The driver of this thread's runs.
#[must_use]
pub fn selected() -> Backend {
    SELECTED.get()
}

/// Whether a driver can be had on this machine.
///
/// # Errors
/// Which system call failed, and why.
pub fn probe(backend: Backend) -> Result<(), String> {
    let say = |call: &str, error: IoErr| format!("{call}: {error}");
    match backend {
        Backend::Sim => Ok(()),
        Backend::Epoll => Epoll::new(None).map(drop).map_err(|error| say("epoll_create1", error)),
        Backend::Uring => crate::driver::uring::probe(),
    }
}

/// A real driver. `world` is where the run publishes what it counted.
///
/// # Errors
/// Those of the system calls that set it up.
///
/// # Panics
/// For [`Backend::Sim`], which is not real.
pub fn open(backend: Backend, world: Option<&'static World>) -> Result<Box<dyn Driver>, IoErr> {
    match backend {
        Backend::Sim => panic!("the simulated driver is made from a world"),
        Backend::Epoll => Ok(Box::new(Epoll::new(world)?)),
        Backend::Uring => Ok(Box::new(Uring::new(world)?)),
    }
}

/// Calls `f` with a new driver of the kind that is selected.
pub(crate) fn with_driver<R>(world: &'static World, f: impl FnOnce(&dyn Driver) -> R) -> R {
    let (sim, real);
    let driver: &dyn Driver = match selected() {
        Backend::Sim => {
            sim = Sim::new(world);
            &sim
        }
        backend => {
            real = open(backend, Some(world)).unwrap_or_else(|error| panic!("{backend}: {error}"));
            &*real
        }
    };
    f(driver)
}
