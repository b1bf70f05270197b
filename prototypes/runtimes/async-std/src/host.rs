//! What an island needs of async-std: the readiness and the clock of async-io, on which it is built
//! and which alone has names for them.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_io::{Async, Timer};
use kernel::run::island;
use kernel::{Instant, IoError};

/// A driver's descriptor in the reactor under async-std, and a timer of it.
#[derive(Debug)]
pub struct Host {
    readable: Async<OwnedFd>,
    timer: Timer,
    /// What the timer waits for.
    armed: Option<Instant>,
}

impl Host {
    /// Watches a descriptor.
    ///
    /// # Errors
    /// Those of the system.
    pub fn new(descriptor: BorrowedFd<'_>) -> Result<Host, IoError> {
        let descriptor = descriptor.try_clone_to_owned()?;
        let readable = Async::new_nonblocking(descriptor)?;
        Ok(Host { readable, timer: Timer::never(), armed: None })
    }
}

impl island::Host for Host {
    /// The reactor looks at the descriptor anew for every wait, so nothing is remembered.
    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        ready!(self.readable.poll_readable(cx)).expect("the reactor lives");
        Poll::Ready(())
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>, at: Instant, now: Instant) -> Poll<()> {
        if self.armed.replace(at) != Some(at) {
            self.timer.set_after(Duration::from_micros(at.0.saturating_sub(now.0)));
        }
        ready!(Future::poll(Pin::new(&mut self.timer), cx));
        self.armed = None;
        Poll::Ready(())
    }
}
