//! The place of a waker that is not ours, which other threads may wake.
//!
//! Made of the public crate's, which calls `clone` and `drop` of wakers in the middle of a change
//! of its own: it would be dead for ever if one of them panicked, and places are reused by the code
//! that comes next. So a waker is cloned before, and moved in by a `clone` of ours that cannot
//! panic; the former one is out before, and dropped by the caller, who is at peace then.

use core::cell::Cell;
use core::mem::ManuallyDrop;
use core::task::{RawWaker, RawWakerVTable, Waker};

use atomic_waker::AtomicWaker;

use crate::foreign::{Plant, planted};

/// One place.
pub(crate) struct WakerPlace(AtomicWaker);

impl WakerPlace {
    pub(crate) const fn new() -> WakerPlace {
        WakerPlace(AtomicWaker::new())
    }

    /// Takes the waker out.
    pub(crate) fn take(&self) -> Option<Waker> {
        self.0.take()
    }

    /// Takes the waker out and wakes it.
    #[inline]
    pub(crate) fn wake(&self) {
        // FOREIGN: wake. The place is empty, and nothing follows.
        self.0.wake();
    }

    /// Puts a waker in unless it would wake the same task; the one that was there. For the owner
    /// alone, who looks for what happened *after* this: a wake that comes while the place is empty
    /// is not told.
    pub(crate) fn keep(&self, waker: &Waker) -> Option<Waker> {
        if planted(Plant::DropInBorrow) {
            self.0.register(waker);
            return None;
        }
        let former = self.0.take();
        let same = former.as_ref().is_some_and(|former| former.will_wake(waker));
        if let Some(former) = former {
            self.put(former);
        }
        if same {
            return None;
        }
        // FOREIGN: clone. The former waker is in its place.
        let new = waker.clone();
        let former = self.0.take();
        self.put(new);
        former
    }

    /// Moves a waker into the empty place. If another thread wakes meanwhile, it is woken.
    fn put(&self, waker: Waker) {
        let cell = Cell::new(Some(waker));
        // SAFETY: data is the cell, which outlives this waker and is used by this thread only: the
        // place keeps what `clone` returns, which is the waker inside, and no pointer to the cell.
        let moving = unsafe { Waker::new(core::ptr::from_ref(&cell).cast(), &MOVING) };
        self.0.register(&moving);
    }
}

/// The vtable of a waker whose clone is the waker that it carries.
static MOVING: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, |_| {});

fn carried(data: *const ()) -> Option<Waker> {
    // SAFETY: data is the cell of `put`, which is running.
    unsafe { &*data.cast::<Cell<Option<Waker>>>() }.take()
}

fn clone(data: *const ()) -> RawWaker {
    let waker = ManuallyDrop::new(carried(data).expect("it is moved in once"));
    RawWaker::new(waker.data(), waker.vtable())
}

fn wake(data: *const ()) {
    if let Some(waker) = carried(data) {
        // FOREIGN: wake. The place is as it was, and nothing follows.
        waker.wake();
    }
}
