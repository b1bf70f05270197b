//! What tells a waker of ours from one that is not.
#![cfg(not(loom))]

use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{RawWaker, RawWakerVTable, Waker};

use kernel::wake::handle::{Handle, List};

/// The same word under another table is another's: the address of our table is what tells,
/// and a false negative only costs a clone.
#[test]
fn t12_a_waker_of_another_table_is_not_taken_for_ours() {
    fn same(data: *const ()) -> RawWaker {
        RawWaker::new(data, &OTHER)
    }
    static OTHER: RawWakerVTable = RawWakerVTable::new(same, |_| {}, |_| {}, |_| {});
    let list = List::new().expect("room for a list");
    // SAFETY: declared after the list, and so dropped before it.
    let slot = unsafe { list.slot(NonNull::dangling()) }.expect("room for a slot");
    let ours = slot.waker();
    // SAFETY: this table does nothing with the word.
    let other = unsafe { Waker::new(ours.data(), &OTHER) };
    assert_eq!(Handle::of(&ours), Some(slot.handle()));
    assert_eq!(Handle::of(&ours.clone()), Some(slot.handle()));
    assert_eq!(Handle::of(&other), None);
    assert!(!ours.will_wake(&other));
    other.wake();
    assert!(list.is_idle(), "it is not our word");
    // A list below takes it for a foreign parent, and tells it.
    let below = List::new().expect("room for a list");
    below.adopt(&other_counting());
    // SAFETY: as above.
    let child = unsafe { below.slot(NonNull::dangling()) }.expect("room for a slot");
    child.wake();
    assert_eq!(TOLD.load(Ordering::Relaxed), 1);
}

static TOLD: AtomicUsize = AtomicUsize::new(0);

/// A waker whose word is that of a handle, and that counts.
fn other_counting() -> Waker {
    fn same(data: *const ()) -> RawWaker {
        RawWaker::new(data, &COUNTS)
    }
    fn told(_: *const ()) {
        TOLD.fetch_add(1, Ordering::Relaxed);
    }
    static COUNTS: RawWakerVTable = RawWakerVTable::new(same, told, told, |_| {});
    // SAFETY: the functions do nothing with the word.
    unsafe { Waker::new(core::ptr::null(), &COUNTS) }
}
