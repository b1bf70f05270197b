//! The readiness leaf: waits for an edge of an input line.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::count::{self, Counter};
use crate::run::context;
use crate::wake::lines::Waiter;
use crate::wake::stored::store_waker;

/// Ends when the line has seen more edges than `seen`, with their number.
///
/// # Cancellation
/// Dropping it loses nothing: edges are counted by the driver.
///
/// # Panics
/// When polled outside a runtime of ours.
pub struct Edge {
    waiter: Waiter,
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Waiter { line, seen, .. } = &self.waiter;
        f.debug_struct("Edge").field("line", line).field("seen", seen).finish()
    }
}

/// Waits for an edge of `line` beyond the `seen` ones.
pub fn edge(line: usize, seen: u32) -> Edge {
    Edge { waiter: Waiter::new(line, seen) }
}

impl Future for Edge {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u32> {
        count::add(Counter::LeafPolls, 1);
        let this = &self.into_ref().get_ref().waiter;
        context::with(|runtime| {
            let driver = runtime.driver;
            if driver.edges(this.line) == this.seen {
                store_waker(&this.waker, cx.waker());
                this.stand(&runtime.lines);
                driver.register(this.line, cx.waker());
            }
            // Looked at again after registering: an interrupt may have come in between.
            match driver.edges(this.line) {
                edges if edges == this.seen => Poll::Pending,
                edges => {
                    this.leave();
                    Poll::Ready(edges)
                }
            }
        })
    }
}
