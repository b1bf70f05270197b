//! The leaf that sleeps: a node in the runtime's heap of timers.

use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use crate::count::{self, Counter};
use crate::run::context;
use crate::run::timers::Node;
use crate::wake::stored::store_waker;

/// Ends after a number of milliseconds of the driver's time, counted from the first poll in the
/// run that it ends in: one that outlives its run counts anew in the next.
///
/// # Cancellation
/// Dropping it disarms the timer at once; nothing is lost.
///
/// # Panics
/// When polled outside a runtime of ours.
pub struct Sleep {
    node: Node,
    ms: u32,
    state: Cell<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Was not polled.
    ///
    /// Entered by [`sleep`]. Excludes nothing: the node is in no heap.
    New,
    /// Has been put into the heap of a run.
    ///
    /// Entered from `New` by the first poll, and again from itself where that run has ended before
    /// the time came. While the node is in the heap it may not be moved or freed. It leaves the
    /// heap when it fires, when the run ends and by `disarm`; this state stays until a poll looks.
    Armed,
    /// Was ready.
    ///
    /// Entered from `Armed` by the poll that finds the node fired. Excludes another wait: a further
    /// poll is ready at once.
    Done,
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").field("ms", &self.ms).finish_non_exhaustive()
    }
}

/// A timer of `ms` milliseconds. Zero yields to the driver once.
#[must_use]
pub fn sleep(ms: u32) -> Sleep {
    Sleep { node: Node::new(), ms, state: Cell::new(State::New) }
}

impl Sleep {
    /// Disarms it, as dropping it does.
    pub fn disarm(&self) {
        // SAFETY: null or alive: a heap that dies clears the link of all its nodes.
        if let Some(heap) = unsafe { self.node.heap.get().as_ref() } {
            heap.remove(&self.node);
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        count::add(Counter::LeafPolls, 1);
        // Shared from here on: the heap's nodes point at each other.
        let this = self.into_ref().get_ref();
        match this.state.get() {
            State::New => {
                this.arm(cx.waker());
                return Poll::Pending;
            }
            State::Armed if this.node.heap.get().is_null() => {}
            State::Armed => {
                count::add(Counter::SpuriousPolls, 1);
                store_waker(&this.node.waker, cx.waker());
                // Looked at again: the clone may have let the timer fire.
                if !this.node.heap.get().is_null() {
                    return Poll::Pending;
                }
            }
            State::Done => return Poll::Ready(()),
        }
        if !this.node.fired.get() {
            // Its runtime has ended before its time came: it counts from now, in this one.
            this.arm(cx.waker());
            return Poll::Pending;
        }
        this.state.set(State::Done);
        Poll::Ready(())
    }
}

impl Sleep {
    /// Puts the timer into the heap of the current runtime.
    fn arm(&self, waker: &Waker) {
        store_waker(&self.node.waker, waker);
        context::with(|runtime| {
            let deadline = runtime.driver.deadline(self.ms);
            self.node.deadline.set(deadline);
            self.node.tie.set(runtime.tie(deadline));
            runtime.timers.insert(&self.node);
            self.state.set(State::Armed);
        });
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.disarm();
    }
}
