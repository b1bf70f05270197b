//! One entry of the table, and the integer that names it.

use core::ptr;

use crate::sync::{AtomicPtr, AtomicUsize};
#[cfg(all(feature = "foreign", not(loom)))]
use crate::wake::place::WakerPlace;

/// Nodes of the process-wide table: an upper bound on slots and lists alive at once.
/// Override with the environment variable `KERNEL_NODES` at build time; a bare-metal
/// image gives what it needs, because the table is its RAM.
pub const NODES: usize = match option_env!("KERNEL_NODES") {
    Some(text) => parse(text),
    None if cfg!(target_os = "none") => 160,
    None => 32_768,
};

const fn parse(text: &str) -> usize {
    match usize::from_str_radix(text, 10) {
        Ok(nodes) => nodes,
        Err(_) => panic!("KERNEL_NODES is not a number"),
    }
}

/// Half the bits of a word hold the index, half the generation.
pub(super) const HALF: u32 = usize::BITS / 2;
pub(super) const INDEX: usize = (1 << HALF) - 1;

/// Linked in a list's stack, or about to be.
///
/// Set by a wake, on any thread, on a node that is live and has it not; cleared by the pop, which
/// the list's owner alone does. While it is set no other wake links the node, and a node that is
/// freed is not allocated again: the pop, which finds it not live, frees it for the next.
/// A node that only names a pointer has it from its allocation to its freeing, and is in no stack.
pub(super) const QUEUED: usize = 1;
/// Owned by a [`Slot`] or [`List`].
///
/// Set at allocation, cleared at freeing, by the owner. Without it no wake has an effect; the
/// generation is another one by then, so that a handle of the former owner names nothing.
pub(super) const LIVE: usize = 2;
/// The generation starts here; it wraps within the bits that a handle can carry.
pub(super) const GENERATION: u32 = 2;

/// Parent of a list that nothing polls from outside: an executor's own. Zero, so that an
/// unused table is all zeros and costs a board no flash; handles are stored plus one.
pub(super) const NO_PARENT: usize = 0;
/// Parent of a list that is polled through a waker of another.
pub(super) const FOREIGN: usize = usize::MAX;
/// Parent of such a list while its owner looks by itself. The waker is kept for the next wait.
pub(super) const SILENT: usize = usize::MAX - 1;

/// In a list's stack, in place of an empty chain: the owner blocks, and the rest of the word
/// says which notifier wakes it. Links never reach this bit.
#[cfg(any(feature = "io", loom))]
pub(super) const ASLEEP: usize = 1 << (usize::BITS - 1);

/// Whether the owner of a list whose stack holds this is blocked.
pub(super) fn is_asleep(top: usize) -> bool {
    #[cfg(any(feature = "io", loom))]
    return top & ASLEEP != 0;
    #[cfg(not(any(feature = "io", loom)))]
    {
        let _ = top;
        false
    }
}

/// One entry of the table. Links are index + 1, zero ends a chain.
pub(super) struct Node {
    /// Generation and flags.
    pub(super) state: AtomicUsize,
    /// Link in a ready stack or in the free list.
    pub(super) next: AtomicUsize,
    /// A list's stack of woken slots.
    pub(super) ready: AtomicUsize,
    /// A slot's list (index); a list's parent (handle + 1, [`NO_PARENT`], [`FOREIGN`]
    /// or [`SILENT`]).
    pub(super) parent: AtomicUsize,
    /// A slot's owner's pointer; read and written by the owner only.
    pub(super) user: AtomicPtr<()>,
    #[cfg(all(feature = "foreign", not(loom)))]
    pub(super) waker: WakerPlace,
}

impl Node {
    #[cfg(not(loom))]
    pub(super) const fn new() -> Node {
        Node {
            state: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
            ready: AtomicUsize::new(0),
            parent: AtomicUsize::new(NO_PARENT),
            user: AtomicPtr::new(ptr::null_mut()),
            #[cfg(feature = "foreign")]
            waker: WakerPlace::new(),
        }
    }

    #[cfg(loom)]
    pub(super) fn new() -> Node {
        Node {
            state: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
            ready: AtomicUsize::new(0),
            parent: AtomicUsize::new(NO_PARENT),
            user: AtomicPtr::new(ptr::null_mut()),
        }
    }
}

/// What a waker carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle(pub(super) usize);

impl Handle {
    pub(super) fn new(index: usize, state: usize) -> Handle {
        Handle(index | ((state >> GENERATION) & INDEX) << HALF)
    }

    pub(super) fn index(self) -> usize {
        self.0 & INDEX
    }

    pub(super) fn names(self, state: usize) -> bool {
        state & LIVE != 0 && (state >> GENERATION) & INDEX == self.0 >> HALF
    }
}
