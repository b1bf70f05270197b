//! One future inside a combinator: polled in place, and asked to cancel before it is dropped.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use kernel::run::context;

/// A future, then its output or nothing.
pub(crate) struct Part<F: Future> {
    state: State<F>,
    begun: bool,
}

enum State<F: Future> {
    /// The future, pinned with the part from the first poll on.
    ///
    /// Entered by the making. Excludes the taking of an output: there is none.
    Running(F),
    /// The output.
    ///
    /// Entered from `Running` by a poll that is ready, also one that was a request to cancel; the
    /// future is dropped in place. Excludes polls and requests, which find that it has ended.
    Ready(F::Output),
    /// Cancelled and dropped, or its output was taken.
    ///
    /// Entered from `Running` by a request to a future that was not begun or has no clean-up to
    /// wait for, from `Ready` by the taking of the output, and from both by `forget`. Excludes
    /// everything.
    Gone,
}

impl<F: Future> fmt::Debug for Part<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").field("begun", &self.begun).finish_non_exhaustive()
    }
}

impl<F: Future> Part<F> {
    /// A future that was not begun.
    pub(crate) const fn new(future: F) -> Part<F> {
        Part { state: State::Running(future), begun: false }
    }

    /// Polls in the mode of the surroundings, unless it has ended. True when it has: it is ready,
    /// or it was cancelled with the surroundings and has cleaned up. The future is dropped then.
    #[inline]
    pub(crate) fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        // SAFETY: the future is polled and dropped in place, never moved.
        let this = unsafe { self.as_mut().get_unchecked_mut() };
        this.begun = true;
        if context::cancelling() {
            return self.cancel_and_tell(cx);
        }
        let State::Running(future) = &mut this.state else { return true };
        // FOREIGN: the poll. A panic leaves the future to be dropped: its owner unwinds.
        // SAFETY: pinned with the part.
        let Poll::Ready(output) = unsafe { Pin::new_unchecked(future) }.poll(cx) else {
            return false;
        };
        // FOREIGN: the destructor of the future. The output takes its place all the same.
        this.state = State::Ready(output);
        true
    }

    /// Asks it to cancel. True when it has ended: dropped without a clean-up to wait for, or
    /// ready all the same. One that was not begun is dropped at once.
    #[cold]
    pub(crate) fn cancel(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        // SAFETY: as in `poll`.
        let this = unsafe { self.get_unchecked_mut() };
        let State::Running(future) = &mut this.state else { return true };
        if this.begun {
            // FOREIGN: the poll, as above.
            // SAFETY: pinned with the part.
            let future = unsafe { Pin::new_unchecked(future) };
            match context::request(|| future.poll(cx)) {
                (Poll::Ready(output), _) => {
                    // FOREIGN: as in `poll`.
                    this.state = State::Ready(output);
                    return true;
                }
                (Poll::Pending, true) => return false,
                (Poll::Pending, false) => {}
            }
        }
        // FOREIGN: the destructor of the future. It is gone also when it panics.
        this.state = State::Gone;
        true
    }

    /// As [`Part::cancel`], and passes it on to who has asked the surroundings that a clean-up
    /// goes on.
    pub(crate) fn cancel_and_tell(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        let ended = self.cancel(cx);
        if !ended && context::cancelling() {
            context::goes_on();
        }
        ended
    }

    /// Drops what is there, in place.
    pub(crate) fn forget(self: Pin<&mut Self>) {
        // FOREIGN: the destructor, as the last thing.
        // SAFETY: assigning drops in place.
        unsafe { self.get_unchecked_mut() }.state = State::Gone;
    }

    /// Whether there is an output. By an exclusive reference: a shared one to a future that has run
    /// would claim that nothing in it is borrowed exclusively, which it may do itself.
    pub(crate) fn is_ready(self: Pin<&mut Self>) -> bool {
        // SAFETY: nothing is moved; this reads the discriminant only.
        matches!(unsafe { self.get_unchecked_mut() }.state, State::Ready(_))
    }

    /// Whether the future is there. By an exclusive reference, as above.
    pub(crate) fn is_running(self: Pin<&mut Self>) -> bool {
        // SAFETY: as above.
        matches!(unsafe { self.get_unchecked_mut() }.state, State::Running(_))
    }

    /// The output, once. Moves nothing that was pinned: the future is gone.
    pub(crate) fn take(mut self: Pin<&mut Self>) -> Option<F::Output> {
        if !self.as_mut().is_ready() {
            return None;
        }
        // SAFETY: only an output is moved.
        let this = unsafe { self.get_unchecked_mut() };
        match core::mem::replace(&mut this.state, State::Gone) {
            State::Ready(output) => Some(output),
            State::Running(_) | State::Gone => None,
        }
    }
}
