//! Which driver a run uses. One process holds all of them: a design's own executor is one
//! package, and what is to be compared is chosen at run time.

use core::cell::Cell;
use std::boxed::Box;
use std::string::String;

use contract::World;

use crate::driver::Driver;
use crate::driver::of_world::of_world;
use crate::io_error::IoError;

pub use crate::driver::kind::{Backend, UnknownBackend};

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
    backend.probe()
}

/// A real driver. `world` is where the run publishes what it counted.
///
/// # Errors
/// Those of the system calls that set it up.
///
/// # Panics
/// For [`Backend::Sim`], which is not real.
pub fn open(backend: Backend, world: Option<&'static World>) -> Result<Box<dyn Driver>, IoError> {
    backend.open(world)
}

/// Calls `f` with a new driver of the kind that is selected. `edge` as of [`of_world`].
pub(crate) fn with_driver<R>(
    world: &'static World,
    edge: fn(usize, u32),
    f: impl FnOnce(&dyn Driver) -> R,
) -> R {
    let (sim, real);
    let driver: &dyn Driver = match selected() {
        Backend::Sim => {
            sim = of_world(world, edge);
            &sim
        }
        backend => {
            real = open(backend, Some(world)).unwrap_or_else(|error| panic!("{backend}: {error}"));
            &*real
        }
    };
    f(driver)
}
