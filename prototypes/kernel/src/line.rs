//! The readiness leaf: waits for an edge of an input line.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::context;
use crate::count::{self, Counter};

/// Ends when the line has seen more edges than `seen`, with their number.
///
/// # Cancellation
/// Dropping it loses nothing: edges are counted by the driver.
///
/// # Panics
/// When polled outside a runtime of ours.
#[derive(Debug)]
pub struct Edge {
    line: usize,
    seen: u32,
}

/// Waits for an edge of `line` beyond the `seen` ones.
pub fn edge(line: usize, seen: u32) -> Edge {
    Edge { line, seen }
}

impl Future for Edge {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u32> {
        count::add(Counter::LeafPolls, 1);
        context::with(|runtime| {
            let driver = runtime.driver;
            if driver.edges(self.line) == self.seen {
                driver.register(self.line, cx.waker());
            }
            // Looked at again after registering: an interrupt may have come in between.
            match driver.edges(self.line) {
                edges if edges == self.seen => Poll::Pending,
                edges => Poll::Ready(edges),
            }
        })
    }
}
