//! The core of a scope that drives: parts that are polled only when they were woken, in one
//! order, whatever the body of the scope awaits at that time.
//!
//! What *may* be dropped is not said here. The droppable scope of one design and the
//! must-complete scope of another have this order in common, so that they do not differ in
//! what moves when.

use core::fmt;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Waker};

use crate::run::children::Children;
use crate::wake::handle::{Handle, List, Slot};

/// A ready list of one: tells whether its part was woken, and wakes the task that it is told.
#[derive(Debug)]
pub struct Bell {
    /// Dropped before its list.
    slot: Slot,
    list: List,
}

impl Bell {
    /// A bell that has rung: whatever it belongs to wants its first poll.
    ///
    /// # Panics
    /// When the waker table is full.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it takes two nodes of the waker table")]
    pub fn new() -> Bell {
        let list = List::new().expect("the waker table has room for a scope");
        // SAFETY: the slot is declared before the list, and so dropped before it.
        let slot = unsafe { list.slot(NonNull::dangling()) };
        let slot = slot.expect("the waker table has room for a scope");
        slot.wake();
        Bell { slot, list }
    }

    /// Whether it rang since it was last asked. From now on it wakes `task`.
    #[inline]
    pub fn rang(&self, task: &Waker) -> bool {
        self.list.adopt(task);
        self.list.collect();
        self.list.pop().is_some()
    }

    /// Wakes the part.
    pub fn ring(&self) {
        self.slot.wake();
    }

    /// Names the part, for a request that it be polled.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.slot.handle()
    }

    /// What the part is polled with.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.slot.waker()
    }
}

/// The children of a scope and the bell of its body.
pub struct Driving<const BYTES: usize> {
    children: Children<BYTES>,
    body: Bell,
}

impl<const BYTES: usize> fmt::Debug for Driving<BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driving").field("children", &self.children).finish_non_exhaustive()
    }
}

impl<const BYTES: usize> Driving<BYTES> {
    /// No children, and a body whose bell is made first: with the children made before, a
    /// panic would have to drop them somewhere, and the whole arena would be copied from there
    /// to its place.
    ///
    /// # Panics
    /// When the waker table is full.
    #[must_use]
    #[inline(always)]
    pub fn new(body: Bell) -> Driving<BYTES> {
        Driving { children: Children::new(), body }
    }

    /// The children.
    #[must_use]
    pub fn children(self: Pin<&Self>) -> Pin<&Children<BYTES>> {
        // SAFETY: a field of a pinned struct that is never moved out.
        unsafe { self.map_unchecked(|this| &this.children) }
    }

    /// Children that have not ended.
    #[must_use]
    pub fn live(&self) -> usize {
        self.children.live()
    }

    /// Asks for a poll of the body, as its waker would.
    pub fn ring(&self) {
        self.body.ring();
    }

    /// Polls the children that were woken, then the body if it was, and then the children that
    /// the body started or woke. `drive` polls children that were woken
    /// ([`Children::drive_woken`]), behind whatever guard its design has; `body` says whether
    /// there is a body left to poll.
    #[inline]
    pub fn turn(
        self: Pin<&Self>,
        cx: &mut Context<'_>,
        drive: impl Fn(Pin<&Children<BYTES>>),
        body: impl FnOnce(&mut Context<'_>) -> bool,
    ) {
        let children = self.children();
        children.adopt(cx.waker());
        drive(children);
        if self.body.rang(cx.waker()) {
            let waker = self.body.waker();
            if body(&mut Context::from_waker(&waker)) {
                drive(children);
            }
        }
    }
}
