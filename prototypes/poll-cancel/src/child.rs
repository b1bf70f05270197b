//! One child of a scope, as it is stored, and what the children of a scope share.
//!
//! The kernel stores children, polls those that were woken, and drops them. So that a request
//! reaches one, a child enters the scope's list when it is first polled; who asks has it polled.
//! One that was not polled is the kernel's to drop.

use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

use kernel::list::{IntrusiveList, Links, Node};
use kernel::run::context;

use crate::part::Part;

/// What the children of one scope share.
pub(crate) struct Family {
    /// All are asked.
    cancelled: Cell<bool>,
    /// Children that were polled and have not ended.
    members: IntrusiveList<Member>,
    next_id: Cell<u32>,
    /// Children of lower numbers are asked, also those that have not begun.
    asked_before: Cell<u32>,
}

/// A begun child in the list. Shared access only.
struct Member {
    id: u32,
    requested: Cell<bool>,
    links: Links<Member>,
    _pin: PhantomPinned,
}

// SAFETY: its own field.
unsafe impl Node for Member {
    fn links(&self) -> &Links<Member> {
        &self.links
    }
}

impl Family {
    /// No children.
    pub(crate) const fn new() -> Family {
        Family {
            cancelled: Cell::new(false),
            members: IntrusiveList::new(),
            next_id: Cell::new(0),
            asked_before: Cell::new(0),
        }
    }

    /// The name of the next child.
    pub(crate) fn next_id(&self) -> u32 {
        let id = self.next_id.get();
        self.next_id.set(id.wrapping_add(1));
        id
    }

    /// Whether the scope is asked.
    pub(crate) fn is_closed(&self) -> bool {
        self.cancelled.get()
    }

    /// Asks every child, and there are no later ones. True if they were not asked before: then
    /// they are to be woken.
    pub(crate) fn close(&self) -> bool {
        !self.cancelled.replace(true)
    }

    /// Asks every child that there is. Those that come later are not asked.
    pub(crate) fn ask_all(&self) {
        self.asked_before.set(self.next_id.get());
    }

    /// Whether a child is asked together with all others of its time. Numbers wrap.
    fn has_asked(&self, id: u32) -> bool {
        self.cancelled.get() || self.asked_before.get().wrapping_sub(id).cast_signed() > 0
    }

    /// Asks one. False if there is none of this id: not begun, or ended.
    pub(crate) fn ask(&self, id: u32) -> bool {
        let mut next = self.members.last();
        while let Some(member) = next {
            // SAFETY: in the list, so alive; nothing foreign runs here.
            let found = unsafe { member.as_ref() };
            if found.id == id {
                found.requested.set(true);
                return true;
            }
            // SAFETY: as above.
            next = unsafe { self.members.before(member) };
        }
        false
    }
}

/// A child as the kernel stores it. Ready with nothing when it was cancelled.
pub(crate) struct Stored<F: Future> {
    part: Part<F>,
    family: NonNull<Family>,
    member: Member,
    /// In the list.
    entered: bool,
}

impl<F: Future> fmt::Debug for Stored<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored").field("id", &self.member.id).finish_non_exhaustive()
    }
}

impl<F: Future> Stored<F> {
    /// # Safety
    /// The family outlives it.
    pub(crate) unsafe fn new(future: F, family: &Family, id: u32) -> Stored<F> {
        Stored {
            part: Part::new(future),
            family: NonNull::from(family),
            member: Member {
                id,
                requested: Cell::new(false),
                links: Links::new(),
                _pin: PhantomPinned,
            },
            entered: false,
        }
    }

    /// Leaves the list, if it is in it.
    fn leave(entered: &mut bool, family: NonNull<Family>, member: &Member) {
        if core::mem::take(entered) {
            // SAFETY: outlives this by the promise of `new`.
            let family = unsafe { family.as_ref() };
            // SAFETY: it entered this list, and leaves once.
            unsafe { family.members.remove(NonNull::from(member)) };
        }
    }
}

impl<F: Future> Future for Stored<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        // SAFETY: future and member are pinned with this and never moved out.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: outlives this by the promise of `new`.
        let family = unsafe { this.family.as_ref() };
        // SAFETY: pinned with this.
        let mut part = unsafe { Pin::new_unchecked(&mut this.part) };
        let asked = this.member.requested.get() || family.has_asked(this.member.id);
        if !this.entered && !asked {
            this.entered = true;
            // SAFETY: pinned, in no list, and it leaves before it dies.
            unsafe { family.members.push(NonNull::from(&this.member)) };
        }
        // The mode is the child's own: what drives it may be shielded, or losing a race.
        let ended = if asked {
            part.as_mut().cancel(cx)
        } else {
            context::with_mode(false, || part.as_mut().poll(cx))
        };
        if !ended {
            return Poll::Pending;
        }
        Self::leave(&mut this.entered, this.family, &this.member);
        Poll::Ready(part.take())
    }
}

impl<F: Future> Drop for Stored<F> {
    fn drop(&mut self) {
        Self::leave(&mut self.entered, self.family, &self.member);
    }
}
