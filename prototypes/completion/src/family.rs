//! What the children of one scope share: the request to cancel, the first panic, and the list of
//! those that have begun, through which a request reaches them.

use core::cell::Cell;
use core::fmt;
use core::marker::PhantomPinned;
use core::ptr::NonNull;
use core::task::Waker;

use kernel::list::{IntrusiveList, Links, Node};

use crate::part::Panic;

/// What the children of one scope share.
pub struct Family {
    /// The scope is cancelled, or a member panicked.
    cancelled: Cell<bool>,
    /// The first panic of a child.
    panic: Cell<Option<Panic>>,
    /// Members that were polled and are not ready.
    members: IntrusiveList<Member>,
    next_id: Cell<u32>,
}

/// A begun child in the family's list. Shared access only.
pub(crate) struct Member {
    pub(crate) id: u32,
    pub(crate) requested: Cell<bool>,
    pub(crate) waker: Cell<Option<Waker>>,
    links: Links<Member>,
    _pin: PhantomPinned,
}

// SAFETY: its own field.
unsafe impl Node for Member {
    fn links(&self) -> &Links<Member> {
        &self.links
    }
}

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Family").field("cancelled", &self.cancelled).finish_non_exhaustive()
    }
}

impl Default for Family {
    fn default() -> Family {
        Family::new()
    }
}

impl Family {
    /// No children.
    #[must_use]
    pub const fn new() -> Family {
        Family {
            cancelled: Cell::new(false),
            panic: Cell::new(None),
            members: IntrusiveList::new(),
            next_id: Cell::new(0),
        }
    }

    /// The name of the next child.
    pub fn next_id(&self) -> u32 {
        let id = self.next_id.get();
        self.next_id.set(id.wrapping_add(1));
        id
    }

    /// Whether everything in it is to end.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.get()
    }

    /// Keeps the panic of a child unless there is an earlier one.
    pub fn keep(&self, panic: Panic) {
        let mut first = self.panic.take();
        panic.keep_first(&mut first);
        self.panic.set(first);
    }

    /// Takes the first panic of a child.
    pub fn take_panic(&self) -> Option<Panic> {
        self.panic.take()
    }

    /// Whether a child panicked and the panic was not taken yet.
    #[must_use]
    pub fn has_panicked(&self) -> bool {
        let panic = self.panic.take();
        let panicked = panic.is_some();
        self.panic.set(panic);
        panicked
    }

    /// A child has panicked, or the destructor of an output has: all others are cancelled.
    #[cold]
    pub(crate) fn panicked(&self, panic: Panic) {
        self.keep(panic);
        self.cancel();
    }

    /// Cancels every child, once; those that come later begin cancelled.
    pub fn cancel(&self) {
        if self.cancelled.replace(true) {
            return;
        }
        for member in self.members() {
            member.wake();
        }
    }

    /// Cancels a begun child. False if there is none of this id: not begun, or ended.
    pub fn cancel_one(&self, id: u32) -> bool {
        let Some(member) = self.members().find(|member| member.id == id) else {
            return false;
        };
        if !member.requested.replace(true) {
            member.wake();
        }
        true
    }

    /// The newest first. Their wakers are ours, so waking one runs no foreign code.
    fn members(&self) -> impl Iterator<Item = &Member> {
        let mut next = self.members.last();
        core::iter::from_fn(move || {
            let member = next?;
            // SAFETY: in the list: a member leaves it before it dies, and none does meanwhile.
            next = unsafe { self.members.before(member) };
            // SAFETY: as above.
            Some(unsafe { member.as_ref() })
        })
    }

    pub(crate) fn enter(&self, member: &Member) {
        // SAFETY: pinned with its child, in no list, and it leaves before the child is over.
        unsafe { self.members.push(NonNull::from(member)) };
    }

    pub(crate) fn leave(&self, member: &Member) {
        // SAFETY: it entered when its child was begun, and leaves once.
        unsafe { self.members.remove(NonNull::from(member)) };
    }
}

impl Member {
    /// A child that is in no list.
    pub(crate) const fn new(id: u32) -> Member {
        Member {
            id,
            requested: Cell::new(false),
            waker: Cell::new(None),
            links: Links::new(),
            _pin: PhantomPinned,
        }
    }

    fn wake(&self) {
        let waker = self.waker.take();
        if let Some(waker) = &waker {
            waker.wake_by_ref();
        }
        self.waker.set(waker);
    }
}
