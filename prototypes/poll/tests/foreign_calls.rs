//! Children of groups that panic in their destructors, and wakers that do.

#[path = "../../../workloads/conformance/doubles.rs"]
mod doubles;

use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use contract::World;
use design_poll::{self as d, Group, Heap, Inline, Slots, Stream};
use doubles::{Ends, Shelf, burst, counting, on_drop, unwinds};

type Bomb = Ends<u32, fn()>;

fn ready(output: u32, gone: fn()) -> Bomb {
    Ends { output: Some(output), shelf: Shelf::default(), gone }
}

fn next<F: Future, A: Slots<F>>(group: &mut Pin<Box<Group<F, A>>>) -> Poll<Option<F::Output>> {
    let polled = group.as_mut().poll_next(&mut Context::from_waker(Waker::noop()));
    polled.map(|item| item.map(|(_, output)| output))
}

fn goes_on_after_a_panic<A: Slots<Bomb>>() {
    let mut group: Pin<Box<Group<Bomb, A>>> = Box::pin(Group::new());
    let key = group.as_mut().insert(ready(1, burst)).expect("room");
    assert!(unwinds(|| next(&mut group)));
    assert_eq!(group.len(), 0);
    assert_eq!(next(&mut group), Poll::Ready(None));
    let other = group.as_mut().insert(ready(2, || ())).expect("room");
    assert_ne!(key, other);
    assert!(!group.as_mut().cancel(key));
    assert_eq!(next(&mut group), Poll::Ready(Some(2)));
}

#[test]
fn a_group_in_the_frame_goes_on_when_a_ready_child_panics_in_its_destructor() {
    goes_on_after_a_panic::<Inline<Bomb, 2>>();
}

#[test]
fn a_group_of_one_place_goes_on_when_a_ready_child_panics_in_its_destructor() {
    goes_on_after_a_panic::<Inline<Bomb, 1>>();
}

#[test]
fn a_group_on_the_heap_goes_on_when_a_ready_child_panics_in_its_destructor() {
    goes_on_after_a_panic::<Heap<Bomb>>();
}

#[test]
fn a_group_on_the_heap_drops_the_others_when_one_panics() {
    let gone = Arc::new(AtomicBool::new(false));
    let flag = gone.clone();
    type Any = Pin<Box<dyn Future<Output = ()>>>;
    let mut group: Pin<Box<Group<Any, Heap<Any>>>> = Box::pin(Group::new());
    let bad: Any = Box::pin(async {
        let _bomb = doubles::bomb();
        pending::<()>().await;
    });
    let good = doubles::AtDrop(move || flag.store(true, Ordering::Relaxed));
    let good: Any = Box::pin(async move {
        let _good = good;
        pending::<()>().await;
    });
    group.as_mut().insert(bad).expect("room");
    group.as_mut().insert(good).expect("room");
    assert!(group.as_mut().poll_next(&mut Context::from_waker(Waker::noop())).is_pending());
    assert!(unwinds(|| drop(group)));
    assert!(gone.load(Ordering::Relaxed));
}

/// The node of the table that a list takes is the one that was given back last.
#[test]
fn a_waker_that_panics_when_it_is_dropped_does_not_cost_the_next_group_its_wakes() {
    type Any = Pin<Box<dyn Future<Output = ()>>>;
    fn group(child: impl Future<Output = ()> + 'static) -> Pin<Box<Group<Any, Inline<Any, 2>>>> {
        let mut group: Pin<Box<Group<Any, Inline<Any, 2>>>> = Box::pin(Group::new());
        group.as_mut().insert(Box::pin(child)).unwrap_or_else(|_| panic!("room"));
        group
    }
    let mut first = group(pending());
    let bad = on_drop(burst);
    assert!(first.as_mut().poll_next(&mut Context::from_waker(&bad)).is_pending());
    drop(bad);
    let (_, waker) = counting();
    assert!(unwinds(|| first.as_mut().poll_next(&mut Context::from_waker(&waker))));
    drop(first);
    for _ in 0..3 {
        let shelf = Shelf::default();
        let left = shelf.clone();
        let mut next = group(poll_fn(move |cx| {
            *left.lock().expect("no panic holds it") = Some(cx.waker().clone());
            Poll::Pending
        }));
        let (woken, waker) = counting();
        assert!(next.as_mut().poll_next(&mut Context::from_waker(&waker)).is_pending());
        shelf.lock().expect("no panic holds it").take().expect("it was polled").wake();
        assert_eq!(woken.load(Ordering::Relaxed), 1);
    }
}

/// Each child has a waker of its own, so the turn that is left is not polled by chance.
#[test]
fn a_held_operation_wakes_the_turn_that_is_left() {
    let world: &'static World = Box::leak(Box::new(World::new()));
    d::block_on(world, async {
        d::hold!(d::sleep(50), |h| {
            let h = &h;
            d::scope!(cap = 2, bytes = 1024, |s| {
                let stays = s.spawn(async { h.turn().await.is_ok() });
                let gives_up = s.spawn(async { d::timeout(5, h.turn()).await.is_err() });
                assert_eq!(gives_up.await, Ok(true));
                assert_eq!(stays.await, Ok(true));
            })
            .await;
        })
        .await;
    });
    assert!(!world.ledger().watchdog_fired(), "a wake was lost");
}

#[test]
fn an_output_is_kept_when_the_destructor_of_its_future_panics() {
    let world: &'static World = Box::leak(Box::new(World::new()));
    d::block_on(world, async {
        d::scope!(cap = 2, bytes = 512, |s| {
            let (output, shelf) = (Some(String::from("kept")), Shelf::default());
            // The body drives, so the panic comes out of the handle.
            let child = s.spawn(Ends { output, shelf, gone: burst });
            let output = doubles::past_panics(child).await.and_then(Result::ok);
            assert_eq!(output.as_deref(), Some("kept"));
        })
        .await;
    });
    assert!(!world.ledger().watchdog_fired(), "the handle is ready");
}
