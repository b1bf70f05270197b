//! The readiness leaf: waits for an edge of an input line.
//!
//! Any number of leaves wait for one line. They stand in a list of the runtime, and all of them
//! are woken at an edge; a driver need not know more of them than that one is there.

use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::ptr::{self, NonNull};
use core::task::{Context, Poll, Waker};

use contract::LINES;

use crate::count::{self, Counter};
use crate::foreign::Finally;
use crate::list::{IntrusiveList, Links, Node};
use crate::run::context;
use crate::wake::stored::{Wake, store_waker};

/// Ends when the line has seen more edges than `seen`, with their number.
///
/// # Cancellation
/// Dropping it loses nothing: edges are counted by the driver.
///
/// # Panics
/// When polled outside a runtime of ours.
pub struct Edge {
    line: usize,
    seen: u32,
    waker: Cell<Option<Waker>>,
    /// Where it stands; null when it stands nowhere.
    lines: Cell<*const Lines>,
    links: Links<Edge>,
    _pin: PhantomPinned,
}

// SAFETY: its own field.
unsafe impl Node for Edge {
    fn links(&self) -> &Links<Edge> {
        &self.links
    }
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edge").field("line", &self.line).field("seen", &self.seen).finish()
    }
}

/// Waits for an edge of `line` beyond the `seen` ones.
pub fn edge(line: usize, seen: u32) -> Edge {
    Edge {
        line,
        seen,
        waker: Cell::new(None),
        lines: Cell::new(ptr::null()),
        links: Links::new(),
        _pin: PhantomPinned,
    }
}

impl Edge {
    /// Stands in line, at its present place if it has one there.
    fn stand(&self, lines: &Lines) {
        if ptr::eq(self.lines.get(), lines) {
            return;
        }
        self.leave();
        self.lines.set(lines);
        // SAFETY: pinned, and in no list; it leaves the list before it dies.
        unsafe { lines.lists[self.line].push(NonNull::from(self)) };
    }

    fn leave(&self) {
        // SAFETY: null or alive: lines that die clear the place of all that stand in them.
        if let Some(lines) = unsafe { self.lines.replace(ptr::null()).as_ref() } {
            // SAFETY: it stands there.
            unsafe { lines.lists[self.line].remove(NonNull::from(self)) };
        }
    }
}

impl Future for Edge {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u32> {
        count::add(Counter::LeafPolls, 1);
        let this = self.into_ref().get_ref();
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

impl Drop for Edge {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Who waits for each line. Pinned with its runtime.
pub(crate) struct Lines {
    lists: [IntrusiveList<Edge>; LINES],
}

impl Lines {
    pub(crate) const fn new() -> Lines {
        Lines { lists: [const { IntrusiveList::new() }; LINES] }
    }

    /// Wakes all who wait for more edges of this line than there were: it has seen `edges` now.
    pub(crate) fn wake(&self, line: usize, edges: u32) {
        // The others are woken too when a waker panics.
        let rest = Finally(|| self.wake(line, edges));
        while let Some(first) = self.lists[line].first() {
            // SAFETY: in the list, so alive.
            let first = unsafe { first.as_ref() };
            // Behind it stand those that were woken, looked, and wait for the next edge.
            if first.seen == edges {
                break;
            }
            first.leave();
            // The leaf is not used afterwards, and the list is read again.
            Wake::take(&first.waker).now();
        }
        core::mem::forget(rest);
    }

    /// Wakes who waits for an edge that has come. False if there is nobody.
    pub(crate) fn look(&self, edges: impl Fn(usize) -> u32) -> bool {
        let mut found = false;
        for (line, list) in self.lists.iter().enumerate() {
            if let Some(first) = list.first() {
                let edges = edges(line);
                // SAFETY: in the list, so alive.
                if unsafe { first.as_ref() }.seen != edges {
                    found = true;
                    self.wake(line, edges);
                }
            }
        }
        found
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        for list in &self.lists {
            while let Some(edge) = list.pop() {
                // SAFETY: it was in the list until now, so it is alive.
                unsafe { edge.as_ref() }.lines.set(ptr::null());
            }
        }
    }
}
