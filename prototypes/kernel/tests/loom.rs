//! Models of everything that is shared between threads, or with an interrupt:
//! `RUSTFLAGS="--cfg loom" cargo test --release -p kernel --test loom`.
//!
//! What is modelled: the table of handle wakers (no wake is lost, no node is linked twice or
//! handed out while it is linked, an owner that blocks is rung for), the queue and the header
//! of pointer-woken tasks (no wake is lost, nothing is freed early or twice, a closed queue
//! keeps nothing), the count of wakes under way (who sees none sees what they have queued).
#![cfg(loom)]

use std::ptr::NonNull;

use kernel::wake::handle::Table;
use kernel::wake::queue::{Pushed, RunQueue};
use kernel::wake::task::{TaskHeader, TaskVTable};
use kernel::wake::underway::Underway;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

type Nodes = Table<4>;

/// A table with one list and one slot in it, whose user is `1`.
fn one_slot() -> (Arc<Nodes>, usize, usize) {
    let table = Arc::new(Nodes::new());
    let list = table.model_list().expect("room");
    let slot = table.model_slot(list, 1).expect("room");
    (table, list, slot)
}

#[test]
fn t23_a_wake_while_the_queue_is_drained_is_never_lost() {
    loom::model(|| {
        let (table, list, slot) = one_slot();
        let written = Arc::new(AtomicUsize::new(0));
        let (waker, handle) = (table.clone(), table.model_handle(slot));
        let write = written.clone();
        let other = thread::spawn(move || {
            write.store(1, Ordering::Relaxed);
            waker.wake(handle);
        });
        // A poll that may come before, during or after the wake.
        let first = table.model_drain(list);
        let seen = first == [1] && written.load(Ordering::Relaxed) == 1;
        other.join().expect("no panic");
        let second = table.model_drain(list);
        assert_eq!(first.len() + second.len(), 1, "one wake, one entry");
        assert!(seen || second == [1] && written.load(Ordering::Relaxed) == 1);
    });
}

#[test]
fn two_wakes_link_a_node_once() {
    loom::model(|| {
        let (table, list, slot) = one_slot();
        let handle = table.model_handle(slot);
        let others: Vec<_> = (0..2)
            .map(|_| {
                let table = table.clone();
                thread::spawn(move || table.wake(handle))
            })
            .collect();
        for other in others {
            other.join().expect("no panic");
        }
        assert_eq!(table.model_drain(list), [1]);
        assert!(table.model_drain(list).is_empty());
    });
}

#[test]
fn two_slots_of_one_list_both_arrive() {
    loom::model(|| {
        let (table, list, slot) = one_slot();
        let second = table.model_slot(list, 2).expect("room");
        let (a, b) = (table.model_handle(slot), table.model_handle(second));
        let waker = table.clone();
        let other = thread::spawn(move || waker.wake(a));
        table.wake(b);
        let mut woken = table.model_drain(list);
        other.join().expect("no panic");
        woken.extend(table.model_drain(list));
        woken.sort_unstable();
        assert_eq!(woken, [1, 2]);
    });
}

#[test]
fn t24_a_node_is_not_handed_out_while_it_is_linked() {
    loom::model(|| {
        let (table, list, slot) = one_slot();
        let (waker, handle) = (table.clone(), table.model_handle(slot));
        let other = thread::spawn(move || waker.wake(handle));
        table.model_release(slot);
        // Takes the freed node only if the wake did not link it.
        let new = table.model_slot(list, 2).expect("room");
        other.join().expect("no panic");
        assert!(table.model_drain(list).is_empty(), "a stale wake wakes nothing");
        table.wake(table.model_handle(new));
        assert_eq!(table.model_drain(list), [2]);
    });
}

#[test]
fn nodes_taken_at_once_differ() {
    loom::model(|| {
        let (table, list, slot) = one_slot();
        let other_table = table.clone();
        table.model_release(slot);
        let other = thread::spawn(move || other_table.model_slot(list, 3).expect("room"));
        let mine = table.model_slot(list, 2).expect("room");
        assert_ne!(mine, other.join().expect("no panic"));
    });
}

/// The number of the notifier in the models below.
const NOTIFIER: usize = 5;

#[test]
fn who_blocks_is_rung_for_and_who_does_not_sees_the_wake() {
    loom::model(|| {
        let (table, list, slot) = one_slot();
        let (waker, handle) = (table.clone(), table.model_handle(slot));
        let other = thread::spawn(move || waker.wake(handle));
        let asleep = table.model_sleep(list, NOTIFIER);
        other.join().expect("no panic");
        // Blocked until the notifier rings; it must have rung by now.
        assert_eq!(table.model_rung(), if asleep { NOTIFIER } else { 0 });
        table.model_awake(list, NOTIFIER);
        assert_eq!(table.model_drain(list), [1]);
        assert!(table.model_sleep(list, NOTIFIER), "nothing is left");
    });
}

#[test]
fn two_wakes_of_who_blocks_ring_once() {
    loom::model(|| {
        let (table, list, slot) = one_slot();
        let second = table.model_slot(list, 2).expect("room");
        assert!(table.model_sleep(list, NOTIFIER));
        let (waker, handle) = (table.clone(), table.model_handle(slot));
        let other = thread::spawn(move || waker.wake(handle));
        table.wake(table.model_handle(second));
        other.join().expect("no panic");
        assert_eq!(table.model_rung(), NOTIFIER);
        table.model_awake(list, NOTIFIER);
        let mut woken = table.model_drain(list);
        woken.sort_unstable();
        assert_eq!(woken, [1, 2]);
    });
}

/// The driver returned for a reason of its own, and something wakes at the same time.
#[test]
fn a_wake_against_an_end_of_sleep_is_never_lost() {
    loom::model(|| {
        let (table, list, slot) = one_slot();
        assert!(table.model_sleep(list, NOTIFIER));
        let (waker, handle) = (table.clone(), table.model_handle(slot));
        let other = thread::spawn(move || waker.wake(handle));
        table.model_awake(list, NOTIFIER);
        let mut woken = table.model_drain(list);
        let again = woken.is_empty() && table.model_sleep(list, NOTIFIER);
        other.join().expect("no panic");
        if again {
            assert_eq!(table.model_rung(), NOTIFIER, "asleep again, so something rings");
            table.model_awake(list, NOTIFIER);
        }
        woken.extend(table.model_drain(list));
        assert_eq!(woken, [1]);
    });
}

/// A task that counts what happens to it, and its queue.
#[repr(C)]
struct Task {
    header: TaskHeader,
    queue: Arc<RunQueue>,
    freed: Arc<AtomicUsize>,
    closed: Arc<AtomicUsize>,
}

static VTABLE: TaskVTable = TaskVTable { schedule, free };

unsafe fn schedule(task: NonNull<TaskHeader>) {
    // SAFETY: tasks of this table are `Task`s, alive by the caller's promise.
    let this = unsafe { task.cast::<Task>().as_ref() };
    // SAFETY: the wake set QUEUED and brings a reference.
    if unsafe { this.queue.push(task) } == Pushed::Closed {
        this.closed.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the reference came back.
        unsafe { TaskHeader::release(task) };
    }
}

unsafe fn free(task: NonNull<TaskHeader>) {
    // SAFETY: the last reference is gone; it came from a box.
    let task = unsafe { Box::from_raw(task.cast::<Task>().as_ptr()) };
    task.freed.fetch_add(1, Ordering::Relaxed);
}

fn task() -> (NonNull<TaskHeader>, Arc<RunQueue>, Arc<AtomicUsize>) {
    let queue = Arc::new(RunQueue::new());
    let freed = Arc::new(AtomicUsize::new(0));
    let task = Box::new(Task {
        header: TaskHeader::new(&VTABLE),
        queue: queue.clone(),
        freed: freed.clone(),
        closed: Arc::new(AtomicUsize::new(0)),
    });
    (NonNull::from(Box::leak(task)).cast(), queue, freed)
}

/// Pops everything, as an owner that polls; returns how many.
fn drain(queue: &RunQueue) -> usize {
    // SAFETY: every model has one owner, the main thread.
    unsafe { queue.collect() };
    let mut popped = 0;
    // SAFETY: as above.
    while let Some(task) = unsafe { queue.pop() } {
        // SAFETY: popped with a reference.
        unsafe { task.as_ref() }.begin_poll();
        // SAFETY: that reference.
        unsafe { TaskHeader::release(task) };
        popped += 1;
    }
    popped
}

#[test]
fn a_wake_against_a_poll_is_never_lost_and_frees_once() {
    loom::model(|| {
        let (task, queue, freed) = task();
        // SAFETY: live, with the owner's reference.
        let waker = unsafe { TaskHeader::waker(task) };
        let written = Arc::new(AtomicUsize::new(0));
        let write = written.clone();
        let other = thread::spawn(move || {
            write.store(1, Ordering::Relaxed);
            waker.wake();
        });
        // SAFETY: live, with the owner's reference.
        unsafe { TaskHeader::wake_by_ref(task) };
        let mut polled = drain(&queue);
        let seen = written.load(Ordering::Relaxed) == 1;
        other.join().expect("no panic");
        let late = drain(&queue);
        polled += late;
        assert!((1..=2).contains(&polled));
        assert!(seen || late == 1, "what was written before a wake is seen by a poll after it");
        // SAFETY: live.
        unsafe { task.as_ref() }.close();
        // SAFETY: the owner's reference.
        unsafe { TaskHeader::release(task) };
        assert_eq!(freed.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_closed_queue_keeps_no_task() {
    loom::model(|| {
        let (task, queue, freed) = task();
        // SAFETY: live, with the owner's reference.
        let waker = unsafe { TaskHeader::waker(task) };
        let other = thread::spawn(move || waker.wake());
        // SAFETY: live; the owner is dropped while something wakes.
        unsafe { task.as_ref() }.close();
        // SAFETY: the owner's reference.
        unsafe { TaskHeader::release(task) };
        // SAFETY: the main thread is the owner.
        unsafe { queue.close() };
        // SAFETY: as above.
        while let Some(task) = unsafe { queue.pop() } {
            // SAFETY: popped with a reference.
            unsafe { TaskHeader::release(task) };
        }
        other.join().expect("no panic");
        assert_eq!(freed.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_wake_that_has_returned_is_seen_when_no_other_is_under_way() {
    loom::model(|| {
        let (table, list, slot) = one_slot();
        let underway = Arc::new(Underway::new());
        let (other_table, other_underway) = (table.clone(), underway.clone());
        let handle = table.model_handle(slot);
        let other = thread::spawn(move || other_underway.during(|| other_table.wake(handle)));
        // It may stop at a bit that the other thread has set and done nothing about yet.
        underway.during(|| table.wake(handle));
        while underway.any() {
            thread::yield_now();
        }
        assert_eq!(table.model_drain(list), [1], "before the other thread is waited for");
        other.join().expect("no panic");
    });
}

#[test]
fn the_same_for_a_list_below_another() {
    loom::model(|| {
        let (table, root_list, root) = one_slot();
        let list = table.model_list().expect("room");
        table.model_adopt(list, root);
        let slot = table.model_slot(list, 2).expect("room");
        let underway = Arc::new(Underway::new());
        let (other_table, other_underway) = (table.clone(), underway.clone());
        let handle = table.model_handle(slot);
        let other = thread::spawn(move || other_underway.during(|| other_table.wake(handle)));
        underway.during(|| table.wake(handle));
        while underway.any() {
            thread::yield_now();
        }
        assert_eq!(table.model_drain(root_list), [1]);
        assert_eq!(table.model_drain(list), [2]);
        other.join().expect("no panic");
    });
}
