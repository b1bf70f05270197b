//! The handle of a child. Awaiting it polls no child: the scope does.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use design_completion::{Completion, Error};
use kernel::run::children::RawChild;
use kernel::run::context;

use crate::mem::ScopeMem;
use crate::policy::Ended;

/// A child of a scope, awaited for its output.
///
/// Dropping it gives the output up and nothing else: the child goes on, and the scope waits.
///
/// # Cancellation
/// Cancelling the *wait* ends it with [`Error::Cancelled`] and leaves the child alone.
pub struct Child<'m, T, const BYTES: usize> {
    memory: Pin<&'m ScopeMem<'m, BYTES>>,
    /// None if the scope was over before the child was there.
    raw: Option<RawChild<Result<T, Ended>>>,
    id: u32,
}

impl<T, const BYTES: usize> fmt::Debug for Child<'_, T, BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child").field("id", &self.id).finish_non_exhaustive()
    }
}

impl<'m, T, const BYTES: usize> Child<'m, T, BYTES> {
    pub(crate) fn new(
        memory: Pin<&'m ScopeMem<'m, BYTES>>,
        raw: RawChild<Result<T, Ended>>,
        id: u32,
    ) -> Child<'m, T, BYTES> {
        Child { memory, raw: Some(raw), id }
    }

    pub(crate) fn refused(memory: Pin<&'m ScopeMem<'m, BYTES>>) -> Child<'m, T, BYTES> {
        Child { memory, raw: None, id: 0 }
    }

    /// The child, unless its scope is over.
    fn raw(&self) -> Option<&RawChild<Result<T, Ended>>> {
        self.raw.as_ref().filter(|_| !self.memory.closed.get())
    }

    /// Asks the child to end. One that was not begun is dropped; one that was is polled under
    /// cancellation from now on, and may still be ready with a real output.
    pub fn cancel(&self) {
        let Some(raw) = self.raw() else { return };
        // SAFETY: the scope is not over, so the child was not cleared.
        let over = unsafe { raw.is_over() };
        if over || self.memory.family.cancel_one(self.id) {
            return;
        }
        // Not over and not in the list: never polled, so it may be dropped.
        // SAFETY: as above; this scope spawned it.
        unsafe { raw.cancel(self.memory.children()) };
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        // SAFETY: the scope is not over, so the child was not cleared.
        self.raw().is_none_or(|raw| unsafe { raw.is_over() })
    }

    /// Waits for the end of the child and says how it was; never cut short, so under
    /// cancellation it waits for a child that was asked to end as well.
    pub fn ended(self) -> End<'m, T, BYTES> {
        End { child: self }
    }

    fn poll_join(&self, cx: &mut Context<'_>) -> Poll<Result<T, Ended>> {
        let Some(raw) = self.raw() else { return Poll::Ready(Err(Ended::Cancelled)) };
        // SAFETY: the scope is not over, so the child was not cleared.
        unsafe { raw.poll_join(cx) }.map(|output| output.unwrap_or(Err(Ended::Cancelled)))
    }
}

// SAFETY: a handle owns nothing that is lent; the child belongs to the scope.
unsafe impl<T, const BYTES: usize> Completion for Child<'_, T, BYTES> {
    type Output = Result<T, Error>;

    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, Error>> {
        match self.into_ref().get_ref().poll_join(cx) {
            Poll::Ready(Ok(output)) => Poll::Ready(Ok(output)),
            Poll::Ready(Err(_)) => Poll::Ready(Err(Error::Cancelled)),
            Poll::Pending if context::cancelling() => Poll::Ready(Err(Error::Cancelled)),
            Poll::Pending => Poll::Pending,
        }
    }

    fn abandonable(&self) -> bool {
        // An output that is there is not dropped unseen.
        !self.is_over()
    }
}

impl<T, const BYTES: usize> Drop for Child<'_, T, BYTES> {
    fn drop(&mut self) {
        if let Some(raw) = self.raw() {
            // SAFETY: the scope is not over, so the child was not cleared; this scope spawned
            // it, and the handle is gone afterwards.
            unsafe { raw.detach(self.memory.children()) };
        }
    }
}

/// See [`Child::ended`].
pub struct End<'m, T, const BYTES: usize> {
    child: Child<'m, T, BYTES>,
}

impl<T, const BYTES: usize> fmt::Debug for End<'_, T, BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.child.fmt(f)
    }
}

// SAFETY: as for `Child`.
unsafe impl<T, const BYTES: usize> Completion for End<'_, T, BYTES> {
    type Output = Result<T, Ended>;

    unsafe fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.into_ref().get_ref().child.poll_join(cx)
    }

    fn abandonable(&self) -> bool {
        !self.child.is_over()
    }
}
