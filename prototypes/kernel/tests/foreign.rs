//! A ready list below a task that is not ours, as in a `FuturesUnordered` or on tokio.

use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Wake, Waker};

use kernel::wake::handle::{List, Slot};

/// A task of another; counts its wakes.
#[derive(Default)]
struct Task(AtomicU32);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A slot of a list that outlives it: each test drops its slots first.
fn slot(list: &List) -> Slot {
    // SAFETY: as above.
    unsafe { list.slot(NonNull::dangling()) }.expect("room")
}

#[test]
fn one_wake_for_all_that_is_woken_until_the_list_is_collected() {
    let task = Arc::new(Task::default());
    let list = List::new().expect("room");
    let slots = [(); 3].map(|()| slot(&list));
    for round in 1..=3 {
        list.adopt(&Waker::from(Arc::clone(&task)));
        slots.iter().for_each(|slot| slot.wake());
        assert_eq!(task.0.load(Ordering::Relaxed), round);
        list.collect();
        while list.pop().is_some() {}
    }
    drop(slots);
}

#[test]
fn a_wake_from_another_thread_reaches_the_task_that_polled_last() {
    let (first, second) = (Arc::new(Task::default()), Arc::new(Task::default()));
    let list = List::new().expect("room");
    let slot = slot(&list);
    list.adopt(&Waker::from(Arc::clone(&first)));
    list.adopt(&Waker::from(Arc::clone(&second)));
    let waker = slot.waker();
    std::thread::spawn(move || waker.wake()).join().expect("waking does not panic");
    assert_eq!(first.0.load(Ordering::Relaxed), 0);
    assert_eq!(second.0.load(Ordering::Relaxed), 1);
    drop(slot);
}

/// The list's node outlives the list, and must not keep another's task.
#[test]
fn a_list_that_is_gone_keeps_no_task_alive() {
    let task = Arc::new(Task::default());
    let list = List::new().expect("room");
    list.adopt(&Waker::from(Arc::clone(&task)));
    assert_eq!(Arc::strong_count(&task), 2);
    drop(list);
    assert_eq!(Arc::strong_count(&task), 1);
}

#[test]
fn a_list_that_moves_below_a_task_of_ours_keeps_no_other_alive() {
    let task = Arc::new(Task::default());
    let (above, list) = (List::new().expect("room"), List::new().expect("room"));
    let parent = slot(&above);
    let slot = slot(&list);
    list.adopt(&Waker::from(Arc::clone(&task)));
    list.adopt(&parent.waker());
    assert_eq!(Arc::strong_count(&task), 1);
    slot.wake();
    above.collect();
    assert!(above.pop().is_some(), "the task of ours is woken");
    drop((parent, slot));
}

#[test]
fn a_list_whose_owner_looks_by_itself_wakes_nobody_and_keeps_no_task_at_its_end() {
    let task = Arc::new(Task::default());
    let list = List::new().expect("room");
    let slot = slot(&list);
    list.adopt(&Waker::from(Arc::clone(&task)));
    list.disown();
    slot.wake();
    assert_eq!(task.0.load(Ordering::Relaxed), 0);
    list.collect();
    assert!(list.pop().is_some(), "it is there for who looks");
    list.adopt(&Waker::from(Arc::clone(&task)));
    slot.wake();
    assert_eq!(task.0.load(Ordering::Relaxed), 1, "the task waits again");
    list.adopt(&Waker::from(Arc::clone(&task)));
    list.disown();
    drop(slot);
    drop(list);
    assert_eq!(Arc::strong_count(&task), 1);
}
