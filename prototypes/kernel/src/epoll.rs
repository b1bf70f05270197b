//! The driver over epoll. Not here yet: it cannot be had.

use core::ptr::NonNull;
use core::task::Waker;

use contract::World;

use crate::Instant;
use crate::driver::{Driver, Idle, OpHeader, Parked};
use crate::io_err::IoErr;

/// The driver.
#[derive(Debug)]
pub struct Epoll(());

impl Epoll {
    /// A driver for one run.
    ///
    /// # Errors
    /// Those of the system calls that set it up.
    pub fn new(world: Option<&'static World>) -> Result<Epoll, IoErr> {
        let _ = world;
        Err(IoErr::Os(38))
    }
}

impl Driver for Epoll {
    fn now(&self) -> Instant {
        Instant::ZERO
    }

    fn deadline(&self, _: u32) -> Instant {
        Instant::ZERO
    }

    unsafe fn submit(&self, _: NonNull<OpHeader>) {}

    fn cancel(&self, _: &OpHeader) {}

    fn edges(&self, _: usize) -> u32 {
        0
    }

    fn register(&self, _: usize, _: &Waker) {}

    fn park(&self, _: Option<Instant>, _: Idle<'_>) -> Parked {
        Parked::Stuck
    }

    fn stuck(&self) -> ! {
        panic!("there is no watchdog on a real driver")
    }
}
