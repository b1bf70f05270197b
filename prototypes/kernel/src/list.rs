//! The intrusive list: links in the nodes, so that a member costs no allocation.
//!
//! Everything that stands in a line here stands in one of these: waiters of a channel, a lock or
//! an input line, the children of a scope, the tasks of a run, the members of a set. It holds
//! the only code of the workspace that takes a node out of the middle of a chain.
//!
//! The list owns nothing and calls nothing: no method runs code of a node's owner. Between two
//! calls it is whole, so whatever runs in between (a waker, a destructor) may come back and push
//! and remove as it likes. What it may not do is keep a neighbour from before: *who calls foreign
//! code reads the list again afterwards.*

use core::cell::Cell;
use core::fmt;
use core::ptr::NonNull;

/// The links of one node. A node is in one list at a time.
pub struct Links<T> {
    next: Cell<Option<NonNull<T>>>,
    previous: Cell<Option<NonNull<T>>>,
}

impl<T> fmt::Debug for Links<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Links").finish_non_exhaustive()
    }
}

impl<T> Links<T> {
    /// The links of a node that is in no list.
    #[must_use]
    pub const fn new() -> Links<T> {
        Links { next: Cell::new(None), previous: Cell::new(None) }
    }
}

impl<T> Default for Links<T> {
    fn default() -> Self {
        Links::new()
    }
}

/// What can be in a list.
///
/// # Safety
/// `links` returns a field of the node itself, the same one at each call, and runs no other code.
pub unsafe trait Node: Sized {
    /// The links of this node.
    fn links(&self) -> &Links<Self>;
}

/// A list of nodes, first in, first out.
pub struct IntrusiveList<T: Node> {
    first: Cell<Option<NonNull<T>>>,
    last: Cell<Option<NonNull<T>>>,
}

impl<T: Node> fmt::Debug for IntrusiveList<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntrusiveList").field("is_empty", &self.is_empty()).finish()
    }
}

impl<T: Node> Default for IntrusiveList<T> {
    fn default() -> Self {
        IntrusiveList::new()
    }
}

/// # Safety
/// The node is in a list: nodes leave their list before they die.
unsafe fn links<'a, T: Node>(node: NonNull<T>) -> &'a Links<T> {
    // SAFETY: alive by the caller's promise.
    unsafe { node.as_ref() }.links()
}

impl<T: Node> IntrusiveList<T> {
    /// An empty list.
    #[must_use]
    pub const fn new() -> IntrusiveList<T> {
        IntrusiveList { first: Cell::new(None), last: Cell::new(None) }
    }

    /// Whether nothing is in it.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.first.get().is_none()
    }

    /// The oldest node.
    #[must_use]
    #[inline]
    pub fn first(&self) -> Option<NonNull<T>> {
        self.first.get()
    }

    /// The newest node.
    #[must_use]
    #[inline]
    pub fn last(&self) -> Option<NonNull<T>> {
        self.last.get()
    }

    /// The node that was pushed before this one.
    ///
    /// # Safety
    /// The node is in this list.
    #[must_use]
    #[inline]
    pub unsafe fn before(&self, node: NonNull<T>) -> Option<NonNull<T>> {
        // SAFETY: in the list by the caller's promise.
        unsafe { links(node) }.previous.get()
    }

    /// The node that was pushed after this one.
    ///
    /// # Safety
    /// The node is in this list.
    #[must_use]
    #[inline]
    pub unsafe fn after(&self, node: NonNull<T>) -> Option<NonNull<T>> {
        // SAFETY: in the list by the caller's promise.
        unsafe { links(node) }.next.get()
    }

    /// Puts a node at the end. The pointer comes back from [`IntrusiveList::first`] as it is, so
    /// it may be one to the whole of what the node heads.
    ///
    /// # Safety
    /// The node is alive and in no list. It stays where it is, and is removed before it dies.
    #[inline]
    pub unsafe fn push(&self, node: NonNull<T>) {
        let last = self.last.replace(Some(node));
        // SAFETY: alive by the caller's promise.
        let new = unsafe { node.as_ref() }.links();
        new.previous.set(last);
        new.next.set(None);
        match last {
            // SAFETY: what was last is in this list.
            Some(last) => unsafe { links(last) }.next.set(Some(node)),
            None => self.first.set(Some(node)),
        }
    }

    /// Takes a node out.
    ///
    /// # Safety
    /// The node is in this list.
    #[inline]
    pub unsafe fn remove(&self, node: NonNull<T>) {
        // SAFETY: in the list by the caller's promise.
        let gone = unsafe { links(node) };
        let (previous, next) = (gone.previous.take(), gone.next.take());
        match previous {
            // SAFETY: a neighbour in this list.
            Some(previous) => unsafe { links(previous) }.next.set(next),
            None => self.first.set(next),
        }
        match next {
            // SAFETY: as above.
            Some(next) => unsafe { links(next) }.previous.set(previous),
            None => self.last.set(previous),
        }
    }

    /// Takes the oldest node out.
    #[inline]
    pub fn pop(&self) -> Option<NonNull<T>> {
        let first = self.first.get()?;
        // SAFETY: it is in this list.
        unsafe { self.remove(first) };
        Some(first)
    }
}
