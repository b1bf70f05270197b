//! What an island needs of tokio: its readiness and its clock.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use kernel::run::island;
use kernel::{Instant, IoError};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::{Sleep, sleep};

/// A driver's descriptor in tokio's reactor, and a timer of tokio's.
#[derive(Debug)]
pub struct Host {
    readable: AsyncFd<OwnedFd>,
    /// There once something has waited for a time.
    timer: Option<Pin<Box<Sleep>>>,
    /// What the timer waits for.
    armed: Option<Instant>,
}

impl Host {
    /// Watches a descriptor.
    ///
    /// # Errors
    /// Those of the system.
    ///
    /// # Panics
    /// Outside [`block_on`](crate::block_on).
    pub fn new(descriptor: BorrowedFd<'_>) -> Result<Host, IoError> {
        let descriptor = descriptor.try_clone_to_owned()?;
        #[expect(deprecated, reason = "its unsafe heir asks for what an `OwnedFd` gives anyway")]
        let readable = AsyncFd::with_interest(descriptor, Interest::READABLE)?;
        Ok(Host { readable, timer: None, armed: None })
    }
}

impl island::Host for Host {
    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut ready = ready!(self.readable.poll_read_ready(cx)).expect("the runtime lives");
        ready.clear_ready();
        Poll::Ready(())
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>, at: Instant, now: Instant) -> Poll<()> {
        let left = || sleep(Duration::from_micros(at.0.saturating_sub(now.0)));
        let timer = match &mut self.timer {
            Some(timer) => {
                if self.armed != Some(at) {
                    timer.set(left());
                }
                timer
            }
            none => none.insert(Box::pin(left())),
        };
        self.armed = Some(at);
        ready!(timer.as_mut().poll(cx));
        self.armed = None;
        Poll::Ready(())
    }
}
