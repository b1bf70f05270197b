//! The body of a scope, or its one typed child.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

/// A future, then its output, then neither.
pub(crate) enum Part<F: Future> {
    /// The future, pinned with the part from the first poll on.
    ///
    /// Entered by the making. Excludes the taking of an output: there is none.
    Running(F),
    /// The output.
    ///
    /// Entered from `Running` by the poll that is ready, which drops the future in place. Excludes
    /// another poll of it.
    Ready(F::Output),
    /// Neither.
    ///
    /// Entered from `Ready` by the taking of the output. Excludes everything.
    Gone,
}

impl<F: Future> Part<F> {
    /// Polls a running future; drops it as soon as it is ready. True unless it still runs.
    pub(crate) fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        // SAFETY: a running future is moved by nothing; it is replaced in place, which drops it.
        let this = unsafe { self.get_unchecked_mut() };
        let Part::Running(future) = this else { return true };
        // SAFETY: pinned with the enum.
        let Poll::Ready(output) = unsafe { Pin::new_unchecked(future) }.poll(cx) else {
            return false;
        };
        *this = Part::Ready(output);
        true
    }

    /// Whether the future is there. By a pointer to write with: a shared one to a future that has
    /// run would claim that nothing in it is borrowed exclusively, which it may do itself.
    ///
    /// # Safety
    /// The part is alive, and not being polled.
    pub(crate) unsafe fn is_running(part: *mut Self) -> bool {
        // SAFETY: alive by the caller's promise; this reads the discriminant only.
        unsafe { matches!(*part, Part::Running(_)) }
    }

    /// The output, once. Moves nothing that was pinned: a running future stays.
    pub(crate) fn take(&mut self) -> Option<F::Output> {
        // SAFETY: ours.
        if unsafe { Part::is_running(self) } {
            return None;
        }
        match core::mem::replace(self, Part::Gone) {
            Part::Ready(output) => Some(output),
            _ => None,
        }
    }
}
