//! Where runtime-owned operations lie, and become orphans: slots that are used again and again.

use core::cell::{Cell, RefCell};
use core::fmt;
use core::ptr::{self, NonNull};
use core::task::{RawWaker, RawWakerVTable, Waker};
use std::boxed::Box;
use std::os::fd::{FromRawFd, OwnedFd};
use std::rc::Rc;
use std::vec::Vec;

use contract::{Lease, World};

use crate::driver::ops::{OpenResource, Yields};
use crate::driver::pool::{Pool, Provided};
use crate::driver::{Driver, OpHeader};
use crate::run::kept::Kept;

/// What became of operations whose leaf went before they were looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Leaves that were dropped while the driver had their operation.
    pub orphaned: u64,
    /// Leaves that were dropped after the end of their operation, which was not looked at.
    pub ignored: u64,
    /// Requests to cancel that drops have sent.
    pub cancels: u64,
    /// Bytes that had arrived for one of these leaves.
    pub lost_bytes: u64,
    /// Connections and resources that were closed because nothing could use them.
    pub reclaimed: u64,
    /// Connections and resources that are open and that nothing knows of.
    pub leaked: u64,
}

/// No slot.
const NONE: u32 = u32::MAX;

/// The slots of one runtime.
pub struct OpSlots {
    slots: RefCell<Vec<NonNull<Slot>>>,
    free: Cell<u32>,
    orphans: Cell<u32>,
    totals: Cell<Totals>,
    /// The driver that works in the slots, until the end of its run.
    pub(crate) driver: Cell<Option<NonNull<dyn Driver>>>,
}

/// One operation that the runtime owns for the time that the driver has it.
pub(crate) struct Slot {
    pub(crate) header: OpHeader,
    pub(crate) buffer: RefCell<Vec<u8>>,
    pub(crate) index: u32,
    pub(crate) generation: Cell<u32>,
    next: Cell<u32>,
    pub(crate) guarded: Cell<bool>,
    /// Whose lease this holds, and whose resource comes of an opening.
    pub(crate) world: Cell<Option<&'static World>>,
    pub(crate) lease: Cell<Lease>,
    pub(crate) pool: RefCell<Option<Rc<Pool>>>,
    /// What the memory of an orphan belongs to.
    pub(crate) kept: Cell<Option<Kept>>,
    /// An orphan's reference to what it lies in.
    home: Cell<*const OpSlots>,
    named_by: Cell<NamedBy>,
}

/// Who still names an operation that has become an orphan.
///
/// ```text
///   None ──orphan──► Held ──end──► Ended ──orphan──► None    the drop clears the slot
///                      └────────orphan─────────────► None    the end clears the slot
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NamedBy {
    /// Nothing but the driver.
    ///
    /// Entered by `make`, and by `orphan` when it returns or unwinds. Excludes nothing: the end of
    /// the operation clears the slot.
    None,
    /// The drop that makes the orphan.
    ///
    /// Entered from `None` by `orphan`, before it talks to the driver. Excludes that the slot is
    /// cleared: the driver may end the operation meanwhile and call wakers that begin another
    /// one, which must not get this slot.
    Held,
    /// As above, and the operation has ended.
    ///
    /// Entered from `Held` by the waker of the orphan, once, because a header wakes once. Excludes
    /// what `Held` does; who leaves it clears the slot.
    Ended,
}

impl fmt::Debug for OpSlots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpSlots")
            .field("slots", &self.slots())
            .field("orphans", &self.orphans)
            .field("totals", &self.totals)
            .finish_non_exhaustive()
    }
}

impl Default for OpSlots {
    fn default() -> Self {
        OpSlots::new()
    }
}

impl OpSlots {
    /// No slots yet.
    #[must_use]
    pub fn new() -> OpSlots {
        OpSlots {
            slots: RefCell::new(Vec::new()),
            free: Cell::new(NONE),
            orphans: Cell::new(0),
            totals: Cell::new(Totals::default()),
            driver: Cell::new(None),
        }
    }

    /// Operations in flight that no leaf waits for.
    #[must_use]
    pub fn orphans(&self) -> u32 {
        self.orphans.get()
    }

    /// Slots made so far: the most operations that there were at once.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.slots.borrow().len()
    }

    /// Bytes of the buffers of all slots.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        let slots = self.slots.borrow();
        // SAFETY: slots live as long as this.
        slots.iter().map(|slot| unsafe { slot.as_ref() }.buffer.borrow().capacity()).sum()
    }

    /// What became of operations without a leaf.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.totals.get()
    }

    pub(crate) fn count(&self, change: impl FnOnce(&mut Totals)) {
        let mut totals = self.totals.get();
        change(&mut totals);
        self.totals.set(totals);
    }

    /// A slot that is not in use.
    pub(crate) fn take(&self) -> &Slot {
        let index = self.free.get();
        if index == NONE {
            return self.make();
        }
        let slot = self.slot(index);
        self.free.set(slot.next.replace(NONE));
        slot
    }

    #[cold]
    fn make(&self) -> &Slot {
        let mut slots = self.slots.borrow_mut();
        let index = u32::try_from(slots.len()).expect("slots are far below 2^32");
        let slot = Box::new(Slot {
            header: OpHeader::new(OpenResource { ms: 0 }),
            buffer: RefCell::new(Vec::new()),
            index,
            generation: Cell::new(0),
            next: Cell::new(NONE),
            guarded: Cell::new(false),
            world: Cell::new(None),
            lease: Cell::new(Lease(0)),
            pool: RefCell::new(None),
            kept: Cell::new(None),
            home: Cell::new(ptr::null()),
            named_by: Cell::new(NamedBy::None),
        });
        let slot = NonNull::from(Box::leak(slot));
        slots.push(slot);
        // SAFETY: a slot lives as long as this.
        unsafe { slot.as_ref() }
    }

    pub(crate) fn slot(&self, index: u32) -> &Slot {
        let slot = self.slots.borrow()[index as usize];
        // SAFETY: slots live as long as this.
        unsafe { slot.as_ref() }
    }

    /// Frees a slot that has no operation any more, for another one.
    pub(crate) fn put(&self, slot: &Slot) {
        slot.generation.set(slot.generation.get().wrapping_add(1));
        slot.end_lease();
        slot.world.set(None);
        slot.pool.borrow_mut().take();
        slot.next.set(self.free.replace(slot.index));
    }

    /// The table of `leaf::runtime_owned`. The operation has ended.
    pub(crate) fn bury(&self, slot: &Slot) {
        let result = slot.header.result().unwrap_or(0);
        let moved = u64::try_from(result).unwrap_or(0);
        match slot.header.kind().yields() {
            Yields::Descriptor if result >= 0 => self.close(slot, |_| {
                // SAFETY: the operation has opened it, and its number is nowhere else.
                drop(unsafe { OwnedFd::from_raw_fd(result) });
            }),
            Yields::Resource if result > 0 => self.close(slot, |world| {
                if let Some(world) = world {
                    world.close(result);
                }
            }),
            Yields::Chosen => {
                drop(slot.take_provided(result));
                self.count(|totals| totals.lost_bytes += moved);
            }
            Yields::Bytes => self.count(|totals| totals.lost_bytes += moved),
            Yields::Nothing | Yields::Descriptor | Yields::Resource => {}
        }
        let kept = slot.kept.take();
        self.put(slot);
        drop(kept);
    }

    fn close(&self, slot: &Slot, close: impl FnOnce(Option<&'static World>)) {
        if slot.guarded.get() {
            close(slot.world.get());
            self.count(|totals| totals.reclaimed += 1);
        } else {
            self.count(|totals| totals.leaked += 1);
        }
    }
}

impl Slot {
    /// The device may not write any more.
    pub(crate) fn end_lease(&self) {
        if let Some(world) = self.world.get() {
            world.device().end(self.lease.replace(Lease(0)));
        }
    }

    /// What the kernel chose for the operation, which has ended. At most once.
    pub(crate) fn take_provided(&self, result: i32) -> Option<Provided> {
        self.pool.take()?.take(result, self.header.flags.take())
    }
}

impl Drop for OpSlots {
    fn drop(&mut self) {
        // Leaves and orphans hold references, so no slot has an operation any more.
        for slot in self.slots.get_mut().drain(..) {
            // SAFETY: leaked by `make`, and nothing else knows it any more.
            drop(unsafe { Box::from_raw(slot.as_ptr()) });
        }
    }
}

/// Leaves an operation in flight without a leaf, and says so to its driver with `tell`, if its run
/// has not ended. The slot is not used again before that.
pub(crate) fn orphan(op_slots: &Rc<OpSlots>, slot: &Slot, tell: impl FnOnce(&dyn Driver)) {
    /// Also when a waker panics that the driver calls meanwhile.
    struct Release<'a>(&'a Slot);
    impl Drop for Release<'_> {
        fn drop(&mut self) {
            if self.0.named_by.replace(NamedBy::None) == NamedBy::Ended {
                // SAFETY: as in ORPHAN, which has left this to us.
                unsafe { ended(self.0) };
            }
        }
    }
    op_slots.orphans.set(op_slots.orphans.get() + 1);
    op_slots.count(|totals| totals.orphaned += 1);
    slot.home.set(Rc::into_raw(Rc::clone(op_slots)));
    slot.named_by.set(NamedBy::Held);
    // SAFETY: the functions of ORPHAN take a slot, which stays until it is buried: it has
    // the reference of the line above.
    let waker = unsafe { Waker::new(ptr::from_ref(slot).cast(), &ORPHAN) };
    let former = slot.header.waker.replace(Some(waker));
    let _release = Release(slot);
    // FOREIGN: drop of the leaf's waker, which is out of its place.
    drop(former);
    if let Some(driver) = op_slots.driver.get() {
        // SAFETY: the end of the run takes it out of the slots.
        tell(unsafe { driver.as_ref() });
    }
}

/// The end of an orphan.
///
/// # Safety
/// The slot has the reference that `orphan` has left with it, and its operation has ended.
unsafe fn ended(slot: &Slot) {
    // SAFETY: the caller's promise.
    let op_slots = unsafe { Rc::from_raw(slot.home.replace(ptr::null())) };
    op_slots.orphans.set(op_slots.orphans.get() - 1);
    // FOREIGN: the destructor of what was given away, as the last thing that it does.
    op_slots.bury(slot);
}

/// The waker of an orphan: at the end of the operation its slot is cleared. So the drivers
/// know nothing of orphans, and a leaf that stays pays nothing for them.
static ORPHAN: RawWakerVTable = RawWakerVTable::new(
    // Only the header has it, which gives it away by value.
    |_| RawWaker::new(ptr::null(), Waker::noop().vtable()),
    |slot| {
        // SAFETY: made in `orphan` for a slot that stays until it is buried.
        let slot = unsafe { &*slot.cast::<Slot>() };
        match slot.named_by.get() {
            // SAFETY: the reference that `orphan` has left, once: a header wakes once.
            NamedBy::None => unsafe { ended(slot) },
            NamedBy::Held | NamedBy::Ended => slot.named_by.set(NamedBy::Ended),
        }
    },
    |_| {},
    |_| {},
);
