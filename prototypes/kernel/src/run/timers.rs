//! Timers: an intrusive pairing heap.
//!
//! A node is pinned in the leaf that owns it ([`sleep`](crate::leaf::sleep)), so arming
//! allocates nothing. Nodes of equal
//! deadline fire in the order of their tie, which a script may permute. Pairing heap after
//! Fredman, Sedgewick, Sleator and Tarjan (1986), with links back so that a dropped leaf
//! leaves the heap without a search.

use core::cell::Cell;
use core::fmt;
use core::marker::PhantomPinned;
use core::ptr;
use core::task::Waker;

use crate::Instant;
use crate::wake::stored::Wake;

type Link = Cell<*const Node>;

/// One timer. Shared access only: neighbours in the heap write its links.
pub(crate) struct Node {
    pub(crate) deadline: Cell<Instant>,
    pub(crate) tie: Cell<u32>,
    /// Its time has come. Set by [`Timers::fire`] alone.
    pub(crate) fired: Cell<bool>,
    pub(crate) waker: Cell<Option<Waker>>,
    /// The heap it is in; null when it is in none.
    pub(crate) heap: Cell<*const Timers>,
    child: Link,
    next: Link,
    /// Left sibling, or the parent for a first child; null for the root.
    back: Link,
    _pin: PhantomPinned,
}

impl Node {
    pub(crate) const fn new() -> Node {
        Node {
            deadline: Cell::new(Instant::ZERO),
            tie: Cell::new(0),
            fired: Cell::new(false),
            waker: Cell::new(None),
            heap: Cell::new(ptr::null()),
            child: Cell::new(ptr::null()),
            next: Cell::new(ptr::null()),
            back: Cell::new(ptr::null()),
            _pin: PhantomPinned,
        }
    }

    fn before(&self, other: &Node) -> bool {
        (self.deadline.get(), self.tie.get()) <= (other.deadline.get(), other.tie.get())
    }
}

/// The heap. Dropping it disarms all nodes that are left, and wakes those who wait.
pub(crate) struct Timers {
    root: Link,
}

impl fmt::Debug for Timers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timers").field("next", &self.next_deadline()).finish()
    }
}

/// # Safety
/// The pointer is null or to a node that is in a heap; nodes leave it before they die.
unsafe fn node<'a>(pointer: *const Node) -> Option<&'a Node> {
    // SAFETY: the caller's promise.
    unsafe { pointer.as_ref() }
}

impl Timers {
    pub(crate) fn new() -> Timers {
        Timers { root: Cell::new(ptr::null()) }
    }

    /// The earliest deadline.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        // SAFETY: the root is null or in this heap.
        unsafe { node(self.root.get()) }.map(|root| root.deadline.get())
    }

    /// Wakes and removes every timer that is due. Returns how many.
    ///
    /// # Panics
    /// With the panic of a waker; the timers that are due and were not reached stay armed.
    pub(crate) fn fire(&self, now: Instant) -> usize {
        let mut fired = 0;
        // SAFETY: the root is null or in this heap.
        while let Some(root) = unsafe { node(self.root.get()) } {
            if root.deadline.get() > now {
                break;
            }
            self.remove(root);
            root.fired.set(true);
            // The node is not used afterwards, and the root is read again.
            Wake::take(&root.waker).now();
            fired += 1;
        }
        fired
    }

    pub(crate) fn insert(&self, new: &Node) {
        new.heap.set(self);
        let root = self.root.get();
        // SAFETY: the root is null or in this heap.
        self.root.set(match unsafe { node(root) } {
            None => new,
            Some(root) => meld(root, new),
        });
    }

    pub(crate) fn remove(&self, gone: &Node) {
        debug_assert!(ptr::eq(gone.heap.get(), self), "a node leaves the heap it is in");
        let children = merge_pairs(gone.child.replace(ptr::null()));
        if ptr::eq(self.root.get(), gone) {
            self.root.set(children);
        } else {
            detach(gone);
            // SAFETY: null or in this heap.
            let root = unsafe { node(self.root.get()) };
            // SAFETY: null or in this heap.
            let rest = unsafe { node(children) };
            if let (Some(root), Some(rest)) = (root, rest) {
                self.root.set(meld(root, rest));
            }
        }
        gone.heap.set(ptr::null());
    }
}

/// Takes a node that is not the root out of its siblings.
fn detach(gone: &Node) {
    let (back, next) = (gone.back.replace(ptr::null()), gone.next.replace(ptr::null()));
    // SAFETY: the links of a node in the heap are null or in the heap.
    let back = unsafe { node(back) };
    // SAFETY: as above.
    let next_node = unsafe { node(next) };
    if let Some(next_node) = next_node {
        next_node.back.set(back.map_or(ptr::null(), ptr::from_ref));
    }
    if let Some(back) = back {
        let link = if ptr::eq(back.child.get(), gone) { &back.child } else { &back.next };
        link.set(next);
    }
}

/// Joins two roots; the earlier one becomes the parent.
fn meld<'a>(a: &'a Node, b: &'a Node) -> &'a Node {
    let (parent, child) = if a.before(b) { (a, b) } else { (b, a) };
    let sibling = parent.child.replace(child);
    // SAFETY: null or in the heap, as a link of a node in it.
    if let Some(sibling) = unsafe { node(sibling) } {
        sibling.back.set(child);
    }
    child.next.set(sibling);
    child.back.set(parent);
    parent.back.set(ptr::null());
    parent.next.set(ptr::null());
    parent
}

/// The two passes of a pairing heap, without recursion: pairs from left to right, then
/// all together from right to left. The links `next` carry the list of pairs.
fn merge_pairs(first: *const Node) -> *const Node {
    let mut pairs: *const Node = ptr::null();
    let mut rest = first;
    // SAFETY: null or in the heap, as links of nodes in it.
    while let Some(a) = unsafe { node(rest) } {
        // SAFETY: as above.
        let b = unsafe { node(a.next.replace(ptr::null())) };
        rest = b.map_or(ptr::null(), |b| b.next.replace(ptr::null()));
        let pair = b.map_or(a, |b| meld(a, b));
        pair.next.set(pairs);
        pairs = pair;
    }
    let mut root: *const Node = ptr::null();
    // SAFETY: as above.
    while let Some(pair) = unsafe { node(pairs) } {
        pairs = pair.next.replace(ptr::null());
        // SAFETY: null or the root made so far.
        root = unsafe { node(root) }.map_or(pair, |root| meld(root, pair));
    }
    // SAFETY: null or the new root.
    if let Some(root) = unsafe { node(root) } {
        root.back.set(ptr::null());
    }
    root
}

impl Drop for Timers {
    fn drop(&mut self) {
        // A leaf that outlives its runtime must not reach for a dead heap.
        // SAFETY: the root is null or in this heap.
        while let Some(root) = unsafe { node(self.root.get()) } {
            self.remove(root);
            // FOREIGN: wake. It counts anew where it is polled next, which is when a run that
            // ended by a panic of a waker is followed by one that drains: a child that had been
            // asked to end already is not woken for that. The root is read again.
            Wake::take(&root.waker).now();
        }
    }
}
