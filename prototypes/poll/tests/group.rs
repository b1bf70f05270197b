//! Groups: only what was woken is polled; keys, cancelling, wakers that outlive everything.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use design_poll::{self as d, Full, Group, Heap, Inline, Slots, Stream};

/// Counts how often the surrounding task is woken.
#[derive(Default)]
struct Task(AtomicUsize);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A child that is ready at its third poll, and shows its waker.
struct Thrice {
    name: usize,
    polls: Rc<RefCell<Vec<usize>>>,
    wakers: Rc<RefCell<Vec<Waker>>>,
    left: Cell<u32>,
}

impl Future for Thrice {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        self.polls.borrow_mut().push(self.name);
        self.wakers.borrow_mut()[self.name] = cx.waker().clone();
        self.left.set(self.left.get() - 1);
        if self.left.get() == 0 { Poll::Ready(self.name) } else { Poll::Pending }
    }
}

#[derive(Default)]
struct Bench {
    polls: Rc<RefCell<Vec<usize>>>,
    wakers: Rc<RefCell<Vec<Waker>>>,
}

impl Bench {
    fn child(&self, name: usize) -> Thrice {
        self.wakers.borrow_mut().resize(name + 1, Waker::noop().clone());
        let (polls, wakers) = (self.polls.clone(), self.wakers.clone());
        Thrice { name, polls, wakers, left: Cell::new(3) }
    }

    fn wake(&self, name: usize) {
        let waker = self.wakers.borrow()[name].clone();
        waker.wake();
    }

    fn polled(&self) -> Vec<usize> {
        self.polls.take()
    }
}

fn only_woken_children_are_polled<A: Slots<Thrice>>() {
    let (bench, task) = (Bench::default(), Arc::new(Task::default()));
    let waker = Waker::from(task.clone());
    let mut cx = Context::from_waker(&waker);
    let mut group = pin!(Group::<Thrice, A>::new());
    assert!(matches!(group.as_mut().poll_next(&mut cx), Poll::Ready(None)));
    for name in 0..5 {
        assert!(group.as_mut().insert(bench.child(name)).is_ok());
    }
    assert!(group.as_mut().poll_next(&mut cx).is_pending());
    assert_eq!(bench.polled(), [0, 1, 2, 3, 4]);
    let before = task.0.load(Ordering::Relaxed);
    bench.wake(3);
    bench.wake(1);
    bench.wake(3);
    assert_eq!(task.0.load(Ordering::Relaxed), before + 1, "one wake for all that is woken");
    assert!(group.as_mut().poll_next(&mut cx).is_pending());
    assert_eq!(bench.polled(), [3, 1], "in the order of their wakes");
    bench.wake(3);
    let Poll::Ready(Some((_, 3))) = group.as_mut().poll_next(&mut cx) else { panic!("third") };
    assert_eq!(group.len(), 4);
    bench.wake(3);
    assert!(group.as_mut().poll_next(&mut cx).is_pending(), "a stale waker is spurious");
    assert_eq!(bench.polled(), [3]);
}

#[test]
fn only_woken_children_are_polled_inline() {
    only_woken_children_are_polled::<Inline<Thrice, 8>>();
}

#[test]
fn only_woken_children_are_polled_on_the_heap() {
    only_woken_children_are_polled::<Heap<Thrice>>();
}

/// A ready child ends the call with others still taken; what is woken before the next call
/// must be polled in it, because the wake that announced it is spent.
fn what_is_woken_between_calls_is_polled<A: Slots<Thrice>>() {
    let bench = Bench::default();
    let mut cx = Context::from_waker(Waker::noop());
    let mut group = pin!(Group::<Thrice, A>::new());
    for name in 0..3 {
        assert!(group.as_mut().insert(bench.child(name)).is_ok());
    }
    assert!(group.as_mut().poll_next(&mut cx).is_pending());
    bench.wake(0);
    assert!(group.as_mut().poll_next(&mut cx).is_pending());
    bench.polled();
    bench.wake(0);
    bench.wake(1);
    let Poll::Ready(Some((_, 0))) = group.as_mut().poll_next(&mut cx) else { panic!("third") };
    bench.wake(2);
    assert!(group.as_mut().poll_next(&mut cx).is_pending());
    assert_eq!(bench.polled(), [0, 1, 2]);
}

#[test]
fn what_is_woken_between_calls_is_polled_inline() {
    what_is_woken_between_calls_is_polled::<Inline<Thrice, 8>>();
}

#[test]
fn what_is_woken_between_calls_is_polled_on_the_heap() {
    what_is_woken_between_calls_is_polled::<Heap<Thrice>>();
}

fn a_key_names_one_child_once<A: Slots<Thrice>>() {
    let bench = Bench::default();
    let mut cx = Context::from_waker(Waker::noop());
    let mut group = pin!(Group::<Thrice, A>::new());
    let first = group.as_mut().insert(bench.child(0)).expect("room");
    assert!(group.as_mut().poll_next(&mut cx).is_pending());
    assert!(group.as_mut().cancel(first));
    assert!(!group.as_mut().cancel(first), "gone");
    let second = group.as_mut().insert(bench.child(1)).expect("room");
    assert_ne!(first, second, "the place is the same, the child is not");
    assert!(!group.as_mut().cancel(first));
    assert_eq!(group.len(), 1);
    assert!(group.as_mut().cancel(second));
    assert!(group.is_empty());
}

#[test]
fn a_key_names_one_child_once_inline() {
    a_key_names_one_child_once::<Inline<Thrice, 4>>();
}

#[test]
fn a_key_names_one_child_once_on_the_heap() {
    a_key_names_one_child_once::<Heap<Thrice>>();
}

#[test]
fn an_inline_group_gives_back_what_does_not_fit() {
    let bench = Bench::default();
    let mut group = pin!(Group::<Thrice, Inline<Thrice, 2>>::new());
    assert!(group.as_mut().insert(bench.child(0)).is_ok());
    assert!(group.as_mut().insert(bench.child(1)).is_ok());
    let Err(Full(child)) = group.as_mut().insert(bench.child(2)) else { panic!("two places") };
    assert_eq!(child.name, 2);
}

#[test]
fn one_place_passes_the_waker_of_the_task_through() {
    let bench = Bench::default();
    let task = Waker::from(Arc::new(Task::default()));
    let mut group = pin!(Group::<Thrice, Inline<Thrice, 1>>::new());
    assert!(group.as_mut().insert(bench.child(0)).is_ok());
    assert!(group.as_mut().poll_next(&mut Context::from_waker(&task)).is_pending());
    assert_eq!(bench.wakers.borrow()[0].data(), task.data());
}

fn wakers_outlive_everything<A: Slots<Thrice>>() {
    let bench = Bench::default();
    let mut cx = Context::from_waker(Waker::noop());
    {
        let mut group = pin!(Group::<Thrice, A>::new());
        for name in 0..3 {
            assert!(group.as_mut().insert(bench.child(name)).is_ok());
        }
        assert!(group.as_mut().poll_next(&mut cx).is_pending());
        // Dropped while one child is queued.
        bench.wake(1);
    }
    let wakers = bench.wakers.take();
    let woken = std::thread::spawn(move || {
        for waker in &wakers {
            waker.wake_by_ref();
        }
        for waker in wakers {
            drop(waker.clone());
            waker.wake();
        }
    });
    woken.join().expect("waking nothing is fine");
}

#[test]
fn t11_wakers_outlive_an_inline_group() {
    wakers_outlive_everything::<Inline<Thrice, 4>>();
}

#[test]
fn t11_wakers_outlive_a_group_on_the_heap() {
    wakers_outlive_everything::<Heap<Thrice>>();
}

fn wakes_from_another_thread_arrive<A: Slots<Thrice>>() {
    let bench = Bench::default();
    let task = Arc::new(Task::default());
    let waker = Waker::from(task);
    let mut cx = Context::from_waker(&waker);
    let mut group = pin!(Group::<Thrice, A>::new());
    for name in 0..4 {
        assert!(group.as_mut().insert(bench.child(name)).is_ok());
    }
    let mut ready = 0;
    while ready < 4 {
        while let Poll::Ready(Some(_)) = group.as_mut().poll_next(&mut cx) {
            ready += 1;
        }
        let wakers = bench.wakers.borrow().clone();
        std::thread::scope(|threads| {
            for waker in wakers {
                threads.spawn(move || waker.wake());
            }
        });
    }
}

#[test]
fn wakes_from_another_thread_arrive_inline() {
    wakes_from_another_thread_arrive::<Inline<Thrice, 4>>();
}

#[test]
fn wakes_from_another_thread_arrive_on_the_heap() {
    wakes_from_another_thread_arrive::<Heap<Thrice>>();
}

#[test]
fn children_that_wake_themselves_do_not_keep_the_task() {
    let task = Arc::new(Task::default());
    let waker = Waker::from(task.clone());
    let mut cx = Context::from_waker(&waker);
    let restless = || {
        poll_fn(|cx: &mut Context<'_>| {
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        })
    };
    let mut group = pin!(Group::<_, Inline<_, 100>>::new());
    for _ in 0..100 {
        assert!(group.as_mut().insert(restless()).is_ok());
    }
    assert!(group.as_mut().poll_next(&mut cx).is_pending());
    assert!(task.0.load(Ordering::Relaxed) > 0, "it asked to be polled again");
}

#[test]
fn a_group_is_driven_by_an_executor() {
    let world = Box::leak(Box::new(contract::World::new()));
    let order = RefCell::new(Vec::new());
    d::block_on(world, async {
        let mut group = pin!(Group::<_, Heap<_>>::new());
        for ms in [30, 10, 20] {
            let inserted = group.as_mut().insert(async move {
                let _slept = d::sleep(ms).await;
                ms
            });
            assert!(inserted.is_ok());
        }
        while let Some((_, ms)) = poll_fn(|cx| group.as_mut().poll_next(cx)).await {
            order.borrow_mut().push((world.now_ms(), ms));
        }
    });
    assert_eq!(*order.borrow(), [(10, 10), (20, 20), (30, 30)]);
}
