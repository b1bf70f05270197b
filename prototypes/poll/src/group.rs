//! A set of operations of one type, each with a waker of its own.
//!
//! Polling a join of k children polls all k whenever one is woken. A group polls only what
//! was woken: each child has a slot in a ready list, waking sets one bit and pushes once,
//! and polling the group pops. The usual price is a reference-counted allocation per child,
//! because a waker may outlive its child. [`Inline`] pays nothing of the kind: its wakers are
//! *handles* (see [`kernel::wake::handle`]), so that a waker kept by an interrupt handler long
//! after the group is gone names nothing and wakes nothing. [`Heap`] keeps the pointer encoding,
//! for sets without a bound.
//!
//! With one place there is nothing to tell apart, and the child gets the waker of the task.

use core::cell::UnsafeCell;
use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::mem;
use core::pin::Pin;
use core::ptr::{self, NonNull};
use core::task::{Context, Poll};

use kernel::count::{self, Counter};
use kernel::wake::handle::{List, Slot};

use crate::stream::Stream;

/// Names a child of a group, until it is ready or cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub(crate) place: usize,
    /// How often the place was filled before; a key of a former child names nothing.
    pub(crate) turn: u32,
}

/// There was no place; the operation comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Full<F>(pub F);

impl<F> fmt::Debug for Full<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Full")
    }
}

/// Children polled per call at most. A group whose children wake themselves over and over
/// gives the rest of the task a turn: it wakes itself once and returns.
pub(crate) const MOST_POLLS: usize = 64;

/// Where the children of a group live: [`Inline`] or `Heap`. Sealed by its methods' types.
pub trait Slots<F: Future> {
    /// No children.
    #[doc(hidden)]
    fn new() -> Self;

    /// Adds one and queues it for its first poll.
    #[doc(hidden)]
    fn insert(self: Pin<&mut Self>, future: F) -> Result<Key, Full<F>>;

    /// Drops one in place.
    #[doc(hidden)]
    fn cancel(self: Pin<&mut Self>, key: Key) -> bool;

    /// Children.
    #[doc(hidden)]
    fn children(&self) -> usize;

    /// Polls woken children until one is ready.
    #[doc(hidden)]
    fn poll_woken(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<(Key, F::Output)>;
}

/// A set of operations. A [`Stream`] of their outputs as they become ready; `None` whenever
/// the set is empty. Dropping it drops all children in place.
pub struct Group<F: Future, A: Slots<F>> {
    slots: A,
    _children: PhantomData<F>,
}

impl<F: Future, A: Slots<F>> fmt::Debug for Group<F, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").field("len", &self.len()).finish()
    }
}

impl<F: Future, A: Slots<F>> Default for Group<F, A> {
    fn default() -> Self {
        Group::new()
    }
}

impl<F: Future, A: Slots<F>> Group<F, A> {
    /// An empty group.
    #[must_use]
    pub fn new() -> Group<F, A> {
        Group { slots: A::new(), _children: PhantomData }
    }

    fn slots(self: Pin<&mut Self>) -> Pin<&mut A> {
        // SAFETY: the only pinned field of a pinned struct without `Drop`; never moved.
        unsafe { self.map_unchecked_mut(|this| &mut this.slots) }
    }

    /// Adds a child. It is polled for the first time when the group next is.
    ///
    /// # Errors
    /// [`Full`] with the operation, when an inline group has no place left.
    ///
    /// # Panics
    /// When the waker table has no room for a child.
    pub fn insert(self: Pin<&mut Self>, future: F) -> Result<Key, Full<F>> {
        self.slots().insert(future)
    }

    /// Drops a child in place. False if it was ready or cancelled before.
    pub fn cancel(self: Pin<&mut Self>, key: Key) -> bool {
        self.slots().cancel(key)
    }

    /// Children that are neither ready nor cancelled.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.children()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<F: Future, A: Slots<F>> Stream for Group<F, A> {
    type Item = (Key, F::Output);

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_empty() {
            return Poll::Ready(None);
        }
        self.slots().poll_woken(cx).map(Some)
    }
}

/// `N` places in the group itself. Allocates nothing; its wakers may be kept for ever.
pub struct Inline<F, const N: usize> {
    places: [Place<F>; N],
    len: usize,
    /// `None` until the first insertion, so that an unused group takes no node. Slots are
    /// declared before their list and so dropped before it.
    list: Option<List>,
}

struct Place<F> {
    slot: Option<Slot>,
    turn: u32,
    /// In a cell, because groups are looked at by shared reference: to a future that has run such
    /// a reference would claim that nothing in it is borrowed exclusively, which it may do itself.
    future: UnsafeCell<Option<F>>,
}

impl<F> Place<F> {
    fn is_empty(&mut self) -> bool {
        self.future.get_mut().as_mut().is_none()
    }
}

impl<F, const N: usize> fmt::Debug for Inline<F, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inline").field("len", &self.len).finish_non_exhaustive()
    }
}

/// What a slot carries: the number of its place, never followed as a pointer.
fn user(place: usize) -> NonNull<()> {
    NonNull::new(ptr::without_provenance_mut(place + 1)).expect("not zero")
}

/// A child that is dropped when this is dropped.
struct Gone<'a, F> {
    place: &'a mut Place<F>,
    len: &'a mut usize,
}

impl<F> Gone<'_, F> {
    fn take_out(&mut self) {
        self.place.turn = self.place.turn.wrapping_add(1);
        *self.len -= 1;
        // FOREIGN: its destructor. The child is gone from the books, also when it panics; an
        // output is dropped with the panic then.
        *self.place.future.get_mut() = None;
    }
}

impl<F> Drop for Gone<'_, F> {
    /// Reached by a panic only.
    fn drop(&mut self) {
        if !self.place.is_empty() {
            self.take_out();
        }
    }
}

impl<F: Future, const N: usize> Inline<F, N> {
    /// Polls the child of a place, if there is one; frees the place when it is ready.
    fn poll_place(self: Pin<&mut Self>, at: usize, cx: &mut Context<'_>) -> Poll<(Key, F::Output)> {
        // SAFETY: futures are dropped where they are and never moved.
        let this = unsafe { self.get_unchecked_mut() };
        let place = &mut this.places[at];
        let key = Key { place: at, turn: place.turn };
        let mut gone = Gone { place, len: &mut this.len };
        let Some(future) = gone.place.future.get_mut() else {
            mem::forget(gone);
            return Poll::Pending;
        };
        count::add(Counter::TaskPolls, 1);
        // FOREIGN: the poll of the child, which is gone afterwards when it panics.
        // SAFETY: pinned with the group.
        let Poll::Ready(output) = unsafe { Pin::new_unchecked(future) }.poll(cx) else {
            mem::forget(gone);
            return Poll::Pending;
        };
        gone.take_out();
        mem::forget(gone);
        Poll::Ready((key, output))
    }
}

impl<F: Future, const N: usize> Slots<F> for Inline<F, N> {
    fn new() -> Self {
        Inline {
            places: [const { Place { slot: None, turn: 0, future: UnsafeCell::new(None) } }; N],
            len: 0,
            list: None,
        }
    }

    fn insert(self: Pin<&mut Self>, future: F) -> Result<Key, Full<F>> {
        // SAFETY: nothing pinned is moved: a place that is filled was empty.
        let this = unsafe { self.get_unchecked_mut() };
        let Some(at) = this.places.iter_mut().position(Place::is_empty) else {
            return Err(Full(future));
        };
        let place = &mut this.places[at];
        if N > 1 {
            let list = this
                .list
                .get_or_insert_with(|| List::new().expect("the waker table has room for a group"));
            // A place keeps its slot: a waker of a former child wakes the present one for
            // nothing, which every waker may.
            place.slot.get_or_insert_with(|| {
                // SAFETY: places are declared before the list, and so dropped before it.
                let slot = unsafe { list.slot(user(at)) };
                slot.expect("the waker table has room for a child")
            });
        }
        *place.future.get_mut() = Some(future);
        this.len += 1;
        let key = Key { place: at, turn: place.turn };
        if let Some(slot) = &place.slot {
            // FOREIGN: wake of the code that polls the group. The child is in its place.
            slot.wake();
        }
        Ok(key)
    }

    fn cancel(self: Pin<&mut Self>, key: Key) -> bool {
        // SAFETY: the future is dropped where it is.
        let this = unsafe { self.get_unchecked_mut() };
        let Some(place) = this.places.get_mut(key.place) else { return false };
        if place.turn != key.turn || place.is_empty() {
            return false;
        }
        place.turn = place.turn.wrapping_add(1);
        this.len -= 1;
        // FOREIGN: the destructor of the child, which is gone from the books.
        *place.future.get_mut() = None;
        true
    }

    fn children(&self) -> usize {
        self.len
    }

    fn poll_woken(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<(Key, F::Output)> {
        if N == 1 {
            return self.poll_place(0, cx);
        }
        // SAFETY: nothing pinned is moved.
        if let Some(list) = &unsafe { self.as_mut().get_unchecked_mut() }.list {
            list.adopt(cx.waker());
        }
        // What an earlier call left over comes first, and does not stand in for what was
        // woken since: that wake is spent.
        let mut collected = false;
        for _ in 0..MOST_POLLS {
            let popped = self.list.as_ref().and_then(|list| list.next(&mut collected));
            let Some(at) = popped else { return Poll::Pending };
            let at = at.addr().get() - 1;
            let Some(slot) = &self.places[at].slot else { continue };
            let waker = slot.waker();
            let polled = self.as_mut().poll_place(at, &mut Context::from_waker(&waker));
            if polled.is_ready() {
                return polled;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
