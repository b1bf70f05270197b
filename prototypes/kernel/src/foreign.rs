//! The boundary to code that is not ours.
//!
//! Foreign code is whatever a user of a design, or another runtime, has written and we call: the
//! `clone`, `wake`, `wake_by_ref` and `drop` of a waker; the destructor of a future, of an output
//! and of a captured value; a closure, an iterator, a hook. It may *panic*, and it may *come back
//! in*: drop a handle, a set, a sibling, spawn, cancel, wake, start a run. Safe code can write all
//! of it, so none of it may break what is written here. One rule keeps it out of the middle of a
//! change:
//!
//! 1. *Unlink, then call.* No list, slot or count is half changed, and no `RefCell` or reference
//!    into shared state is held, while foreign code runs.
//! 2. *Wakers come out first.* They are taken from their place, and woken or dropped after the
//!    last write ([`wake::stored`](crate::wake::stored)).
//! 3. *What must follow a foreign call stands in a guard* ([`Finally`]), so that it follows a
//!    panic too. What the guard calls must be ours, or be the last that it does.
//! 4. *What may have been re-entered is read again*: a stage, a list, a count from before the
//!    call is worth nothing after it.
//!
//! Each foreign call has a comment beside it that begins with `FOREIGN:` and says which it is.
//!
//! A panic goes on to the caller, after the guards have finished the change. A second panic while
//! the first one unwinds ends the process: that is the language's rule, and its message names
//! the place. Where going on would free memory that is in use, [`abort`] says why and ends the
//! process.

use core::fmt;

/// Runs when it is dropped, on the way of a panic too. [`core::mem::forget`] disarms it.
pub struct Finally<F: FnMut()>(pub F);

impl<F: FnMut()> fmt::Debug for Finally<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finally").finish_non_exhaustive()
    }
}

impl<F: FnMut()> Drop for Finally<F> {
    #[inline]
    fn drop(&mut self) {
        (self.0)();
    }
}

/// A fault that a test plants, to see it found: `--cfg plant`, and its number in the environment
/// variable `KERNEL_PLANT`.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// A waiter is unlinked after it was woken.
    UnlinkAfterWake = 1,
    /// A panic of a child, a kept operation or a part of a must-complete one leaves it as it is;
    /// that of an output leaves the outputs after it.
    MissingGuard,
    /// A waker is dropped while its place is borrowed.
    DropInBorrow,
    /// The memory of a child or of a task is given back while its slot is live.
    SlotFreedWhileListed,
    /// A freed node keeps its generation.
    StaleGeneration,
}

/// Whether a fault is planted. Never, in a build that is used.
#[cfg(not(plant))]
#[doc(hidden)]
#[must_use]
#[inline(always)]
pub const fn planted(_: Plant) -> bool {
    false
}

#[cfg(plant)]
#[doc(hidden)]
#[must_use]
pub fn planted(which: Plant) -> bool {
    static NUMBER: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    let number = NUMBER.get_or_init(|| {
        std::env::var("KERNEL_PLANT").ok().and_then(|text| text.parse().ok()).unwrap_or(0)
    });
    *number == which as u32
}

/// Ends the process: a panic inside a panic does, with and without `std`.
#[cold]
pub fn abort(why: &str) -> ! {
    struct Twice;
    impl Drop for Twice {
        fn drop(&mut self) {
            panic!("aborting");
        }
    }
    let _twice = Twice;
    panic!("{why}");
}
