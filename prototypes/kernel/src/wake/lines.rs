//! Who waits for edges of input lines.
//!
//! Any number of leaves wait for one line. They stand in a list of the runtime, and all of them
//! are woken at an edge; a driver need not know more of them than that one is there.

use core::cell::Cell;
use core::marker::PhantomPinned;
use core::ptr::{self, NonNull};
use core::task::Waker;

use contract::LINES;

use crate::foreign::Finally;
use crate::list::{IntrusiveList, Links, Node};
use crate::wake::stored::Wake;

/// A place in the line of a line. Pinned in the leaf that owns it.
pub(crate) struct Waiter {
    pub(crate) line: usize,
    /// Edges that it has seen: it waits for more.
    pub(crate) seen: u32,
    pub(crate) waker: Cell<Option<Waker>>,
    /// Where it stands; null when it stands nowhere.
    lines: Cell<*const Lines>,
    links: Links<Waiter>,
    _pin: PhantomPinned,
}

// SAFETY: its own field.
unsafe impl Node for Waiter {
    fn links(&self) -> &Links<Waiter> {
        &self.links
    }
}

impl Waiter {
    pub(crate) const fn new(line: usize, seen: u32) -> Waiter {
        Waiter {
            line,
            seen,
            waker: Cell::new(None),
            lines: Cell::new(ptr::null()),
            links: Links::new(),
            _pin: PhantomPinned,
        }
    }

    /// Stands in line, at its present place if it has one there.
    pub(crate) fn stand(&self, lines: &Lines) {
        if ptr::eq(self.lines.get(), lines) {
            return;
        }
        self.leave();
        self.lines.set(lines);
        // SAFETY: pinned, and in no list; it leaves the list before it dies.
        unsafe { lines.lists[self.line].push(NonNull::from(self)) };
    }

    pub(crate) fn leave(&self) {
        // SAFETY: null or alive: lines that die clear the place of all that stand in them.
        if let Some(lines) = unsafe { self.lines.replace(ptr::null()).as_ref() } {
            // SAFETY: it stands there.
            unsafe { lines.lists[self.line].remove(NonNull::from(self)) };
        }
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Who waits for each line. Pinned with its runtime.
pub(crate) struct Lines {
    lists: [IntrusiveList<Waiter>; LINES],
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

    /// Wakes who waits for an edge that has come. False if there is nothing.
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
            while let Some(waiter) = list.pop() {
                // SAFETY: it was in the list until now, so it is alive.
                unsafe { waiter.as_ref() }.lines.set(ptr::null());
            }
        }
    }
}
