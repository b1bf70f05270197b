//! What wakes an executor that blocks in the system: an eventfd.
//!
//! A notifier is never closed. Another thread may have found its number a long time ago and
//! write to it now; were the number that of another file by then, eight bytes would go
//! there. So notifiers that are not in use lie in a pool, and a late ring wakes the next user
//! once for nothing.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd};
use std::sync::{Mutex, PoisonError};
use std::vec::Vec;

use rustix::event::{EventfdFlags, eventfd};

static POOL: Mutex<Vec<usize>> = Mutex::new(Vec::new());

/// A notifier in use. Watch its descriptor for readability, edge-triggered: it need not be
/// read, because every ring is an edge.
#[derive(Debug)]
pub struct Notifier {
    number: usize,
}

impl Notifier {
    /// A notifier from the pool, or a new one.
    ///
    /// # Errors
    /// Those of the system when there is no descriptor left.
    pub fn take() -> rustix::io::Result<Notifier> {
        let pooled = POOL.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let number = match pooled {
            Some(number) => number,
            None => {
                let fd = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
                usize::try_from(fd.into_raw_fd()).expect("descriptors are not negative")
            }
        };
        Ok(Notifier { number })
    }

    /// What [`ring`] takes.
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// Rings it, from any thread.
    pub fn ring(&self) {
        ring(self.number);
    }
}

impl AsFd for Notifier {
    fn as_fd(&self) -> BorrowedFd<'_> {
        descriptor(self.number)
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        POOL.lock().unwrap_or_else(PoisonError::into_inner).push(self.number);
    }
}

fn descriptor(number: usize) -> BorrowedFd<'static> {
    let fd = i32::try_from(number).expect("a notifier's number is its descriptor");
    // SAFETY: only `Notifier::take` makes numbers, and it never closes the descriptor.
    unsafe { BorrowedFd::borrow_raw(fd) }
}

/// Wakes the thread that waits for this notifier, now or next. Callable from any thread, also
/// after the notifier is back in its pool. The number is a notifier's: any other would be a file
/// of others, so it does not leave the crate.
pub(crate) fn ring(number: usize) {
    // It fails only when the counter is full: then the notifier is ringing anyway.
    let _full = rustix::io::write(descriptor(number), &1_u64.to_ne_bytes());
}

impl AsRawFd for Notifier {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        self.as_fd().as_raw_fd()
    }
}
