//! What a driver makes of a socket that comes under it.

use std::os::fd::OwnedFd;
use std::rc::Rc;

use crate::driver::registry::RegisteredFd;
use crate::driver::source::Source;

/// A socket under a driver.
#[derive(Debug)]
pub enum Attached {
    /// Watched by a driver that waits for readiness.
    Source(Rc<Source>),
    /// Registered with the driver, if that could be.
    Registered(RegisteredFd),
    /// Known by its number alone.
    Plain(OwnedFd),
}
