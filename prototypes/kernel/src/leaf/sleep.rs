//! Timers: an intrusive pairing heap, and the leaf that sleeps in it.
//!
//! A node is pinned in the leaf that owns it, so arming allocates nothing. Nodes of equal
//! deadline fire in the order of their tie, which a script may permute. Pairing heap after
//! Fredman, Sedgewick, Sleator and Tarjan (1986), with links back so that a dropped leaf
//! leaves the heap without a search.

use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::ptr;
use core::task::{Context, Poll, Waker};

use crate::Instant;
use crate::count::{self, Counter};
use crate::run::context;
use crate::wake::stored::{Wake, store_waker};

type Link = Cell<*const Node>;

/// One armed timer. Shared access only: neighbours in the heap write its links.
struct Node {
    deadline: Cell<Instant>,
    tie: Cell<u32>,
    /// Its time has come. Set by [`Timers::fire`] alone.
    fired: Cell<bool>,
    waker: Cell<Option<Waker>>,
    /// The heap it is in; null when it is in none.
    heap: Cell<*const Timers>,
    child: Link,
    next: Link,
    /// Left sibling, or the parent for a first child; null for the root.
    back: Link,
    _pin: PhantomPinned,
}

impl Node {
    const fn new() -> Node {
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

/// The heap. Dropping it disarms all nodes that are left.
pub struct Timers {
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
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        // SAFETY: the root is null or in this heap.
        unsafe { node(self.root.get()) }.map(|root| root.deadline.get())
    }

    /// Wakes and removes every timer that is due. Returns how many.
    ///
    /// # Panics
    /// With the panic of a waker; the timers that are due and were not reached stay armed.
    pub fn fire(&self, now: Instant) -> usize {
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

    fn insert(&self, new: &Node) {
        new.heap.set(self);
        let root = self.root.get();
        // SAFETY: the root is null or in this heap.
        self.root.set(match unsafe { node(root) } {
            None => new,
            Some(root) => meld(root, new),
        });
    }

    fn remove(&self, gone: &Node) {
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
        }
    }
}

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
    New,
    Armed,
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
