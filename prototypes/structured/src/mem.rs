//! The memory of one scope: its children, and what they have in common.
//!
//! It lies in a frame, that of [`scope!`](crate::scope!) or the caller's of
//! [`scope_in`](crate::scope_in), and is borrowed for as long as handles may be used. So a
//! handle that outlives its scope still finds this memory, and in it that the scope is over.

use core::cell::Cell;
use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;

use design_completion::__parts::{Family, abort};
use kernel::run::children::Children;
use kernel::run::drive::{Bell, Driving};

use crate::policy::Tally;

/// The memory of one scope, with `BYTES` for children; further children go to the heap, where
/// there is one. `'m` is the time in which children may run and handles may be used.
///
/// ```
/// # extern crate design_structured as design;
/// use design as d;
///
/// #[d::task_fn]
/// async fn sum(table: &[u32]) -> u32 {
///     let memory = core::pin::pin!(d::ScopeMem::<512>::new());
///     let scope = d::scope_in(memory, d::Policy::AllOrFail, |s| {
///         d::task!(async move {
///             let (low, high) = table.split_at(table.len() / 2);
///             let low = s.spawn(d::task!(async move { low.iter().sum::<u32>() }));
///             high.iter().sum::<u32>() + low.await.unwrap_or(0)
///         })
///     });
///     scope.await.unwrap_or_else(|broken| broken.output)
/// }
///
/// let world: &'static contract::World = Box::leak(Box::new(contract::World::new()));
/// assert_eq!(d::block_on(world, sum(&[1, 2, 3])), 6);
/// ```
pub struct ScopeMem<'m, const BYTES: usize> {
    pub(crate) driving: Driving<BYTES>,
    pub(crate) family: Family,
    pub(crate) tally: Tally,
    /// Most children expected at once; a debug build without a heap checks it.
    pub(crate) cap: usize,
    /// Milliseconds from now, to be armed in the next poll of the scope.
    pub(crate) limit: Cell<Option<u32>>,
    /// Handles are dead from here on.
    pub(crate) closed: Cell<bool>,
    pub(crate) live: Tripwire,
    /// Invariant: a longer `'m` would let children borrow too little, a shorter too much. No
    /// `Drop` of its own, so `'m` may be the time for which the memory itself is borrowed.
    _children: PhantomData<Cell<&'m ()>>,
}

/// Aborts if the memory is freed before its scope has ended. Unreachable as long as the frames
/// around it complete.
pub(crate) struct Tripwire(Cell<bool>);

impl Tripwire {
    /// Children may be in flight, or are not any more.
    pub(crate) fn set(&self, live: bool) {
        self.0.set(live);
    }
}

impl Drop for Tripwire {
    fn drop(&mut self) {
        if self.0.get() {
            abort("a scope was dropped while its children were in flight");
        }
    }
}

impl<const BYTES: usize> fmt::Debug for ScopeMem<'_, BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeMem")
            .field("driving", &self.driving)
            .field("family", &self.family)
            .finish_non_exhaustive()
    }
}

impl<const BYTES: usize> Default for ScopeMem<'_, BYTES> {
    fn default() -> Self {
        ScopeMem::new()
    }
}

impl<'m, const BYTES: usize> ScopeMem<'m, BYTES> {
    /// Room for one scope, used once.
    ///
    /// # Panics
    /// When the waker table is full.
    #[must_use]
    #[inline(always)]
    pub fn new() -> ScopeMem<'m, BYTES> {
        ScopeMem::with_cap(usize::MAX)
    }

    /// As [`ScopeMem::new`], for at most `cap` children at once; checked in debug builds that
    /// have no heap.
    ///
    /// # Panics
    /// When the waker table is full.
    #[must_use]
    #[inline(always)]
    pub fn with_cap(cap: usize) -> ScopeMem<'m, BYTES> {
        // First what may panic (`Driving::new` says why).
        let bell = Bell::new();
        let tally = Tally::new(bell.handle());
        ScopeMem {
            driving: Driving::new(bell),
            family: Family::new(),
            tally,
            cap,
            limit: Cell::new(None),
            closed: Cell::new(false),
            live: Tripwire(Cell::new(false)),
            _children: PhantomData,
        }
    }

    pub(crate) fn driving(self: Pin<&Self>) -> Pin<&Driving<BYTES>> {
        // SAFETY: a field of the pinned memory that is never moved out.
        unsafe { self.map_unchecked(|memory| &memory.driving) }
    }

    pub(crate) fn children(self: Pin<&Self>) -> Pin<&Children<BYTES>> {
        self.driving().children()
    }
}
