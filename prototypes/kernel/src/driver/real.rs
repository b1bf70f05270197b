//! What a driver of the machine's time and events is beside a [`Driver`].

use std::string::String;

use contract::World;

use crate::driver::Driver;
use crate::io_error::IoError;

/// A driver that can be opened by name.
pub trait Real: Driver + Sized + 'static {
    /// One for a run. `world` is where the run publishes what it counted.
    ///
    /// # Errors
    /// Those of the system calls that set it up.
    fn open(world: Option<&'static World>) -> Result<Self, IoError>;

    /// Whether it can be had on this machine.
    ///
    /// # Errors
    /// Which system call failed, and why.
    fn probe() -> Result<(), String>;
}
